"""The report of one run: sections, each a function from the case to a part of the page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from epochwatch_server.charts.chart import Needs
from epochwatch_server.charts.evidence import MOST_METRICS, Stretch, evidence_figure
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.pins import Pin
from epochwatch_server.charts.sections import arrange
from epochwatch_server.charts.view import View
from epochwatch_server.health.lifecycle import Alert, Phase
from epochwatch_server.health.text_numbers import is_text_number
from epochwatch_server.reports.case import Case, reach_of, readable, verdict_of
from epochwatch_server.reports.page import Chapter, Section, render_part
from epochwatch_server.reports.svg.picture import Picture, draw_picture
from epochwatch_server.reports.timeline import Lane, bar, draw_timeline

MOST_CHARTS = 24
MAX_VALUE_CHARS = 400
# In pixels, as large as they stand on a wide page, so that their words are as large as the page's.
EVIDENCE_SIZE = (440, 230)
CHART_SIZE = (450, 210)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture under its title, with the legend where its lines are too many to be named at their ends."""

    title: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class AlertCard:
    """One alert as it is told."""

    severity: str
    rule: str
    title: str
    subject: str
    when: str
    what: str
    values: tuple[tuple[str, str], ...]
    threshold: str
    why: str
    cause: str
    recommendations: tuple[str, ...]
    chart: Drawn | None


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """One setting. remark: what is odd about it."""

    key: str
    value: str
    remark: str


def run_chapter(case: Case, anchor: str, *, is_brief: bool = False) -> Chapter:
    """Tell one run: verdict, timeline, alerts, charts, configuration, and what was not checked.

    Args:
        case: What is known of the run.
        anchor: Its id on the page.
        is_brief: One of many: no charts beside the evidence, and no tables.
    """
    makers = (timeline, alerts, traceback_of, lost)
    made = [make(case) for make in (makers if is_brief else (*makers, charts, config, unchecked))]
    return Chapter(
        id=anchor,
        title=case.name,
        severity=case.worst.value if case.worst else "ok",
        verdict=verdict_of(case),
        facts=tuple(_facts(case)),
        sections=tuple(replace(part, id=f"{anchor}-{part.id}") for part in made if part is not None),
        hue=case.charts.run.hue,
    )


def timeline(case: Case) -> Section | None:
    """Show when each alert fired and how long it lasted."""
    if not case.alerts:
        return None
    first = case.history.epochs[0] if case.history.epochs else 0
    return Section("timeline", "Timeline", render_part("timeline", draw_timeline([_lane(case)], first)))


def alerts(case: Case) -> Section | None:
    """Tell every alert: what, since when, on what evidence, why it matters, what to try."""
    if not case.alerts:
        return None
    cards = tuple(_card(case, alert) for alert in case.alerts)
    return Section("alerts", "What was found", render_part("alerts", cards))


def charts(case: Case) -> Section | None:
    """Draw the charts that the run's page has."""
    drawn: list[Drawn] = []
    for section in arrange(case.charts.entries()):
        for entry in section.charts:
            figure = case.charts.draw(entry, View(), _pins(case)) if len(drawn) < MOST_CHARTS else None
            if figure is not None and figure.data:
                drawn.append(Drawn(entry.title, draw_picture(figure, entry.title, size=CHART_SIZE)))
    return Section("charts", "Charts", render_part("charts", tuple(drawn))) if drawn else None


def config(case: Case) -> Section | None:
    """List the run's settings, flat; numbers that are text are named."""
    rows = tuple(_config_rows(case.history.facts.config))
    return Section("config", "Configuration", render_part("config", rows)) if rows else None


def unchecked(case: Case) -> Section | None:
    """Say what no rule could tell, so that silence is not taken for health."""
    order = {rule: place for place, rule in enumerate(case.rules)}
    verdicts = sorted(case.verdicts.items(), key=lambda item: order.get(item[0], len(order)))
    told = [(rule, verdict.reason) for rule, verdict in verdicts if verdict.state in ("not_checked", "failed")]
    passed = [rule for rule, verdict in verdicts if verdict.state == "ok"]
    if not told and not passed:
        return None
    return Section("unchecked", "What was checked, and what was not", render_part("unchecked", (told, passed)))


def traceback_of(case: Case) -> Section | None:
    """Show the error that ended the run."""
    ending = case.history.ending
    if ending is None or not ending.error:
        return None
    return Section("error", "The error that ended it", render_part("error", ending.error))


