"""The way from transitions to notifications: how far it has come, what is held back, what is being sent."""

from collections.abc import Sequence

from sqlalchemy import Connection

from epochwatch_server.domain.notification import Notification
from epochwatch_server.store.columns import from_json
from epochwatch_server.store.statement import Statement, portions, question_marks

_COLUMNS = "id, notifier_id, run_id, transition_ids, title, body, state, attempts, due_ms, sent_ms, answer, created_ms"
_MAKE_CURSOR = Statement("INSERT INTO delivery (id, transition_id) VALUES (1, 0) ON CONFLICT (id) DO NOTHING")
# Written though nothing changes: on PostgreSQL that makes a second server wait until this one has committed.
_HOLD_CURSOR = Statement("UPDATE delivery SET transition_id = transition_id WHERE id = 1")
_CURSOR = Statement("SELECT transition_id FROM delivery WHERE id = 1")
_MOVE_CURSOR = Statement("UPDATE delivery SET transition_id = ? WHERE id = 1 AND transition_id < ?")
_NEWEST = Statement("SELECT COALESCE(max(id), 0) FROM transition")
_HELD_DUE = Statement(
    "SELECT {columns} FROM notification WHERE state = 'held' AND notifier_id IN "
    "(SELECT notifier_id FROM notification WHERE state = 'held' AND due_ms <= ?) ORDER BY created_ms, id",
    columns=_COLUMNS,
)
_NEXT_DUE = Statement("SELECT min(due_ms) FROM notification WHERE state = ?")
_WAITING = Statement("SELECT min(due_ms) FROM notification WHERE state = 'waiting' AND notifier_id = ? AND run_id = ?")
_CLAIM = Statement("UPDATE notification SET due_ms = ? WHERE id = ? AND state = 'waiting' AND due_ms = ?")
_RETRY = Statement(
    "UPDATE notification SET state = 'waiting', attempts = 0, due_ms = ? WHERE id = ? AND state = 'failed'"
)
_FORGET = Statement("DELETE FROM notification WHERE state IN ('sent', 'dropped', 'failed') AND created_ms < ?")


def cursor(connection: Connection) -> int:
    """Read the id of the last transition that became notifications; 0 before the first."""
    row = _CURSOR.row(connection)
    return 0 if row is None else int(row[0])


def hold_cursor(connection: Connection) -> int:
    """Read it for the transaction that is going to move it."""
    _MAKE_CURSOR.run(connection)
    _HOLD_CURSOR.run(connection)
    return cursor(connection)


def move_cursor(connection: Connection, transition_id: int) -> None:
    """Note that all transitions up to this one became what they become."""
    _MOVE_CURSOR.run(connection, transition_id, transition_id)


def newest_transition(connection: Connection) -> int:
    """Read the id of the newest transition; 0 when there is none."""
    row = _NEWEST.row(connection)
    return 0 if row is None else int(row[0])


def held_by_due_notifiers(connection: Connection, now_ms: int) -> list[Notification]:
    """List everything held for each notifier that has something held until now, oldest first."""
    return [
        Notification(row[0], row[1], row[2], tuple(from_json(row[3])), *row[4:])
        for row in _HELD_DUE.rows(connection, now_ms)
    ]


def next_due_ms(connection: Connection, state: str) -> int | None:
    """Find when the next notification in a state is due; None when there is none."""
    row = _NEXT_DUE.row(connection, state)
    return None if row is None else row[0]


def waiting_until_ms(connection: Connection, notifier_id: int, run_id: str) -> int | None:
    """Find when the next try of a message on this run is due; None when none waits."""
    row = _WAITING.row(connection, notifier_id, run_id)
    return None if row is None else row[0]


def hold_until(connection: Connection, ids: Sequence[str], due_ms: int, why: str) -> None:
    """Hold notifications back until a time, and say why."""
    for some in portions(ids):
        Statement("UPDATE notification SET due_ms = ?, answer = ? WHERE id IN ({ids})", ids=question_marks(some)).run(
            connection, due_ms, why, *some
        )


def drop(connection: Connection, ids: Sequence[str], why: str) -> None:
    """Note that notifications are not to be sent, and why."""
    for some in portions(ids):
        Statement(
            "UPDATE notification SET state = 'dropped', answer = ? WHERE id IN ({ids})", ids=question_marks(some)
        ).run(connection, why, *some)


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """Take notifications away, because one message stands for them now."""
    for some in portions(ids):
        Statement("DELETE FROM notification WHERE id IN ({ids})", ids=question_marks(some)).run(connection, *some)


def claim(connection: Connection, notification: Notification, until_ms: int) -> bool:
    """Take a notification to send it; False when another server, or the clock, was faster.

    Args:
        until_ms: when it is due again, should whoever takes it not live to tell what came of it.
    """
    return _CLAIM.run(connection, until_ms, notification.id, notification.due_ms) > 0


def retry(connection: Connection, id: str, now_ms: int) -> bool:
    """Give a failed notification its tries back; False when there is no failed one of this id."""
    return _RETRY.run(connection, now_ms, id) > 0


def forget(connection: Connection, before_ms: int) -> int:
    """Delete what was sent, dropped or given up and is older than this; returns how many."""
    return _FORGET.run(connection, before_ms)
