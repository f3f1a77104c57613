"""Named views of the pages, and what somebody wrote about runs seen side by side."""

from collections.abc import Collection

from sqlalchemy import Connection

from epochwatch_server.domain.view import SavedView
from epochwatch_server.store.statement import Statement

_LIST = Statement("SELECT id, name, url, created_ms FROM view ORDER BY name")
_BY_NAME = Statement("SELECT id, name, url, created_ms FROM view WHERE name = ?")
_PUT = Statement(
    "INSERT INTO view (name, url, created_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET url = excluded.url"
)
_DELETE = Statement("DELETE FROM view WHERE id = ?")
_GET_NOTE = Statement("SELECT note FROM comparison_note WHERE runs = ?")
_PUT_NOTE = Statement(
    "INSERT INTO comparison_note (runs, note, updated_ms) VALUES (?, ?, ?) "
    "ON CONFLICT (runs) DO UPDATE SET note = excluded.note, updated_ms = excluded.updated_ms"
)
_DELETE_NOTE = Statement("DELETE FROM comparison_note WHERE runs = ?")


def list_views(connection: Connection) -> list[SavedView]:
    """List the named views by name."""
    return [SavedView(*row) for row in _LIST.rows(connection)]


def put_view(connection: Connection, name: str, url: str, now_ms: int) -> SavedView:
    """Give a view a name, in place of the view that had it."""
    _PUT.run(connection, name, url, now_ms)
    return SavedView(*_BY_NAME.rows(connection, name)[0])


def delete_view(connection: Connection, id: int) -> bool:
    """Forget a named view; False when there was none."""
    return _DELETE.run(connection, id) > 0


def get_comparison_note(connection: Connection, run_ids: Collection[str]) -> str:
    """Read what was written about these runs together, in whatever order they are named; empty when nothing was."""
    row = _GET_NOTE.row(connection, _together(run_ids))
    return "" if row is None else str(row[0])


def put_comparison_note(connection: Connection, run_ids: Collection[str], note: str, now_ms: int) -> None:
    """Write something about these runs together, in place of what was written; nothing forgets it."""
    if note:
        _PUT_NOTE.run(connection, _together(run_ids), note, now_ms)
    else:
        _DELETE_NOTE.run(connection, _together(run_ids))


def _together(run_ids: Collection[str]) -> str:
    return ",".join(sorted(set(run_ids)))
