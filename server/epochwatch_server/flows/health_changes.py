"""Tells all open pages what a viewer changed about alerts and rules, once it is durable."""

from collections.abc import Sequence

from epochwatch_server.domain.alert import HealthSummary, StoredAlert
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.health_views import alerts_json, health_of
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.live.messages import health_summary_json
from epochwatch_server.store import alerts, runs
from epochwatch_server.store.database import Database


class HealthChanges:
    """Publishes to the hub. Safe to use from any thread."""

    def __init__(self, database: Database, announcer: Announcer, book: RuleBook) -> None:
        self._database = database
        self._announcer = announcer
        self._book = book

    def tell_alerts(self, changed: Sequence[StoredAlert], kind: str, now_ms: int) -> None:
        """Tell alerts as they are now, and of each run concerned its row, and its health to those who look at it.

        Args:
            kind: What was done: acknowledged, opened, seen, muted or unmuted.
        """
        if not changed:
            return
        ids = list(dict.fromkeys(alert.run_id for alert in changed))
        with self._database.read() as connection:
            told = alerts_json(connection, self._book, changed)
            summaries = alerts.health_summaries(connection, ids)
            concerned = runs.list_runs(connection, ids=ids)
        for alert in told:
            summary = summaries.get(alert.run, HealthSummary())
            self._announcer.alert(alert, kind, health_summary_json(summary))
        for run in concerned:
            self._announcer.health_row(run, now_ms)
        for run_id in ids:
            self.tell_run(run_id)

    def tell_run(self, run_id: str) -> None:
        """Tell how the rules stand with a run, if anybody looks at it."""
        if not self._announcer.is_watched(run_id):
            return
        with self._database.read() as connection:
            found = runs.list_runs(connection, ids=[run_id])
            healths = [health_of(connection, self._book, run) for run in found]
        for health in healths:
            self._announcer.health(health)

    def tell_project(self, project: str) -> None:
        """Tell how the rules stand with each run of a project that somebody looks at: its rules were changed."""
        with self._database.read() as connection:
            ids = [run.id for run in runs.list_runs(connection, project=project)]
        for run_id in ids:
            self.tell_run(run_id)
