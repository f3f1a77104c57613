"""A run of the server as a report tells it: what was read of it, and what follows from that in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.standing import Standing
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.live.health_messages import AlertJson, HealthJson
from epochwatch_server.reports.case import sentence
from epochwatch_server.reports.event_words import state_word
from epochwatch_server.reports.numbers import (
    ABSENT,
    clock_word,
    count_word,
    duration_word,
    large_word,
    plural,
    value_word,
)

_RANK = {"info": 0, "warning": 1, "critical": 2}
_CRASH_RULES = frozenset({"run_crashed", "run_never_started"})
_ASKED = frozenset({"ok", "firing", "resolved", "pending", "inhibited", "muted"})
_MOST_TESTS = 8
MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class GivenChart:
    """A chart as the page has it: the heading it stands under, its title, its figure."""

    section: str
    title: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class SampleRow:
    """Samples under a heading, each with a title of its own where several runs stand side by side.

    A sample None was not kept there; its title says whose it would be.
    """

    title: str
    samples: Sequence[tuple[str, Sample | None]]


@dataclass(frozen=True, slots=True)
class SampleSheet:
    """The samples that a report shows. images: those it holds, by hash. note: what was chosen, what was left out."""

    rows: Sequence[SampleRow] = ()
    images: Mapping[str, Image] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do. severity and why: of the alert that recommends it."""

    text: str
    severity: str
    why: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything a report of one run says. Instants in UTC milliseconds.

    evidence: the figure of an alert by its id. events: oldest first. left_out: charts that are only named.
    sample_charts: those that stand with the samples: errors and flags over the epochs, pairs, confusion.
    note_html: the run's note, rendered so that nothing in it can do harm.
    """

    run: Run
    made_ms: int
    health: HealthJson
    evidence: Mapping[int, Figure] = field(default_factory=dict)
    tests: Mapping[str, float] = field(default_factory=dict)
    events: Sequence[RunEvent] = ()
    charts: Sequence[GivenChart] = ()
    left_out: Sequence[str] = ()
    standings: Sequence[Standing] = ()
    samples: SampleSheet = field(default_factory=SampleSheet)
    sample_charts: Sequence[GivenChart] = ()
    note_html: str = ""

    @property
    def name(self) -> str:
        """The run's name, its id when it has none."""
        return self.run.name or self.run.id

    @property
    def made(self) -> str:
        """When it was made, in words."""
        return clock_word(self.made_ms)

    @property
    def alerts(self) -> list[AlertJson]:
        """The alerts that nobody muted: those that fire first, the worst and earliest first."""
        loud = [alert for alert in self.health.alerts if alert.muted is None]
        return sorted(
            loud, key=lambda alert: (alert.phase != "firing", -_RANK.get(alert.severity, 0), alert.fired_epoch)
        )

    @property
    def firing(self) -> list[AlertJson]:
        """Those that still fire and ask for something to be done: information does not."""
        return [alert for alert in self.alerts if alert.phase == "firing" and alert.severity != "info"]


def severity_of(report: RunReport) -> str:
    """Say how bad it is in a word: critical, warning, info or ok."""
    found = [alert.severity for alert in report.firing[:1]]
    found += ["critical"] if report.run.state is RunState.CRASHED else []
    found += ["warning"] if report.run.state in (RunState.LOST, RunState.STALLED) else []
    found += ["info"] if not _was_asked(report) else []
    return max(found, key=lambda severity: _RANK.get(severity, 0), default="ok")


def verdict_of(report: RunReport) -> str:
    """Say in a sentence what is to be known of a run before anything else."""
    firing, run = report.firing, report.run
    crash = _crash(report)
    if crash:
        return crash + (f" Also: {firing[0].what}." if firing else "")
    if firing:
        more = len(firing) - 1
        return sentence(firing[0].what) + (f", and {more} more." if more else ".")
    if not _was_asked(report):
        return f"Not checked yet: no health rule was asked about {plural(run.epochs_done, 'epoch')}."
    resolved = sum(alert.severity != "info" for alert in report.alerts)
    over = "" if run.state.is_over else " so far"
    told = f"Nothing is wrong{over} in {plural(run.epochs_done, 'epoch')}"
    return f"{told}; {plural(resolved, 'alert')} fired and resolved." if resolved else f"{told}."


