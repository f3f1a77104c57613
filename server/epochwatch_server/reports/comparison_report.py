"""A comparison as a report tells it: runs in rows or columns, what differs, what the numbers support saying."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from epochwatch_server.domain.alert import StoredAlert
from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.reports.event_words import state_word
from epochwatch_server.reports.numbers import clock_word, count_word, duration_word, score_word
from epochwatch_server.reports.run_report import GivenChart, SampleSheet

NEVER_COMPUTED, NEVER_TESTED, TEXT_NUMBER = "computed", "tested", "text"
FOOTNOTES: Mapping[str, str] = {
    NEVER_COMPUTED: "The run never logged this metric. That is no value of 0.",
    NEVER_TESTED: "No test metric was ever logged: nothing was tested. That is no score of 0.",
    TEXT_NUMBER: "Text in the configuration, not a number.",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. note: which footnote it bears; second: what stands below it in small."""

    text: str
    note: str = ""
    second: str = ""
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One setting or one metric over all runs. hint: which direction is better."""

    name: str
    cells: Sequence[Cell]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RunInComparison:
    """One run: how it stands by the ranking metric, what it was tested on, how it went.

    best None: never computed. test None: never tested, or, where is_tested, on other metrics only. alerts: those that
    ever fired.
    """

    run: Run
    name: str
    best: float | None
    best_epoch: int | None
    is_best: bool
    test: float | None
    seconds: float
    alerts: Sequence[StoredAlert] = ()
    is_tested: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Everything a report of a comparison says. Cells are in the order of `runs`.

    yardstick: the metric that ranks the runs. settings: those that differ; same_settings: name and value of the others.
    metrics: the scores of the validation; other_metrics: all others. facts: how the runs went.
    findings: (sentence, what to be careful about). asked: how the charts lay the runs over one another, in words;
    groups: name and hue of each line where lines are groups of runs. note: what somebody wrote; note_html: rendered.
    """

    runs: Sequence[RunInComparison]
    made_ms: int
    yardstick: str | None
    settings: Sequence[Line] = ()
    same_settings: Sequence[tuple[str, str]] = ()
    metrics: Sequence[Line] = ()
    other_metrics: Sequence[Line] = ()
    facts: Sequence[Line] = ()
    findings: Sequence[tuple[str, str]] = ()
    charts: Sequence[GivenChart] = ()
    left_out: Sequence[str] = ()
    asked: str = ""
    groups: Sequence[tuple[str, int]] = ()
    samples: SampleSheet = field(default_factory=SampleSheet)
    note: str = ""
    note_html: str = ""

    @property
    def title(self) -> str:
        """What is compared."""
        projects = list(dict.fromkeys(one.run.project for one in self.runs))
        where = projects[0] if len(projects) == 1 else f"{len(projects)} projects"
        return f"{len(self.runs)} runs of {where}"

    @property
    def made(self) -> str:
        """When it was made, in words."""
        return clock_word(self.made_ms)


def verdict_of(report: ComparisonReport) -> str:
    """Say in a sentence which run did best, and by what."""
    best = next((one for one in report.runs if one.is_best), None)
    known = [one for one in report.runs if one.best is not None]
    if report.yardstick is None or not known:
        return "These runs have no metric in common that ranks them."
    if best is None or best.best is None:
        word = score_word(known[0].best, report.yardstick)
        return f"By {report.yardstick} the runs do not differ: {word} at best."
    at = "" if best.best_epoch is None else f" at epoch {best.best_epoch}"
    return f"Best by {report.yardstick}: {best.name}, {score_word(best.best, report.yardstick)}{at}."


def live_remark(report: ComparisonReport) -> str:
    """Name the runs that go on; empty when all are over."""
    live = [one.name for one in report.runs if not one.run.state.is_over and one.run.state is not RunState.LOST]
    if not live:
        return ""
    told = ", ".join(live)
    return f"Still live when the report was made, on {report.made}: {told}. What follows is how it stood then."


def overview(report: ComparisonReport) -> list[Line]:
    """Lay the runs out, a line each: best, test, epochs, duration, health."""
    return [Line(one.name, _cells(one, report.yardstick)) for one in report.runs]


def untested(*, is_tested: bool) -> Cell:
    """Say that a run has no test value of a metric: it was never tested, or tested on others."""
    return Cell("never computed", NEVER_COMPUTED) if is_tested else Cell("never tested", NEVER_TESTED)


OVERVIEW_HEAD = ("best", "@ epoch", "test", "epochs", "duration", "health")


def footnotes_of(lines: Sequence[Line]) -> list[tuple[int, str]]:
    """Number the footnotes that these lines bear, in the order in which they stand."""
    used = dict.fromkeys(cell.note for line in lines for cell in line.cells if cell.note)
    return [(place, note) for place, note in enumerate(used, 1)]


def health_word(alerts: Sequence[StoredAlert]) -> str:
    """Count the alerts that ever fired."""
    counts = [(severity, sum(alert.severity == severity for alert in alerts)) for severity in ("critical", "warning")]
    return ", ".join(f"{count} {severity}" for severity, count in counts if count) or "quiet"


def _cells(one: RunInComparison, yardstick: str | None) -> list[Cell]:
    run, metric = one.run, yardstick or ""
    planned = f" of {count_word(run.planned_epochs)}" if run.planned_epochs else ""
    best = Cell("never computed", NEVER_COMPUTED)
    if one.best is not None:
        best = Cell(score_word(one.best, metric), is_best=one.is_best)
    return [
        best,
        Cell("" if one.best_epoch is None else str(one.best_epoch)),
        untested(is_tested=one.is_tested) if one.test is None else Cell(score_word(one.test, metric)),
        Cell(f"{count_word(run.epochs_done)}{planned}", second=state_word(run.state.value)),
        Cell(duration_word(one.seconds)),
        Cell(health_word(one.alerts), second=f"by hand: {run.verdict}" if run.verdict else ""),
    ]
