"""From transitions to messages: what each notifier wants is held until its group is complete, then becomes one.

Both steps are jobs of the writer: a transition is passed on in the same transaction that moves the cursor, and held
notifications turn into a message in one transaction. A server that dies in between has done either all of it or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from epochwatch_server.domain.alert import StoredAlert, StoredTransition
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.flows.notification_text import News, compose, notification_id
from epochwatch_server.flows.quiet_hours import quiet_until_ms
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.store import alerts, notifiers, outbox, rule_settings, runs
from epochwatch_server.store.database import Connection

SETTLE_MS = 1_000  # on PostgreSQL a transition of a lower number may be committed a moment later
GROUP_MS = 3_000  # what one cause brings about comes within this
CLOCK_SLIP_MS = 60_000
PORTION = 500
_RANKS = {"info": 0, "warning": 1, "critical": 2}
_TITLES = {rule.id: rule.title for rule in RULES}
_ORDER = {rule.id: place for place, rule in enumerate(RULES)}


def pass_on(connection: Connection, now_ms: int, *, all_of_them: bool = False) -> int:
    """Hold new transitions for each notifier that wants them, in order, and move the cursor.

    Args:
        all_of_them: also those that came just now: before a notifier is made or changed, so that it counts from here.

    Returns:
        How many transitions were looked at.
    """
    start = outbox.hold_cursor(connection)
    listening = [notifier for notifier in notifiers.list_notifiers(connection) if notifier.is_on]
    last, looked_at = start, 0
    while True:
        found = alerts.list_transitions(connection, after_id=last, limit=PORTION)
        # In order: none passes one that must wait.
        settled = found if all_of_them else list(takewhile(lambda one: _is_settled(one, now_ms), found))
        for transition in settled:
            _hold(connection, transition, listening, now_ms)
            last = transition.id
        looked_at += len(settled)
        if len(settled) < PORTION:
            break
    if last > start:
        outbox.move_cursor(connection, last)
    return looked_at


def release(connection: Connection, now_ms: int, base_url: str) -> int:
    """Turn what was held long enough into messages; returns how many messages were made."""
    held = outbox.held_by_due_notifiers(connection, now_ms)
    made = 0
    for notifier_id in dict.fromkeys(one.notifier_id for one in held):
        notifier = notifiers.get_notifier(connection, notifier_id)
        mine = [one for one in held if one.notifier_id == notifier_id]
        if notifier is None or not notifier.is_on:
            outbox.drop(connection, [one.id for one in mine], "The notifier was turned off.")
            continue
        made += _Release(connection, notifier, now_ms, base_url).run(mine)
    return made


@dataclass(frozen=True, slots=True)
class _Release:
    connection: Connection
    notifier: Notifier
    now_ms: int
    base_url: str

    def run(self, held: Sequence[Notification]) -> int:
        told = self._still_wanted(held)
        quiet_end = quiet_until_ms(self.notifier, self.now_ms)
        if quiet_end is not None:
            passing = [] if self.notifier.quiet_holds_critical else [one for one in told if _is_critical(one[1])]
            kept = [one for one in told if one not in passing]
            self._hold([note for note, _ in kept], quiet_end, "Quiet hours.")
            told = passing
        overslept = [one for one in told if quiet_until_ms(self.notifier, one[0].created_ms) is not None]
        made = 0
        if overslept and quiet_end is None:
            self._make(overslept)
            told, made = [one for one in told if one not in overslept], 1
        for run_id in dict.fromkeys(note.run_id for note, _ in told):
            made += self._release_run(str(run_id), [one for one in told if one[0].run_id == run_id])
        return made

    def _release_run(self, run_id: str, told: Sequence[tuple[Notification, News]]) -> int:
        notes = [note for note, _ in told]
        group_end = min(note.created_ms for note in notes) + GROUP_MS
        sent_ms = notifiers.last_sent_ms(self.connection, self.notifier.id, run_id)
        cool_end = 0 if sent_ms is None else sent_ms + 1_000 * self.notifier.cool_down_seconds
        waiting_ms = outbox.waiting_until_ms(self.connection, self.notifier.id, run_id)
        if group_end > self.now_ms:
            self._hold(notes, group_end, "Waits for what belongs to it.")
        elif cool_end > self.now_ms:
            self._hold(notes, cool_end, "Cool-down.")
        elif waiting_ms is not None:
            self._hold(notes, max(waiting_ms, self.now_ms) + GROUP_MS, "Waits behind an earlier message.")
        else:
            self._make(told)
            return 1
        return 0

    def _still_wanted(self, held: Sequence[Notification]) -> list[tuple[Notification, News]]:
        wanted = []
        for note in held:
            transition = _transition(self.connection, note.transition_ids[0])
            alert = None if transition is None else alerts.get_alert(self.connection, transition.alert_id)
            if transition is None or alert is None:
                outbox.remove(self.connection, [note.id])
            elif alert.acknowledged_ms is not None:
                outbox.drop(self.connection, [note.id], "Acknowledged before it was sent.")
            elif any(mute.covers(alert) for mute in rule_settings.mutes(self.connection, alert.project)):
                outbox.drop(self.connection, [note.id], "Muted.")
            else:
                wanted.append((note, _news(self.connection, transition, alert)))
        return wanted

    def _make(self, told: Sequence[tuple[Notification, News]]) -> None:
        news = [one for _, one in told]
        ids = tuple(sorted(one.transition.id for one in news))
        runs = {one.alert.run_id for one in news}
        id_ = notification_id(self.notifier.id, ids)
        title, body = compose(news, id_, self.base_url)
        outbox.remove(self.connection, [note.id for note, _ in told])
        message = Notification(id_, self.notifier.id, runs.pop() if len(runs) == 1 else None, ids, title, body)
        notifiers.queue_notification(
            self.connection, replace(message, due_ms=self.now_ms, created_ms=min(note.created_ms for note, _ in told))
        )

    def _hold(self, notes: Sequence[Notification], until_ms: int, why: str) -> None:
        changed = [note.id for note in notes if (note.due_ms, note.answer) != (until_ms, why)]
        if changed:
            outbox.hold_until(self.connection, changed, until_ms, why)


def is_wanted(notifier: Notifier, transition: StoredTransition, alert: StoredAlert) -> bool:
    """Say whether a notifier is to be told of a transition; info is never notified."""
    if transition.kind == "resolved" and not notifier.sends_resolved:
        return False
    least = max(_RANKS.get(notifier.severity, 1), _RANKS["warning"])
    return _RANKS.get(transition.severity, 0) >= least and (not notifier.projects or alert.project in notifier.projects)


def _is_settled(transition: StoredTransition, now_ms: int) -> bool:
    """Say whether it has stood for a moment; one from far in the future shows that the clock was put back."""
    return not now_ms - SETTLE_MS < transition.time_ms <= now_ms + CLOCK_SLIP_MS


def _hold(connection: Connection, transition: StoredTransition, listening: Sequence[Notifier], now_ms: int) -> None:
    alert = alerts.get_alert(connection, transition.alert_id) if listening else None
    if alert is None or _is_imported(connection, transition.run_id):
        return
    for notifier in listening:
        if is_wanted(notifier, transition, alert):
            note = Notification(
                id=f"held-{notifier.id}-{transition.id}",
                notifier_id=notifier.id,
                run_id=transition.run_id,
                transition_ids=(transition.id,),
                title=f"[{transition.severity}] {alert.run_name}: {_title(connection, alert)}",
                body="",
                state="held",
                due_ms=now_ms,
                created_ms=min(now_ms, transition.time_ms),
            )
            notifiers.queue_notification(connection, note)


def _is_imported(connection: Connection, run_id: str) -> bool:
    """What an imported run's rules say is long past: nobody is to be woken by it."""
    found = runs.list_runs(connection, ids=[run_id])
    return bool(found) and found[0].origin is not None


def _transition(connection: Connection, id: int) -> StoredTransition | None:
    found = alerts.list_transitions(connection, after_id=id - 1, limit=1)
    return found[0] if found and found[0].id == id else None


def _news(connection: Connection, transition: StoredTransition, alert: StoredAlert) -> News:
    return News(transition, alert, _title(connection, alert), _ORDER.get(alert.rule, len(_ORDER)))


def _title(connection: Connection, alert: StoredAlert) -> str:
    if alert.rule in _TITLES:
        return _TITLES[alert.rule]
    own = {rule.id: rule.title for rule in rule_settings.own_rules(connection, alert.project)}
    return own.get(alert.rule, alert.rule)


def _is_critical(news: News) -> bool:
    return news.transition.severity == "critical"
