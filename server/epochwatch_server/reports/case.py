"""One run as a report tells it: what it was, what its rules said, and how bad that is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from epochwatch_server.health.engine import Verdict
from epochwatch_server.health.history import History
from epochwatch_server.health.lifecycle import Alert, Phase
from epochwatch_server.health.replay import Replay
from epochwatch_server.health.rule import Rule, Severity
from epochwatch_server.reports.recorded import RecordedCharts

_ENDINGS = {
    "finished": "finished",
    "crashed": "crashed",
    "killed": "killed from outside",
    "early_stopped": "stopped early, its patience used up",
    "stopped": "stopped",
    "interrupted": "interrupted",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A run and what is known of its health.

    alerts: those that fired, resolved ones too, worst and earliest first. rules: those that were asked, by id.
    lost: what of the recording could not be read.
    """

    name: str
    history: History
    alerts: tuple[Alert, ...]
    verdicts: Mapping[str, Verdict]
    rules: Mapping[str, Rule]
    charts: RecordedCharts
    lost: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Alert, ...]:
        """The alerts that ask for something to be done: information does not."""
        return tuple(alert for alert in self.alerts if alert.severity is not Severity.INFO)

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst alert; None when nothing fired."""
        return self.alerts[0].severity if self.alerts else None

    @property
    def last_epoch(self) -> int:
        """The last epoch that the run completed, 0 before the first."""
        return self.history.epochs[-1] if self.history.epochs else 0


def case_of(replayed: Replay, rules: Sequence[Rule]) -> Case:
    """Make a case of what the engine said over a whole recording."""
    recording, history = replayed.recording, replayed.history
    alerts = fired_of(replayed.state.alerts.values())
    return Case(
        name=recording.name,
        history=history,
        alerts=alerts,
        verdicts=replayed.state.verdicts,
        rules={rule.id: rule for rule in rules},
        charts=RecordedCharts(recording.name, history),
        lost=recording.lost,
    )


def fired_of(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Keep the alerts that fired, resolved ones too, worst and earliest first."""
    fired = [alert for alert in alerts if alert.phase is not Phase.PENDING]
    return tuple(sorted(fired, key=lambda alert: (-alert.severity.rank, alert.fired_epoch or 0, alert.rule)))


def verdict_of(case: Case) -> str:
    """Say in a sentence what is to be known of a run before anything else."""
    counted = case.counted
    if not counted:
        return "Nothing found" + (f" in {len(case.history.epochs)} epochs" if case.history.epochs else "")
    more = len(counted) - 1
    return sentence(counted[0].finding.what) + (f", and {more} more" if more else "")


def sentence(text: str) -> str:
    """Begin a sentence with a capital, unless it begins with the name of a metric."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


def reach_of(case: Case) -> str:
    """Say how far a run came, and how it ended."""
    seen, planned = len(set(case.history.epochs)), case.history.facts.planned_epochs
    epochs = f"{seen} of {planned} epochs" if planned else f"{seen} epoch{'' if seen == 1 else 's'}"
    ending = case.history.ending
    return f"{epochs}, {_ENDINGS.get(ending.status, ending.status)}" if ending else f"{epochs}, without an end"


def readable(value: float | str) -> str:
    """Write a number of the evidence for a reader."""
    if isinstance(value, str):
        return value
    return f"{value:,.5g}" if math.isfinite(value) else str(value)
