"""The report of a run in Markdown, as GitHub renders it: charts as tables; nothing of the run is markup."""

from collections.abc import Iterator, Sequence

from epochwatch_server import __version__
from epochwatch_server.charts.wording import elapsed
from epochwatch_server.domain.sample import Sample
from epochwatch_server.domain.sample_errors import error_of, unit_of
from epochwatch_server.live.health_messages import AlertJson
from epochwatch_server.reports.chart_words import chart_lines, is_told
from epochwatch_server.reports.event_words import event_lines
from epochwatch_server.reports.github import block, bullets, code, prose, table
from epochwatch_server.reports.numbers import ABSENT, evidence_word, plural, value_word
from epochwatch_server.reports.run_report import (
    GivenChart,
    RunReport,
    SampleSheet,
    facts_of,
    next_steps,
    remark_of,
    severity_of,
    verdict_of,
    when_of,
)
from epochwatch_server.reports.settings import environment_rows, setting_rows, summary_rows

MOST_LINES = 60
_MAX_ERROR_CHARS = 6_000
_MOST_CHARTS = 100
_MOST_SETTINGS = 400


def run_report_markdown(report: RunReport) -> str:
    """Write a run's report as Markdown."""
    makers = (_head, _note, _alerts, _error, _steps, _events, _targets, _charts, _samples, _config, _environment)
    parts = [part for make in makers for part in make(report)]
    return "\n\n".join([*parts, made_line(report.made)]) + "\n"


def made_line(made: str) -> str:
    """Say what made it, and when."""
    return f"---\n\nMade by Epochwatch {__version__} on {made}."


def sample_table(sheet: SampleSheet, first: str) -> str:
    """Lay out the samples: pictures are left out, their numbers are not."""
    rows = [
        [prose(row.title), prose(title), *(_sample_cells(sample) if sample else ["not kept", "", "", ""])]
        for row in sheet.rows
        for title, sample in row.samples
    ]
    has_titles = any(title for row in sheet.rows for title, _ in row.samples)
    head = [first, *(["Run"] if has_titles else []), "Sample", "Error", "Flags", "Caption"]
    return table(head, rows if has_titles else [[row[0], *row[2:]] for row in rows])


def _head(report: RunReport) -> Iterator[str]:
    run = report.run
    yield f"# {prose(report.name)}"
    yield f"**{severity_of(report)}**: {prose(verdict_of(report))}"
    if run.verdict:
        yield f"Verdict by hand: {code(run.verdict)}"
    if remark_of(report):
        yield f"> {prose(remark_of(report))}"
    rows = [("project", code(run.project)), *((code(name), prose(value)) for name, value in facts_of(report))]
    if run.tags:
        rows.append(("tags", ", ".join(map(code, run.tags))))
    yield table(["", ""], rows)


def _note(report: RunReport) -> Iterator[str]:
    if report.run.note:
        yield "## Note"
        yield block(report.run.note)


def _alerts(report: RunReport) -> Iterator[str]:
    if report.alerts:
        yield "## What was found"
        for alert in report.alerts:
            yield from _alert(alert)


def _alert(alert: AlertJson) -> Iterator[str]:
    subject = f" {code(alert.subject)}" if alert.subject else ""
    yield f"### {alert.severity}: {prose(alert.title)}{subject}"
    yield f"{prose(alert.what)} ({when_of(alert)})"
    told = []
    values = [f"{code(name)} {prose(evidence_word(name, value), 300)}" for name, value in alert.evidence.values.items()]
    if values:
        limit = f" (limit: {prose(alert.evidence.threshold)})" if alert.evidence.threshold else ""
        told.append(f"**Evidence:** {', '.join(values)}{limit}")
    if alert.cause:
        told.append(f"**Probable cause:** {prose(alert.cause)}")
    told += [f"**Try:** {prose(step)}" for step in alert.recommendations]
    yield bullets(told)


def _error(report: RunReport) -> Iterator[str]:
    end = report.run.end
    if end is not None and end.traceback:
        yield "## The error that ended it"
        yield block(end.traceback[-_MAX_ERROR_CHARS:])


def _steps(report: RunReport) -> Iterator[str]:
    found = next_steps(report)
    if found:
        yield "## Next steps"
        yield "\n".join(
            f"{place}. {prose(step.text)} ({step.severity}: {prose(step.why)})" for place, step in enumerate(found, 1)
        )


def _events(report: RunReport) -> Iterator[str]:
    lines = event_lines(report.events)
    if not lines:
        return
    yield "## Timeline"
    if len(lines) > MOST_LINES:
        yield f"{plural(len(lines) - MOST_LINES, 'earlier line')} not listed."
    rows = []
    for line in lines[-MOST_LINES:]:
        folded = f" (and {line.folded} before it)" if line.folded else ""
        epoch = "" if line.epoch is None else str(line.epoch)
        after = elapsed((line.time_ms - report.run.created_ms) / 1000)
        rows.append([after, epoch, prose(line.title) + folded, prose(line.text, 300)])
    yield table(["After", "Epoch", "What", ""], rows)


def _targets(report: RunReport) -> Iterator[str]:
    if report.standings:
        yield "## Targets"
        rows = [
            [code(one.metric), value_word(one.now), value_word(one.best), one.band or ABSENT, prose(one.text)]
            for one in report.standings
        ]
        yield table(["Metric", "Last", "Best", "Band", "How it stands"], rows)


def _charts(report: RunReport) -> Iterator[str]:
    yield from told_charts(report.charts, report.left_out)


def told_charts(charts: Sequence[GivenChart], left_out: Sequence[str], remark: str = "") -> Iterator[str]:
    """Tell the charts of a report line by line, and name those that cannot be told. remark: how they are drawn."""
    names = [*(chart.title for chart in charts if chart.figure.data and not is_told(chart.figure)), *left_out]
    told = list(chart_lines(charts))
    if told or names:
        yield "## Charts"
        yield from [remark] if remark else []
        yield from told
    if names:
        more = f" and {len(names) - _MOST_CHARTS} more" if len(names) > _MOST_CHARTS else ""
        yield f"In the HTML report or on the page: {', '.join(map(code, names[:_MOST_CHARTS]))}{more}."


def _samples(report: RunReport) -> Iterator[str]:
    has_samples, told = bool(report.samples.rows), list(chart_lines(report.sample_charts))
    if has_samples or told:
        yield "## Samples" if has_samples else "## Predictions"
        yield from told
    if has_samples:
        yield f"{prose(report.samples.note)} The pictures are in the HTML report."
        yield sample_table(report.samples, "Which")


def _sample_cells(sample: Sample) -> list[str]:
    error, unit = error_of(sample), unit_of(sample)
    flags = [("pred_done", sample.pred_done), ("gt_done", sample.gt_done)]
    told = ", ".join(f"{name} {value_word(value)}" for name, value in flags if value is not None)
    word = "" if error is None else prose(f"{value_word(error)} {unit}".rstrip())
    return [code(sample.id, 80), word, prose(told), prose(sample.caption, 120)]


def _config(report: RunReport) -> Iterator[str]:
    rows = setting_rows(report.run.config)
    if rows:
        yield "## Configuration"
        told = [[code(row.key), code(row.value), row.remark] for row in rows[:_MOST_SETTINGS]]
        yield table(["Setting", "Value", ""], told)


def _environment(report: RunReport) -> Iterator[str]:
    yield "## Environment"
    rows = [*environment_rows(report.run), *summary_rows(report.run)]
    yield table(["", ""], [[code(name), code(value, 2_000)] for name, value in rows[:_MOST_SETTINGS]])