def lost(case: Case) -> Section | None:
    """Say what of the recording could not be read."""
    return Section("lost", "What could not be read", render_part("lost", case.lost)) if case.lost else None


def _lane(case: Case) -> Lane:
    bars = [
        bar(
            f"{alert.rule} {alert.subject}".rstrip(),
            alert.severity.value,
            (
                alert.first_epoch,
                alert.finding.evidence.since,
                alert.first_epoch if alert.fired_epoch is None else alert.fired_epoch,
                alert.resolved_epoch,
            ),
            case.last_epoch,
        )
        for alert in case.alerts
    ]
    tracked = case.charts.run.tracked
    best = None
    if tracked is not None and tracked.best_epoch is not None:
        best = (tracked.best_epoch, f"best {tracked.metric} at epoch {tracked.best_epoch}")
    return Lane(bars, case.last_epoch, best=best)


def _facts(case: Case) -> Iterator[tuple[str, str]]:
    yield "reached", reach_of(case)
    tracked = case.charts.run.tracked
    if tracked is not None and tracked.best is not None:
        yield f"best {tracked.metric}", f"{readable(tracked.best)} at epoch {tracked.best_epoch}"
    elif tracked is not None:
        yield f"best {tracked.metric}", "never computed"
    counts = [(word, sum(alert.severity.value == word for alert in case.alerts)) for word in ("critical", "warning")]
    yield "alerts", ", ".join(f"{count} {word}" for word, count in counts if count) or "none"
    ending = case.history.ending
    for metric, value in (ending.metrics if ending else {}).items():
        yield metric, readable(value)


def _card(case: Case, alert: Alert) -> AlertCard:
    rule, finding, evidence = case.rules.get(alert.rule), alert.finding, alert.finding.evidence
    return AlertCard(
        severity=alert.severity.value,
        rule=alert.rule,
        title=rule.title if rule else alert.rule,
        subject=alert.subject,
        when=_when(alert),
        what=finding.what,
        values=tuple((name, readable(value)) for name, value in evidence.values.items()),
        threshold=evidence.threshold,
        why=rule.sections().get("Why it matters", "") if rule else "",
        cause=finding.cause,
        recommendations=finding.recommendations,
        chart=_evidence(case, alert),
    )


def _when(alert: Alert) -> str:
    fired, since = alert.fired_epoch or 0, alert.finding.evidence.since
    when = f"fired at epoch {fired}" if fired >= 0 else "fired before the first epoch"
    if since is not None and 0 <= since < fired:
        when = f"since epoch {since}, {when}"
    return f"{when}, resolved at epoch {alert.resolved_epoch}" if alert.phase is Phase.RESOLVED else when


def _evidence(case: Case, alert: Alert) -> Drawn | None:
    metrics = case.charts.known(alert.finding.evidence.metrics)[:MOST_METRICS]
    if not metrics:
        return None
    since = alert.finding.evidence.since
    stretch = Stretch(alert.severity.value, alert.first_epoch if since is None else since, alert.resolved_epoch)
    figure = evidence_figure(case.charts.data(Needs(metrics)), stretch)
    if not figure.data:
        return None
    title = f"{', '.join(metrics)} by epoch"
    return Drawn(title, draw_picture(with_epochs(figure), title, size=EVIDENCE_SIZE))


def with_epochs(figure: Figure) -> Figure:
    """Name what runs along the bottom: a page says so once, a picture that is cut out of a report must itself."""
    title = {"text": str((figure.layout.get("meta") or {}).get("x", "epoch"))}
    return Figure(figure.data, {**figure.layout, "xaxis": {"title": title, **figure.layout["xaxis"]}})


def _pins(case: Case) -> tuple[Pin, ...]:
    return tuple(
        Pin(
            kind="alert",
            text=f"{alert.rule}: {alert.finding.what}",
            epoch=alert.fired_epoch,
            severity=alert.severity.value,
            metrics=alert.finding.evidence.metrics,
        )
        for alert in case.alerts
        if alert.fired_epoch is not None and alert.fired_epoch >= 0
    )


def _config_rows(config: Mapping[str, Any], prefix: str = "") -> Iterator[ConfigRow]:
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _config_rows(value, f"{name}.")
            continue
        yield ConfigRow(name, _value(value), "a number as text" if is_text_number(name, value) else "")


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]} …"
