"""The report of a diagnosis: one run whole, or a table of many with those that need a look."""

from collections.abc import Sequence

from epochwatch_server.health.rule import Severity
from epochwatch_server.reports.case import Case, reach_of, verdict_of
from epochwatch_server.reports.page import IndexRow, ReportPage, render_page
from epochwatch_server.reports.run import run_chapter


def diagnosis_html(cases: Sequence[Case], title: str, made: str) -> str:
    """Render a diagnosis as one self-contained page.

    Args:
        cases: One run is told whole. Of several, each has its line in a table, and those with an alert that asks for
            something a chapter.
        title: Of the page when there are several runs.
        made: When, in words.
    """
    if len(cases) == 1:
        return render_page(ReportPage(cases[0].name, made, [run_chapter(cases[0], "run")]))
    anchors = {id(case): f"run-{number}" if case.counted else "" for number, case in enumerate(cases, 1)}
    chapters = [run_chapter(case, anchors[id(case)], is_brief=True) for case in cases if case.counted]
    index = [_row(case, anchors[id(case)]) for case in cases]
    worst = max((case.worst.rank, case.worst.value) if case.worst else (-1, "ok") for case in cases)[1]
    return render_page(ReportPage(title, made, chapters, index, _summary(cases), worst))


def _row(case: Case, anchor: str) -> IndexRow:
    told = [f"{alert.rule} @ {max(alert.fired_epoch or 0, 0)}" for alert in case.counted]
    severity = case.worst.value if case.worst else "ok"
    return IndexRow(anchor, case.name, severity, verdict_of(case), reach_of(case), ", ".join(told))


def _summary(cases: Sequence[Case]) -> str:
    critical = sum(case.worst is Severity.CRITICAL for case in cases)
    warned = sum(case.worst is Severity.WARNING for case in cases)
    well = len(cases) - critical - warned
    return f"{len(cases)} runs: {critical} with a critical alert, {warned} with a warning, {well} without either."
