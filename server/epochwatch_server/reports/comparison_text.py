"""The report of a comparison in Markdown, as GitHub renders it."""

from collections.abc import Iterator, Sequence

from epochwatch_server.reports.comparison_report import (
    FOOTNOTES,
    OVERVIEW_HEAD,
    Cell,
    ComparisonReport,
    Line,
    footnotes_of,
    live_remark,
    overview,
    verdict_of,
)
from epochwatch_server.reports.github import block, bullets, code, prose, table
from epochwatch_server.reports.numbers import plural
from epochwatch_server.reports.run_text import made_line, sample_table, told_charts

_MOST_ALERTS = 200
_MOST_SAME = 100


def comparison_report_markdown(report: ComparisonReport) -> str:
    """Write a comparison's report as Markdown."""
    makers = (_head, _findings, _metrics, _settings, _facts, _alerts, _charts, _samples, _other_metrics)
    parts = [part for make in makers for part in make(report)]
    return "\n\n".join([*parts, made_line(report.made)]) + "\n"


def _head(report: ComparisonReport) -> Iterator[str]:
    yield f"# {prose(report.title)}"
    yield prose(verdict_of(report))
    if live_remark(report):
        yield f"> {prose(live_remark(report))}"
    if report.note:
        yield "## Note"
        yield block(report.note)
    yield "## Best, not last"
    best = f"best {code(report.yardstick)}" if report.yardstick else OVERVIEW_HEAD[0]
    yield from _lines(["run", best, *OVERVIEW_HEAD[1:]], overview(report))


def _findings(report: ComparisonReport) -> Iterator[str]:
    yield "## Findings"
    told = [prose(text) + (f" ({prose(caution)})" if caution else "") for text, caution in report.findings]
    yield bullets(told or ["Nothing that these numbers support."])


def _settings(report: ComparisonReport) -> Iterator[str]:
    yield "## Settings that differ"
    if report.settings:
        yield from _lines(["", *_names(report)], report.settings, is_code=True)
    if report.same_settings:
        told = ", ".join(f"{code(name)} {code(value, 100)}" for name, value in report.same_settings[:_MOST_SAME])
        yield f"{plural(len(report.same_settings), 'more setting')}, the same in all runs: {told}."
    elif not report.settings:
        yield "These runs told no settings."


def _metrics(report: ComparisonReport) -> Iterator[str]:
    if report.metrics:
        yield "## Metrics"
        yield from _lines(["", *_names(report)], report.metrics)


def _other_metrics(report: ComparisonReport) -> Iterator[str]:
    if report.other_metrics:
        yield "## All other metrics"
        yield from _lines(["", *_names(report)], report.other_metrics)


def _facts(report: ComparisonReport) -> Iterator[str]:
    if report.facts:
        yield "## How they went"
        yield from _lines(["", *_names(report)], report.facts)


def _alerts(report: ComparisonReport) -> Iterator[str]:
    rows = []
    for one in report.runs:
        for alert in sorted(one.alerts, key=lambda alert: alert.fired_epoch):
            over = "" if alert.resolved_epoch is None else str(alert.resolved_epoch)
            what = prose(alert.finding.get("what", ""), 300)
            subject = f" {code(alert.subject)}" if alert.subject else ""
            rows.append(
                [code(one.name), alert.severity, code(alert.rule) + subject, str(alert.fired_epoch), over, what]
            )
    if rows:
        yield "## Alerts"
        yield table(["Run", "Severity", "Rule", "Fired at", "Resolved at", "What"], rows[:_MOST_ALERTS])


def _charts(report: ComparisonReport) -> Iterator[str]:
    yield from told_charts(report.charts, report.left_out, prose(report.asked))


def _samples(report: ComparisonReport) -> Iterator[str]:
    if report.samples.rows:
        yield "## Samples side by side"
        yield f"{prose(report.samples.note)} The pictures are in the HTML report."
        yield sample_table(report.samples, "Sample")


def _lines(head: Sequence[str], lines: Sequence[Line], *, is_code: bool = False) -> Iterator[str]:
    numbers = {name: place for place, name in footnotes_of(lines)}
    yield table(
        head, [[code(line.name), *(_cell(cell, numbers, is_code=is_code) for cell in line.cells)] for line in lines]
    )
    if numbers:
        yield bullets(f"<sup>{place}</sup> {FOOTNOTES.get(name, name)}" for name, place in numbers.items())


def _cell(cell: Cell, numbers: dict[str, int], *, is_code: bool) -> str:
    written = code(cell.text) if is_code and cell.text != "not set" else prose(cell.text)
    if cell.is_best:
        written = f"**{written}**"
    if cell.note:
        written += f" <sup>{numbers[cell.note]}</sup>"
    return f"{written}<br>{prose(cell.second)}" if cell.second else written


def _names(report: ComparisonReport) -> list[str]:
    return [code(one.name) for one in report.runs]
