"""Tells what the rules came to, once it is committed: feed, alerts, the run's chips and its row."""

from collections.abc import Iterator

from epochwatch_server.domain.alert import HealthSummary
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.health_keeping import Kept
from epochwatch_server.flows.health_views import alerts_json, health_of
from epochwatch_server.flows.ingest import find_run
from epochwatch_server.flows.recent_alerts import RecentAlerts
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.health.engine import HealthState
from epochwatch_server.live.health_messages import mute_of
from epochwatch_server.live.messages import health_summary_json
from epochwatch_server.store import alerts, rule_settings
from epochwatch_server.store.database import Connection, Database

REMEMBERED_MS = 600_000  # alerts older than this are no news to a training


class HealthTelling:
    """For the thread that evaluates."""

    def __init__(self, database: Database, announcer: Announcer, book: RuleBook, recent: RecentAlerts) -> None:
        self._database = database
        self._announcer = announcer
        self._book = book
        self._recent = recent

    def tell(self, run_id: str, kept: Kept, heartbeat_seconds: float, now_ms: int) -> None:
        """Tell what changed: to the training what is not muted, to everybody alerts, and how the run now stands."""
        loud = [(transition, alert) for transition, alert, mute in kept.told if mute is None]
        self._recent.add(run_id, loud, heartbeat_seconds, now_ms)  # first: a stop may already be on its way
        self._announcer.feed(run_id, kept.feed)
        with self._database.read() as connection:
            run = find_run(connection, run_id)
            if run is None:
                return
            told = alerts_json(connection, self._book, [alert for _, alert in loud])
            summary = alerts.health_summaries(connection, [run_id]).get(run_id, HealthSummary())
            health = health_of(connection, self._book, run)
        for (transition, _), alert in zip(loud, told, strict=True):
            self._announcer.alert(alert, transition.kind, health_summary_json(summary))
        self._announcer.health(health)
        self._announcer.health_row(run, now_ms)

    def remember(self, connection: Connection, run: Run, now_ms: int) -> None:
        """Take up what an earlier server had found just before it ended: the training may not have heard of it."""
        found = {
            alert.id: alert
            for alert in alerts.list_alerts(connection, run_id=run.id, phase="firing")
            if now_ms - alert.fired_ms < REMEMBERED_MS
        }
        if not found:
            return
        mutes = rule_settings.mutes(connection, run.project)
        told = [
            (transition, found[transition.alert_id])
            for transition in alerts.list_transitions(connection, run_id=run.id)
            if transition.alert_id in found and now_ms - transition.time_ms < REMEMBERED_MS
        ]
        loud = [(transition, alert) for transition, alert in told if mute_of(alert, mutes) is None]
        self._recent.add(run.id, loud, run.heartbeat_seconds, now_ms)

    def tell_chips(self, run_id: str) -> None:
        """Tell those who look at a run how its rules stand, though no alert changed."""
        if not self._announcer.is_watched(run_id):
            return
        with self._database.read() as connection:
            run = find_run(connection, run_id)
            health = health_of(connection, self._book, run) if run else None
        if health is not None:
            self._announcer.health(health)


def new_failures(before: HealthState, after: HealthState) -> Iterator[tuple[str, int, str]]:
    """Yield the rules that broke meanwhile, with how often, and how the last time."""
    for rule, count in after.failures.items():
        new = count - before.failures.get(rule, 0)
        if new > 0:
            yield rule, new, after.verdicts[rule].reason if rule in after.verdicts else ""


def has_news(before: HealthState, after: HealthState) -> bool:
    """Say whether a viewer would see a difference."""
    return before.verdicts != after.verdicts or before.alerts != after.alerts
