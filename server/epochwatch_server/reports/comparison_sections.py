"""The report of a comparison as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from epochwatch_server.reports.comparison_report import (
    FOOTNOTES,
    OVERVIEW_HEAD,
    ComparisonReport,
    Line,
    RunInComparison,
    footnotes_of,
    live_remark,
    overview,
    verdict_of,
)
from epochwatch_server.reports.page import Chapter, ReportPage, Section, render_page, render_part
from epochwatch_server.reports.sheets import draw_charts, stills_of
from epochwatch_server.reports.timeline import Lane, bar, draw_timeline

_FOOT = "Figures and charts are those of the Compare page at that moment: each run's best value, not its last."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of lines. notes: (number, words); numbers: of a footnote by its name."""

    head: Sequence[str]
    lines: Sequence[Line]
    notes: Sequence[tuple[int, str]]
    numbers: dict[str, int]
    hues: Sequence[int] = ()
    is_of_runs: bool = False


def comparison_report_html(report: ComparisonReport) -> str:
    """Render a comparison's report as one self-contained page."""
    makers = (note, runs, findings, metrics, settings, facts, charts, alerts, samples, other_metrics)
    chapter = Chapter(
        id="comparison",
        title=" · ".join(one.name for one in report.runs),
        severity="",
        verdict=verdict_of(report),
        facts=(),
        sections=[part for part in (make(report) for make in makers) if part is not None],
        kind=f"Comparison of {report.title}",
        remark=live_remark(report),
    )
    return render_page(ReportPage(report.title, report.made, [chapter], foot=_FOOT))


def note(report: ComparisonReport) -> Section | None:
    """Show what somebody wrote about these runs together."""
    if not report.note_html:
        return None
    body = Markup(report.note_html)  # noqa: S704 - rendered by a parser that lets no markup of the note through
    return Section("note", "Note", render_part("note", body))


def runs(report: ComparisonReport) -> Section:
    """Lay the runs out, a line each."""
    head = ("run", f"best {report.yardstick}" if report.yardstick else OVERVIEW_HEAD[0], *OVERVIEW_HEAD[1:])
    table = _table(head, overview(report), hues=[one.run.hue for one in report.runs], is_of_runs=True)
    return Section("runs", "Best, not last", render_part("side_table", table))


def findings(report: ComparisonReport) -> Section:
    """Say what the numbers support."""
    return Section("findings", "Findings", render_part("compare_findings", report.findings))


def settings(report: ComparisonReport) -> Section:
    """Lay the settings that differ side by side."""
    same = Markup()
    if report.same_settings:
        same = render_part("same_settings", {"count": len(report.same_settings), "rows": report.same_settings})
    if not report.settings:
        told = "No setting differs." if report.same_settings else "These runs told no settings."
        return Section("settings", "Settings that differ", render_part("remark", told) + same)
    return Section("settings", "Settings that differ", _side_table(report, report.settings) + same)


def metrics(report: ComparisonReport) -> Section | None:
    """Lay the metrics side by side, the best of each run with its epoch."""
    if not report.metrics:
        return None
    return Section("metrics", "Metrics", _side_table(report, report.metrics))


def other_metrics(report: ComparisonReport) -> Section | None:
    """Lay out what is no score of the validation: training, test, and what has no better and worse."""
    if not report.other_metrics:
        return None
    return Section("other-metrics", "All other metrics", _side_table(report, report.other_metrics))


def facts(report: ComparisonReport) -> Section | None:
    """Say how the runs went."""
    return Section("facts", "How they went", _side_table(report, report.facts)) if report.facts else None


def charts(report: ComparisonReport) -> Section | None:
    """Draw the ranking metric and the losses of all runs over one another."""
    sheet = draw_charts(report.charts, report.left_out)
    if not sheet.sections:
        return None
    asked = render_part("remark", report.asked) if report.asked else Markup()
    legend = asked + render_part("hues", report.groups or [(one.name, one.run.hue) for one in report.runs])
    return Section("charts", "Charts", legend + render_part("sectioned_charts", sheet))


def alerts(report: ComparisonReport) -> Section | None:
    """Draw the alerts of all runs on one axis of epochs."""
    if not any(one.alerts for one in report.runs):
        return None
    drawing = draw_timeline([_lane(one, report.yardstick) for one in report.runs])
    return Section("alerts", "Alerts", render_part("timeline", drawing))


def samples(report: ComparisonReport) -> Section | None:
    """Show the same samples as every run saw them."""
    if not report.samples.rows:
        return None
    return Section("samples", "Samples side by side", render_part("side_samples", stills_of(report.samples)))


def _lane(one: RunInComparison, yardstick: str | None) -> Lane:
    reached = max(one.run.epochs_done - 1, one.run.epoch or 0)
    bars = [
        bar(
            f"{alert.rule} {alert.subject}".rstrip(),
            alert.severity,
            (
                alert.first_epoch,
                (alert.finding.get("evidence") or {}).get("since"),
                alert.fired_epoch,
                alert.resolved_epoch,
            ),
            reached,
        )
        for alert in sorted(one.alerts, key=lambda alert: alert.fired_epoch)
    ]
    best = None if one.best_epoch is None else (one.best_epoch, f"best {yardstick} at epoch {one.best_epoch}")
    return Lane(bars, reached, best=best, title=one.name, hue=one.run.hue)


def _side_table(report: ComparisonReport, lines: Sequence[Line]) -> Markup:
    return render_part("side_table", _table(_names(report), lines, hues=[one.run.hue for one in report.runs]))


def _names(report: ComparisonReport) -> list[str]:
    return ["", *(one.name for one in report.runs)]


def _table(head: Sequence[str], lines: Sequence[Line], *, hues: Sequence[int], is_of_runs: bool = False) -> Table:
    numbered = footnotes_of(lines)
    words = [(place, FOOTNOTES.get(name, name)) for place, name in numbered]
    return Table(head, lines, words, {name: place for place, name in numbered}, hues, is_of_runs)
