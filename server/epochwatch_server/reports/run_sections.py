"""The report of a run of the server as one HTML page: sections, each from the report to a part of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.wording import elapsed
from epochwatch_server.live.health_messages import AlertJson
from epochwatch_server.reports.event_words import EventLine, event_lines
from epochwatch_server.reports.numbers import ABSENT, evidence_word, plural, value_word
from epochwatch_server.reports.page import Chapter, ReportPage, Section, render_page, render_part
from epochwatch_server.reports.run import EVIDENCE_SIZE, AlertCard, Drawn, with_epochs
from epochwatch_server.reports.run_report import (
    RunReport,
    facts_of,
    next_steps,
    remark_of,
    severity_of,
    verdict_of,
    when_of,
)
from epochwatch_server.reports.settings import environment_rows, setting_rows, summary_rows
from epochwatch_server.reports.sheets import draw_charts, stills_of
from epochwatch_server.reports.svg.picture import draw_picture
from epochwatch_server.reports.timeline import Lane, Moment, bar, draw_timeline

MAX_ERROR_CHARS = 12_000
MOST_LINES = 80  # of events
_FOOT = "Figures and charts are those of the run's page at that moment; epochs are numbered as the script numbers them."
_MOMENTS = {
    "best": ("circle", "token:ok"),
    "lr": ("diamond", "token:accent"),
    "note": ("square", "token:info"),
    "alert": ("triangle-up", "token:warning"),
    "state": ("triangle-down", "token:muted"),
    "resume": ("circle-open", "token:info"),
    "command": ("x", "token:soft"),
    "end": ("square", "token:ink"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of what happened."""

    after: str
    epoch: str
    title: str
    folded: str
    text: str
    level: str


def run_report_html(report: RunReport) -> str:
    """Render a run's report as one self-contained page."""
    makers = (note, timeline, alerts, error, steps, charts, targets, samples, config, environment, unchecked)
    sections = [part for part in (make(report) for make in makers) if part is not None]
    chapter = Chapter(
        id="run",
        title=report.name,
        severity=severity_of(report),
        verdict=verdict_of(report),
        facts=tuple(facts_of(report)),
        sections=[replace(part, id=f"run-{part.id}") for part in sections],
        hue=report.run.hue,
        kind=f"Run of {report.run.project}",
        by_hand=report.run.verdict,
        remark=remark_of(report),
        tags=report.run.tags,
    )
    return render_page(ReportPage(report.name, report.made, [chapter], foot=_FOOT))


def note(report: RunReport) -> Section | None:
    """Show what somebody wrote about the run."""
    if not report.note_html:
        return None
    body = Markup(report.note_html)  # noqa: S704 - rendered by a parser that lets no markup of the note through
    return Section("note", "Note", render_part("note", body))


def timeline(report: RunReport) -> Section | None:
    """Show when each alert fired and what else happened."""
    lines = event_lines(report.events)
    if not report.alerts and not lines:
        return None
    lane = _lane(report, lines)
    drawing = draw_timeline([lane]) if lane.bars or lane.moments else Markup()
    body = render_part("timeline", drawing) if drawing else Markup()
    left = len(lines) - MOST_LINES
    remark = f"{plural(left, 'earlier line')} of the feed not listed." if left > 0 else ""
    told = [_happening(line, report.run.created_ms) for line in lines[-MOST_LINES:]]
    return Section("timeline", "Timeline", body + render_part("events", {"lines": told, "note": remark}))


def alerts(report: RunReport) -> Section | None:
    """Tell every alert: what, since when, on what evidence, why it matters, what to try."""
    if not report.alerts:
        return None
    cards = tuple(_card(alert, report.evidence.get(alert.id)) for alert in report.alerts)
    return Section("alerts", "What was found", render_part("alerts", cards))


def error(report: RunReport) -> Section | None:
    """Show the error that ended the run."""
    end = report.run.end
    if end is None or not end.traceback:
        return None
    return Section("error", "The error that ended it", render_part("error", end.traceback[-MAX_ERROR_CHARS:]))


def steps(report: RunReport) -> Section | None:
    """Say what to do next: what the alerts that still fire recommend."""
    found = next_steps(report)
    return Section("steps", "Next steps", render_part("steps", found)) if found else None


