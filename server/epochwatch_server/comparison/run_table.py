"""The runs themselves side by side: state, health, epochs planned and reached, time and pace."""

from collections.abc import Sequence
from dataclasses import dataclass

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.comparison.metric_table import was_tested

_RANK = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True)
class RunFactsRow:
    """What a comparison says of one run. alerts: by severity, those that ever fired, resolved ones too."""

    run_id: str
    state: str
    worst: str | None
    alerts: dict[str, int]
    rules: tuple[str, ...]  # that fired as a warning or worse, worst first
    planned_epochs: int | None
    epochs_done: int
    seconds: float
    epoch_seconds: float | None
    steps_per_second: float | None
    parameters: int | None
    is_tested: bool
    verdict: str


def run_facts(group: Sequence[Compared]) -> list[RunFactsRow]:
    """Say the facts of each run."""
    return [_facts(compared) for compared in group]


def _facts(compared: Compared) -> RunFactsRow:
    run = compared.run
    counts = {severity: sum(alert.severity == severity for alert in compared.alerts) for severity in reversed(_RANK)}
    seconds = max(0.0, ((run.ended_ms or run.last_seen_ms) - run.created_ms) / 1000)
    spoken = sorted(
        (alert for alert in compared.alerts if alert.severity != "info"),
        key=lambda alert: (-_RANK.index(alert.severity), alert.fired_epoch or 0),
    )
    return RunFactsRow(
        run_id=run.id,
        state=run.state.value,
        worst=next((severity for severity, n in counts.items() if n), None),
        alerts=counts,
        rules=tuple(dict.fromkeys(alert.rule for alert in spoken)),
        planned_epochs=run.planned_epochs,
        epochs_done=run.epochs_done,
        seconds=seconds,
        epoch_seconds=run.epoch_seconds,
        steps_per_second=run.step / seconds if run.step and seconds else None,
        parameters=run.parameters,
        is_tested=was_tested(compared),
        verdict=run.verdict,
    )