def remark_of(report: RunReport) -> str:
    """Say what to know before reading on: that a run goes on, or comes from elsewhere; empty when there is nothing."""
    return " ".join(part for part in (_origin(report.run), _liveness(report)) if part)


def _origin(run: Run) -> str:
    if run.origin is None:
        return ""
    return f"Imported from {run.origin.get('format')}: its alerts say what would have fired, and when."


def _liveness(report: RunReport) -> str:
    """Say that a run goes on, so that nobody takes what it was for what it became."""
    run = report.run
    if run.state.is_over:
        return ""
    if run.state is RunState.LOST:
        return f"Nothing was heard of this run since {clock_word(run.last_seen_ms)}; it has not said that it ended."
    left = "" if run.eta_seconds is None else f", with {duration_word(run.eta_seconds)} to go"
    return f"This run was live when the report was made, on {report.made}{left}: what follows is how it stood then."


def facts_of(report: RunReport) -> Iterator[tuple[str, str]]:
    """Say the run's facts, each with its name."""
    run, tracked = report.run, report.run.tracked
    yield "state", _state(report)
    planned = f" of {count_word(run.planned_epochs)}" if run.planned_epochs else ""
    yield "epochs", f"{count_word(run.epochs_done)}{planned}"
    yield "duration", duration_word(((run.ended_ms or run.last_seen_ms) - run.created_ms) / 1000)
    if tracked is not None:
        known = tracked.best is not None
        yield (
            f"best {tracked.metric}",
            f"{value_word(tracked.best)} @ {tracked.best_epoch}" if known else "never computed",
        )
        yield f"last {tracked.metric}", value_word(tracked.value) if tracked.value is not None else "never computed"
    for metric, value in list(report.tests.items())[:_MOST_TESTS]:
        yield metric, value_word(value)
    if not report.tests:
        yield "test", "never tested"
    yield "alerts", _alert_count(report)
    if run.parameters is not None:
        yield "parameters", large_word(run.parameters)
    if run.dropped:
        yield "dropped", plural(run.dropped, "point")
    yield "began", clock_word(run.created_ms)


def next_steps(report: RunReport) -> list[NextStep]:
    """List what the alerts that still fire recommend, worst first, each step once."""
    steps: dict[str, NextStep] = {}
    for alert in report.firing:
        why = f"{alert.title}{f' [{alert.subject}]' if alert.subject else ''}"
        for text in alert.recommendations:
            steps.setdefault(text, NextStep(sentence(text), alert.severity, why))
    return list(steps.values())[:MOST_STEPS]


def when_of(alert: AlertJson) -> str:
    """Say since when an alert holds, when it fired, when it was over."""
    fired, since = alert.fired_epoch, alert.since
    when = f"fired at epoch {fired}" if fired >= 0 else "fired before the first epoch"
    if since is not None and 0 <= since < fired:
        when = f"since epoch {since}, {when}"
    return f"{when}, resolved at epoch {alert.resolved_epoch}" if alert.phase == "resolved" else when


def _state(report: RunReport) -> str:
    run = report.run
    by = f" by {run.end.actor}" if run.end is not None and run.end.actor else ""
    live = "" if run.state.is_over or run.state is RunState.LOST else " (live)"
    return f"{state_word(run.state.value)}{by}{live}"


def _crash(report: RunReport) -> str:
    """Tell a crash that no rule tells: health may be switched off, or paused."""
    run = report.run
    is_told = any(alert.rule in _CRASH_RULES for alert in report.firing)
    if run.state is not RunState.CRASHED or is_told:
        return ""
    lines = ((run.end.traceback if run.end else None) or "no traceback was sent").strip().splitlines()
    return f"Crashed after {plural(run.epochs_done, 'epoch')}: {lines[-1][:300]}."


def _was_asked(report: RunReport) -> bool:
    return any(chip.state in _ASKED for chip in report.health.chips)


def _alert_count(report: RunReport) -> str:
    counts = [
        (word, sum(alert.severity == word for alert in report.alerts)) for word in ("critical", "warning", "info")
    ]
    told = ", ".join(f"{count} {word}" for word, count in counts if count) or ("none" if _was_asked(report) else ABSENT)
    muted = len(report.health.alerts) - len(report.alerts)
    return f"{told}, {muted} muted" if muted else told
