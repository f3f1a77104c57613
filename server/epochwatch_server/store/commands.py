"""Commands: what the server asks of a run, when it was asked, seen and done."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, insert

from epochwatch_server.domain.event import Command
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text
from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.statement import Statement, portions, question_marks

_COLUMNS = "id, run_id, type, reason, actor, asked_ms, seen_ms, done_ms"
_PENDING = Statement("SELECT {columns} FROM command WHERE run_id = ? AND done_ms IS NULL ORDER BY id", columns=_COLUMNS)
_GET = Statement("SELECT {columns} FROM command WHERE id = ?", columns=_COLUMNS)
_SEEN = Statement("UPDATE command SET seen_ms = COALESCE(seen_ms, ?) WHERE id = ?")
_DONE = Statement("UPDATE command SET seen_ms = COALESCE(seen_ms, ?), done_ms = COALESCE(done_ms, ?) WHERE id = ?")


def ask(connection: Connection, run_id: str, type: str, reason: str, actor: str, now_ms: int) -> Command:
    """Ask something of a run; asking again what it has not done yet returns the first command."""
    hold_run(connection, run_id)
    for command in pending_commands(connection, run_id):
        if command.type == type:
            return command
    reason, actor = clean_text(reason), clean_text(actor)
    values = {"run_id": run_id, "type": type, "reason": reason, "actor": actor, "asked_ms": now_ms}
    made: Any = connection.execute(insert(tables.command).values(values)).inserted_primary_key
    return Command(made[0], run_id, type, reason, actor, now_ms)


def pending_commands(connection: Connection, run_id: str) -> list[Command]:
    """List what a run was asked and has not done, oldest first."""
    return [Command(*row) for row in _PENDING.rows(connection, run_id)]


def latest_command(connection: Connection, run_id: str) -> Command | None:
    """Read what a run was asked last."""
    return latest_commands(connection, [run_id]).get(run_id)


def latest_commands(connection: Connection, run_ids: Sequence[str]) -> dict[str, Command]:
    """Read by run what each was asked last; runs that were asked nothing are left out."""
    found: dict[str, Command] = {}
    for ids in portions(run_ids):
        statement = Statement(
            "SELECT {columns} FROM command WHERE id IN "
            "(SELECT max(id) FROM command WHERE run_id IN ({ids}) GROUP BY run_id)",
            columns=_COLUMNS,
            ids=question_marks(ids),
        )
        found |= {row[1]: Command(*row) for row in statement.rows(connection, *ids)}
    return found


def mark(
    connection: Connection, id: int, stage: Literal["seen", "done"], now_ms: int, *, run_id: str | None = None
) -> Command | None:
    """Note that a command was seen or done; the first time counts.

    Args:
        run_id: when given, only a command of this run is marked.

    Returns:
        The command as it is now, None when there is no such command.
    """
    row = _GET.row(connection, id)
    if row is None or (run_id is not None and row[1] != run_id):
        return None
    if stage == "done":
        _DONE.run(connection, now_ms, now_ms, id)
    else:
        _SEEN.run(connection, now_ms, id)
    return Command(*_GET.rows(connection, id)[0])
