"""How far each writer of a run has come: what makes every record count exactly once."""

from sqlalchemy import Connection

from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.statement import Statement

_GET = Statement("SELECT next_number FROM run_writer WHERE run_id = ? AND writer = ?")
_OF_RUN = Statement("SELECT writer, next_number FROM run_writer WHERE run_id = ?")
_PUT = Statement(
    "INSERT INTO run_writer (run_id, writer, next_number, updated_ms) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run_id, writer) DO UPDATE SET next_number = excluded.next_number, updated_ms = excluded.updated_ms"
)
_WAS_DELETED = Statement("SELECT 1 FROM deleted_writer WHERE run_id = ? AND writer = ?")


def expected_number(connection: Connection, run_id: str, writer: str) -> int:
    """Read the number of the next record that is taken of a writer, 0 when nothing came of it yet.

    In a writing transaction nobody else can take a record of this run until the commit.
    """
    hold_run(connection, run_id)
    row = _GET.row(connection, run_id, writer)
    return 0 if row is None else int(row[0])


def expected_numbers(connection: Connection, run_id: str) -> dict[str, int]:
    """Read by writer the number of the next record that is taken of it."""
    return {writer: int(number) for writer, number in _OF_RUN.rows(connection, run_id)}


def advance(connection: Connection, run_id: str, writer: str, next_number: int, now_ms: int) -> None:
    """Note the number of the next record that is taken of a writer."""
    _PUT.run(connection, run_id, writer, next_number, now_ms)


def was_deleted(connection: Connection, run_id: str, writer: str) -> bool:
    """Say whether a writer wrote to a run of this id that was deleted since."""
    return _WAS_DELETED.row(connection, run_id, writer) is not None
