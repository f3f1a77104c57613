"""Keeps two servers on one PostgreSQL from writing the same run at once."""

from sqlalchemy import Connection, text

from epochwatch_server.store.columns import clean_text

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:run_id, 0))")
_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:run_id, 0))")


def hold_run(connection: Connection, run_id: str) -> None:
    """Wait until this transaction alone may write the run's rows; the commit lets go.

    What follows is read and then written: the next number of a writer, the summary of a series. On SQLite there is one
    writing transaction anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"run_id": clean_text(run_id)})


def try_to_hold_run(connection: Connection, run_id: str) -> bool:
    """Do the same without waiting; False when another server is writing the run just now."""
    if connection.dialect.name == "postgresql":
        return bool(connection.execute(_TRY, {"run_id": clean_text(run_id)}).scalar_one())
    return True
