"""From the store to what viewers are told of a run's health: the API, the page and the stream say the same."""

from collections.abc import Mapping, Sequence

from epochwatch_server.domain.alert import HealthSummary, Mute, StoredAlert
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.rule_book import Chapter, KnownRule, RuleBook
from epochwatch_server.health.engine import RuleSettings
from epochwatch_server.live.health_messages import (
    AlertJson,
    HealthJson,
    RuleLabel,
    alert_json,
    chips,
    health_json,
    mute_of,
)
from epochwatch_server.store import alerts, health, rule_settings
from epochwatch_server.store.database import Connection

MAX_ALERTS = 500  # of one run; there is one for each rule and subject


def health_of(connection: Connection, book: RuleBook, run: Run) -> HealthJson:
    """Read how all rules stand with a run, and its alerts: those that fire first, the worst first."""
    labels = labels_of(book.chapter(connection, run.project))
    stored = health.get_health(connection, run.id)
    found = alerts.list_alerts(connection, run_id=run.id, limit=MAX_ALERTS)
    mutes = rule_settings.mutes(connection, run.project)
    summary = alerts.health_summaries(connection, [run.id]).get(run.id, HealthSummary())
    by_rule = {label.id: label for label in labels}
    return health_json(
        run.id,
        is_paused=bool(stored and stored.paused),
        summary=summary,
        chips=chips(stored.state if stored else None, labels, found, mutes),
        alerts=[
            alert_json(alert, by_rule.get(alert.rule), mute_of(alert, mutes)) for alert in sorted(found, key=_order)
        ],
    )


def alerts_json(connection: Connection, book: RuleBook, found: Sequence[StoredAlert]) -> list[AlertJson]:
    """Turn alerts of any runs into JSON, in the order given."""
    labels: dict[str, Mapping[str, RuleLabel]] = {}
    mutes: dict[str, list[Mute]] = {}
    for project in {alert.project for alert in found}:
        labels[project] = {label.id: label for label in labels_of(book.chapter(connection, project))}
        mutes[project] = rule_settings.mutes(connection, project)
    return [
        alert_json(alert, labels[alert.project].get(alert.rule), mute_of(alert, mutes[alert.project]))
        for alert in found
    ]


def labels_of(chapter: Chapter) -> list[RuleLabel]:
    """Name a project's rules for viewers, in the order in which they are asked."""
    return [_label(known, chapter.settings.get(known.rule.id)) for known in chapter.rules]


def _label(known: KnownRule, settings: RuleSettings | None) -> RuleLabel:
    rule = known.rule
    return RuleLabel(
        id=rule.id,
        title=rule.title,
        why=rule.sections().get("Why it matters", ""),
        is_on=settings is None or settings.is_on,
        is_usable=known.is_usable,
        is_for_the_end=rule.is_about_the_end,
        problem=known.problem,
    )


def _order(alert: StoredAlert) -> tuple[bool, int, int]:
    severities = ("critical", "warning", "info")
    rank = severities.index(alert.severity) if alert.severity in severities else len(severities)
    return (not alert.is_firing, rank, -alert.fired_ms)
