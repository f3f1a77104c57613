"""Where news goes, and the queue of what is to be sent there."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, insert, update

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text, from_json, to_json
from epochwatch_server.store.statement import Statement

_COLUMNS = (
    "id, name, kind, url, severity, projects, is_on, quiet_from, quiet_until, timezone, quiet_holds_critical, "
    "cool_down_seconds, sends_resolved, created_ms"
)
_LIST = Statement("SELECT {columns} FROM notifier ORDER BY id", columns=_COLUMNS)
_GET = Statement("SELECT {columns} FROM notifier WHERE id = ?", columns=_COLUMNS)
_DELETE = Statement("DELETE FROM notifier WHERE id = ?")

_NOTIFICATION_COLUMNS = (
    "id, notifier_id, run_id, transition_ids, title, body, state, attempts, due_ms, sent_ms, answer, created_ms"
)
_QUEUE = Statement(
    "INSERT INTO notification ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    columns=_NOTIFICATION_COLUMNS,
)
_DUE = Statement(
    "SELECT {columns} FROM notification WHERE state = 'waiting' AND due_ms <= ? ORDER BY due_ms, id LIMIT ?",
    columns=_NOTIFICATION_COLUMNS,
)
_SENT = Statement(
    "UPDATE notification SET state = 'sent', attempts = attempts + 1, sent_ms = ?, answer = ? WHERE id = ?"
)
_FAILED = Statement(
    "UPDATE notification SET state = ?, attempts = attempts + 1, due_ms = ?, answer = ? WHERE id = ? "
    "AND state = 'waiting'"
)
_HISTORY = "SELECT {columns} FROM notification {where} ORDER BY created_ms DESC, id DESC LIMIT ?"
_LAST_SENT = Statement("SELECT max(sent_ms) FROM notification WHERE notifier_id = ? AND run_id = ? AND state = 'sent'")


def list_notifiers(connection: Connection) -> list[Notifier]:
    """List all destinations, oldest first."""
    return [_to_notifier(row) for row in _LIST.rows(connection)]


def get_notifier(connection: Connection, id: int) -> Notifier | None:
    """Read a destination."""
    row = _GET.row(connection, id)
    return None if row is None else _to_notifier(row)


def put_notifier(connection: Connection, notifier: Notifier) -> Notifier:
    """Keep a destination: a new one when its id is 0, else in place of the one with its id.

    Raises:
        NotFound: There is none with this id; it may have been deleted meanwhile.
    """
    columns: dict[str, Any] = {name: _clean(value) for name, value in asdict(notifier).items() if name != "id"}
    columns["projects"] = to_json(notifier.projects)
    if notifier.id == 0:
        made: Any = connection.execute(insert(tables.notifier).values(columns)).inserted_primary_key
        notifier = replace(notifier, id=made[0])
    else:
        changed = connection.execute(update(tables.notifier).where(tables.notifier.c.id == notifier.id).values(columns))
        if not changed.rowcount:
            raise NotFound(f"There is no notifier {notifier.id}: it may have been deleted.")
    return _to_notifier(_GET.rows(connection, notifier.id)[0])


def delete_notifier(connection: Connection, id: int) -> bool:
    """Forget a destination and all that was sent or waits to be sent there; False when there was none."""
    return _DELETE.run(connection, id) > 0


def queue_notification(connection: Connection, notification: Notification) -> bool:
    """Keep a notification to be sent; False, and nothing done, when it is known already."""
    columns: dict[str, Any] = asdict(notification) | {"transition_ids": to_json(notification.transition_ids)}
    return _QUEUE.run(connection, *columns.values()) > 0


def due_notifications(connection: Connection, now_ms: int, limit: int) -> list[Notification]:
    """List what is to be sent by now, the longest due first."""
    return [_to_notification(row) for row in _DUE.rows(connection, now_ms, limit)]


def mark_sent(connection: Connection, id: str, answer: str, now_ms: int) -> None:
    """Note that the other end has taken a notification, and what it said."""
    _SENT.run(connection, now_ms, answer, id)


def mark_failed(connection: Connection, id: str, answer: str, due_ms: int | None, now_ms: int) -> None:
    """Note that a notification could not be sent: to be tried again at `due_ms`, or given up when that is None."""
    _FAILED.run(connection, "failed" if due_ms is None else "waiting", now_ms if due_ms is None else due_ms, answer, id)


def list_notifications(connection: Connection, notifier_id: int | None = None, limit: int = 200) -> list[Notification]:
    """List notifications, newest first: of one destination when it is named."""
    where, parameters = ("", []) if notifier_id is None else ("WHERE notifier_id = ?", [notifier_id])
    statement = Statement(_HISTORY, columns=_NOTIFICATION_COLUMNS, where=where)
    return [_to_notification(row) for row in statement.rows(connection, *parameters, limit)]


def last_sent_ms(connection: Connection, notifier_id: int, run_id: str) -> int | None:
    """Find when a destination was last told about a run; None when it never was."""
    row = _LAST_SENT.row(connection, notifier_id, run_id)
    return None if row is None else row[0]


def _clean(value: Any) -> Any:
    return clean_text(value) if isinstance(value, str) else value


def _to_notifier(row: Sequence[Any]) -> Notifier:
    id_, name, kind, url, severity, projects, is_on, start, end, timezone, holds, *rest = row
    cool_down, sends_resolved, created_ms = rest
    return Notifier(
        id=id_,
        name=name,
        kind=kind,
        url=url,
        severity=severity,
        projects=tuple(from_json(projects)),
        is_on=bool(is_on),
        quiet_from=start,
        quiet_until=end,
        timezone=timezone,
        quiet_holds_critical=bool(holds),
        cool_down_seconds=cool_down,
        sends_resolved=bool(sends_resolved),
        created_ms=created_ms,
    )


def _to_notification(row: Sequence[Any]) -> Notification:
    id_, notifier_id, run_id, transition_ids, *rest = row
    return Notification(id_, notifier_id, run_id, tuple(from_json(transition_ids)), *rest)