def charts(report: RunReport) -> Section | None:
    """Draw the charts of the run's page."""
    sheet = draw_charts(report.charts, report.left_out)
    if not sheet.sections:
        return None
    return Section("charts", "Charts", render_part("sectioned_charts", sheet))


def targets(report: RunReport) -> Section | None:
    """Say how the run stands against what was wanted of it."""
    rows = [
        {
            "metric": standing.metric,
            "now": value_word(standing.now),
            "best": value_word(standing.best),
            "band": standing.band or ABSENT,
            "text": standing.text,
        }
        for standing in report.standings
    ]
    return Section("targets", "Targets", render_part("targets", rows)) if rows else None


def samples(report: RunReport) -> Section | None:
    """Show what the model saw: over all epochs, at first, where it does best, where it does worst."""
    sheet, has_samples = draw_charts(report.sample_charts, ()), bool(report.samples.rows)
    body = render_part("sectioned_charts", sheet) if sheet.sections or sheet.left_out else Markup()
    if has_samples:
        body += render_part("samples", stills_of(report.samples))
    return Section("samples", "Samples" if has_samples else "Predictions", body) if body else None


def config(report: RunReport) -> Section | None:
    """List the run's settings, flat; numbers that are text are named."""
    rows = setting_rows(report.run.config)
    return Section("config", "Configuration", render_part("config", rows)) if rows else None


def environment(report: RunReport) -> Section | None:
    """Say where and how it was started, and what it said at its end."""
    rows = [*environment_rows(report.run), *summary_rows(report.run)]
    return Section("environment", "Environment", render_part("facts", rows))


def unchecked(report: RunReport) -> Section | None:
    """Say what no rule could tell, so that silence is not taken for health."""
    chips = report.health.chips
    told = [(chip.rule, chip.reason) for chip in chips if chip.state in ("not_checked", "failed", "off")]
    passed = [chip.rule for chip in chips if chip.state == "ok"]
    if not told and not passed:
        return None
    return Section("unchecked", "What was checked, and what was not", render_part("unchecked", (told, passed)))


def _lane(report: RunReport, lines: Sequence[EventLine]) -> Lane:
    run = report.run
    reached = max(run.epochs_done - 1, run.epoch or 0)
    bars = [
        bar(
            f"{alert.rule} {alert.subject}".rstrip(),
            alert.severity,
            (alert.first_epoch, alert.since, alert.fired_epoch, alert.resolved_epoch),
            reached,
        )
        for alert in report.alerts
    ]
    moments = [
        Moment(line.epoch, *_MOMENTS[line.kind], f"{line.title} {line.text}".rstrip())
        for line in lines
        if line.kind in _MOMENTS and line.epoch is not None
    ]
    tracked, best = run.tracked, None
    if tracked is not None and tracked.best_epoch is not None:
        best = (tracked.best_epoch, f"best {tracked.metric} at epoch {tracked.best_epoch}")
    return Lane(bars, reached, moments, best)


def _happening(line: EventLine, created_ms: int) -> Happening:
    return Happening(
        after=elapsed((line.time_ms - created_ms) / 1000),
        epoch="" if line.epoch is None else str(line.epoch),
        title=line.title,
        folded=f"and {line.folded} before it" if line.folded else "",
        text=line.text,
        level=line.level,
    )


def _card(alert: AlertJson, evidence: Figure | None) -> AlertCard:
    chart = None
    if evidence is not None and evidence.data:
        title = f"{', '.join(alert.evidence.metrics[:4])} by epoch"
        chart = Drawn(title, draw_picture(with_epochs(evidence), title, size=EVIDENCE_SIZE))
    return AlertCard(
        severity=alert.severity,
        rule=alert.rule,
        title=alert.title,
        subject=alert.subject,
        when=when_of(alert),
        what=alert.what,
        values=tuple((name, evidence_word(name, value)) for name, value in alert.evidence.values.items()),
        threshold=alert.evidence.threshold,
        why=alert.why,
        cause=alert.cause,
        recommendations=tuple(alert.recommendations),
        chart=chart,
    )
