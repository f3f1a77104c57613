"""Runs: made, found, changed and deleted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, update

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.run import Run
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text
from epochwatch_server.store.run_columns import DOCUMENT_COLUMNS, LIST_COLUMNS, to_columns, to_run
from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.statement import Statement, question_marks

HUES = 12  # places in the palette

_ALL_COLUMNS = f"{LIST_COLUMNS}, {DOCUMENT_COLUMNS}"
_GET = Statement("SELECT {columns} FROM run WHERE id = ?", columns=_ALL_COLUMNS)
_HUES = Statement("SELECT hue, count(*) FROM run GROUP BY hue")
_LAST_HUE = Statement("SELECT hue FROM run ORDER BY created_ms DESC, id DESC LIMIT 1")
_PROJECTS = Statement("SELECT project, count(*) FROM run GROUP BY project")
_REMEMBER_WRITERS = Statement(
    "INSERT INTO deleted_writer (run_id, writer) SELECT run_id, writer FROM run_writer "
    "JOIN run ON run.id = run_id WHERE run.id = ? AND run.origin IS NULL ON CONFLICT DO NOTHING"
)
_DELETE = Statement("DELETE FROM run WHERE id = ?")
_ORPHAN_IMAGES = Statement(
    "INSERT INTO orphan_image (sha256) SELECT DISTINCT sha256 FROM run_image WHERE run_id = ? ON CONFLICT DO NOTHING"
)


def insert_run(connection: Connection, run: Run) -> None:
    """Store a new run. Its hue is chosen here: the least used of the palette, the next in turn of several."""
    fields = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    columns = to_columns(fields) | {"id": run.id, "hue": _next_hue(connection)}
    connection.execute(insert(tables.run).values(columns))


def get_run(connection: Connection, run_id: str) -> Run | None:
    """Read a run with all its documents."""
    row = _GET.row(connection, run_id)
    return None if row is None else to_run(row)


def list_runs(
    connection: Connection,
    *,
    project: str | None = None,
    ids: Sequence[str] | None = None,
    limit: int | None = None,
    with_documents: bool = False,
) -> list[Run]:
    """List runs, newest first.

    Args:
        with_documents: also read config, environment, traceback and summary, which may be a megabyte each; else these
            are empty.
    """
    conditions, parameters = [], []
    if project is not None:
        conditions.append("project = ?")
        parameters.append(project)
    if ids is not None:
        conditions.append(f"id IN ({question_marks(ids)})" if ids else "1 = 0")
        parameters += ids
    return _select(connection, conditions, parameters, limit=limit, with_documents=with_documents)


def unfinished_runs(connection: Connection) -> list[Run]:
    """List the runs that have not sent their end, newest first, without documents."""
    return _select(connection, ["ended_ms IS NULL"], [])


def list_projects(connection: Connection) -> list[tuple[str, int]]:
    """List projects by name, each with the number of its runs."""
    return sorted((name, count) for name, count in _PROJECTS.rows(connection))


def update_run(connection: Connection, run_id: str, **fields: Any) -> None:
    """Change fields of a run, named and typed as in the domain; its id and its hue are for ever.

    Raises:
        NotFound: There is no such run.
    """
    if not fields:
        return
    changed = connection.execute(
        update(tables.run).where(tables.run.c.id == clean_text(run_id)).values(to_columns(fields))
    )
    if not changed.rowcount:
        raise NotFound(f"There is no run {run_id}: it may have been deleted.")


def delete_run(connection: Connection, run_id: str) -> None:
    """Delete a run: at once for every reader, its points and images bit by bit when the writer is idle (`purge`).

    Its writers are remembered, so that what they still send does not bring it back; an import may be made again.

    Raises:
        NotFound: There is no such run.
    """
    hold_run(connection, run_id)
    _ORPHAN_IMAGES.run(connection, run_id)
    _REMEMBER_WRITERS.run(connection, run_id)
    if not _DELETE.run(connection, run_id):
        raise NotFound(f"There is no run {run_id}: it may have been deleted already.")


def _select(
    connection: Connection,
    conditions: list[str],
    parameters: list[Any],
    *,
    limit: int | None = None,
    with_documents: bool = False,
) -> list[Run]:
    statement = Statement(
        "SELECT {columns} FROM run {where} ORDER BY created_ms DESC, id DESC {limit}",
        columns=_ALL_COLUMNS if with_documents else LIST_COLUMNS,
        where="WHERE " + " AND ".join(conditions) if conditions else "",
        limit="" if limit is None else "LIMIT ?",
    )
    return [to_run(row) for row in statement.rows(connection, *parameters, *([] if limit is None else [limit]))]


def _next_hue(connection: Connection) -> int:
    uses = Counter(dict(tuple(row) for row in _HUES.rows(connection)))
    last = _LAST_HUE.row(connection)
    turn = [(place + (0 if last is None else last[0] + 1)) % HUES for place in range(HUES)]
    return min(turn, key=lambda hue: uses[hue])
