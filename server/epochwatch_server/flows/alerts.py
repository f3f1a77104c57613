"""What a viewer may do about alerts: acknowledge, look at, mute them, and let the rules of a run rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from epochwatch_server.domain.alert import FiringCounts, Mute, StoredAlert
from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.flows.health_changes import HealthChanges
from epochwatch_server.flows.health_views import alerts_json, health_of
from epochwatch_server.flows.ingest import find_run
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.live.health_messages import AlertJson, HealthJson
from epochwatch_server.store import alert_counts, alerts, health, rule_settings
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

MAX_IDS = 1_000
MAX_COVERED = 1_000  # alerts of which viewers are told that they were muted; a page that is read anew knows of all

Scope = Literal["run", "project"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts to list: those that have all that is not None; before: the last one of the page before."""

    project: str | None = None
    run: str | None = None
    rule: str | None = None
    severity: str | None = None
    phase: str | None = None
    acknowledged: bool | None = None
    before: int | None = None
    limit: int = 200


class Alerts:
    """Acts for a viewer. Every change blocks until it is durable; all may be called from any thread.

    on_pause: told of each run whose rules were paused or let go on.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        book: RuleBook,
        changes: HealthChanges,
        on_pause: Callable[[str], None],
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._writer = writer
        self._book = book
        self._changes = changes
        self._on_pause = on_pause
        self._clock_ms = clock_ms

    def find(self, asked: Asked) -> tuple[list[AlertJson], FiringCounts]:
        """List alerts, the last fired first, and count what fires, whatever its severity."""
        with self._database.read() as connection:
            found = alerts.list_alerts(
                connection,
                run_id=asked.run,
                project=asked.project,
                rule=asked.rule,
                severity=asked.severity,
                phase=asked.phase,
                acknowledged=asked.acknowledged,
                before_id=asked.before,
                limit=asked.limit,
            )
            counts = alert_counts.count_firing(
                connection,
                run_id=asked.run,
                project=asked.project,
                rule=asked.rule,
                acknowledged=asked.acknowledged,
            )
            return alerts_json(connection, self._book, found), counts

    def health(self, run_id: str) -> HealthJson:
        """Say how the rules stand with a run.

        Raises:
            NotFound: There is no such run.
        """
        with self._database.read() as connection:
            run = find_run(connection, run_id)
            if run is None:
                raise _no_run(run_id)
            return health_of(connection, self._book, run)

    def mutes(self, project: str) -> Sequence[Mute]:
        """List what is kept quiet in a project, oldest first."""
        with self._database.read() as connection:
            return rule_settings.mutes(connection, project)

    def acknowledge(self, ids: Sequence[int], actor: str) -> Sequence[AlertJson]:
        """Note who has taken alerts on; those that were are left as they are. Returns those that there are."""
        now_ms = self._clock_ms()
        return self._mark(ids, "acknowledged", lambda c, some: alerts.acknowledge(c, some, actor, now_ms))

    def unacknowledge(self, ids: Sequence[int]) -> Sequence[AlertJson]:
        """Open alerts again. Returns those that there are."""
        return self._mark(ids, "opened", alerts.unacknowledge)

    def mark_seen(self, ids: Sequence[int]) -> Sequence[AlertJson]:
        """Note that somebody looked at alerts. Returns those that there are."""
        now_ms = self._clock_ms()
        return self._mark(ids, "seen", lambda c, some: alerts.mark_seen(c, some, now_ms))

    def mute(self, alert_id: int, scope: Scope, actor: str) -> AlertJson:
        """Keep an alert's rule quiet about its subject, in this run or in all of the project.

        Raises:
            NotFound: There is no such alert.
        """
        now_ms = self._clock_ms()

        def store(connection: Connection) -> tuple[StoredAlert, list[StoredAlert]]:
            alert = alerts.get_alert(connection, alert_id)
            if alert is None:
                raise NotFound(f"There is no alert {alert_id}; its run may have been deleted.")
            run_id = alert.run_id if scope == "run" else None
            mute = rule_settings.add_mute(
                connection,
                alert.project,
                alert.rule,
                run_id=run_id,
                subject=alert.subject,
                actor=actor,
                now_ms=now_ms,
            )
            return alert, _covered(connection, mute)

        alert, covered = self._writer.submit(store).result()
        self._changes.tell_alerts(covered, "muted", now_ms)
        with self._database.read() as connection:
            return alerts_json(connection, self._book, [alert])[0]

    def unmute(self, mute_id: int) -> None:
        """Let what was muted speak again.

        Raises:
            NotFound: There is no such mute.
        """

        def store(connection: Connection) -> Sequence[StoredAlert]:
            mute = rule_settings.get_mute(connection, mute_id)
            if mute is None:
                raise NotFound(f"There is no mute {mute_id}; somebody may have ended it.")
            rule_settings.delete_mute(connection, mute_id)
            return _covered(connection, mute)

        self._changes.tell_alerts(self._writer.submit(store).result(), "unmuted", self._clock_ms())

    def set_paused(self, run_id: str, paused: bool) -> HealthJson:
        """Let the rules of a run rest, or go on; while they rest nothing begins to fire and nothing is resolved.

        Raises:
            NotFound: There is no such run.
        """
        now_ms = self._clock_ms()

        def store(connection: Connection) -> bool:
            if find_run(connection, run_id) is None:
                raise _no_run(run_id)
            stored = health.get_health(connection, run_id)
            if (stored is not None and stored.paused) is paused:
                return False
            health.set_paused(connection, run_id, paused, now_ms)
            return True

        if self._writer.submit(store).result():
            self._on_pause(run_id)
            self._changes.tell_run(run_id)
        return self.health(run_id)

    def _mark(
        self, ids: Sequence[int], kind: str, change: Callable[[Connection, Sequence[int]], None]
    ) -> Sequence[AlertJson]:
        wanted = list(dict.fromkeys(ids))
        if len(wanted) > MAX_IDS:
            raise InvalidInput(f"{len(wanted)} alerts were given; it takes at most {MAX_IDS:,} at once.")

        def store(connection: Connection) -> tuple[Sequence[StoredAlert], Sequence[StoredAlert]]:
            before = alerts.list_alerts(connection, ids=wanted, limit=MAX_IDS)
            change(connection, [alert.id for alert in before])
            return before, alerts.list_alerts(connection, ids=wanted, limit=MAX_IDS)

        before, after = self._writer.submit(store).result()
        changed = [alert for alert, was in zip(after, before, strict=True) if alert != was]
        self._changes.tell_alerts(changed, kind, self._clock_ms())
        with self._database.read() as connection:
            return alerts_json(connection, self._book, after)


def _covered(connection: Connection, mute: Mute) -> list[StoredAlert]:
    found = alerts.list_alerts(connection, project=mute.project, run_id=mute.run_id, rule=mute.rule, limit=MAX_COVERED)
    return [alert for alert in found if mute.covers(alert)]


def _no_run(run_id: str) -> NotFound:
    return NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
