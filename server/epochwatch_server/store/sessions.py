"""Browser sessions: only the hash of a cookie is kept."""

from sqlalchemy import Connection

from epochwatch_server.store.statement import Statement

_PUT = Statement("INSERT INTO session (hash, created_ms) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")
_HAS = Statement("SELECT 1 FROM session WHERE hash = ?")
_DELETE = Statement("DELETE FROM session WHERE hash = ?")


def put_session(connection: Connection, hash: str, now_ms: int) -> None:
    """Store a session by the hash of its cookie."""
    _PUT.run(connection, hash, now_ms)


def has_session(connection: Connection, hash: str) -> bool:
    """Say whether there is a session of this hash."""
    return _HAS.row(connection, hash) is not None


def delete_session(connection: Connection, hash: str) -> None:
    """End a session."""
    _DELETE.run(connection, hash)
