"""Removes bit by bit what deleted runs left, and does the writer's other work for idle moments."""

from sqlalchemy import Connection

from epochwatch_server.store.sealing import seal
from epochwatch_server.store.statement import Statement

_ROWS_AT_ONCE = 20_000  # points one transaction deletes: some 20 ms
_CHUNKS_AT_ONCE = 500
_IMAGES_AT_ONCE = 16
_SERIES_AT_ONCE = 100

_ORPHAN_SERIES = Statement("SELECT id FROM series WHERE run_id IS NULL LIMIT ?")
_DELETE_CHUNKS = Statement(
    "DELETE FROM chunk WHERE series_id = ? AND first_step IN "
    "(SELECT first_step FROM chunk WHERE series_id = ? ORDER BY first_step LIMIT ?)"
)
_DELETE_POINTS = Statement(
    "DELETE FROM point WHERE series_id = ? AND step IN "
    "(SELECT step FROM point WHERE series_id = ? ORDER BY step LIMIT ?)"
)
_DELETE_SERIES = Statement("DELETE FROM series WHERE id = ?")  # and with it its epochs' points
_ORPHAN_IMAGES = Statement("SELECT sha256 FROM orphan_image LIMIT ?")
_DELETE_IMAGE = Statement(
    "DELETE FROM image WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM run_image WHERE run_image.sha256 = image.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.sha256 = image.sha256)"
)
_FORGET_IMAGE = Statement("DELETE FROM orphan_image WHERE sha256 = ?")


def tidy(connection: Connection) -> bool:
    """Do one small piece of what waits: seal, else purge. True when there may be more."""
    return seal(connection) or purge(connection)


def purge(connection: Connection) -> bool:
    """Remove a bounded part of what deleted runs left. True when there may be more."""
    series = [row[0] for row in _ORPHAN_SERIES.rows(connection, _SERIES_AT_ONCE)]
    rows = 0
    for series_id in series:
        rows += _purge_series(connection, series_id)
        if rows >= _ROWS_AT_ONCE:
            return True
    images = [row[0] for row in _ORPHAN_IMAGES.rows(connection, _IMAGES_AT_ONCE)]
    for sha256 in images:
        _DELETE_IMAGE.run(connection, sha256)
        _FORGET_IMAGE.run(connection, sha256)
    return bool(series or images)


def _purge_series(connection: Connection, series_id: int) -> int:
    """Delete a bounded part of a series, and the series with its last part; give a measure of the work."""
    chunks = _DELETE_CHUNKS.run(connection, series_id, series_id, _CHUNKS_AT_ONCE)
    points = _DELETE_POINTS.run(connection, series_id, series_id, _ROWS_AT_ONCE)
    if chunks < _CHUNKS_AT_ONCE and points < _ROWS_AT_ONCE:
        _DELETE_SERIES.run(connection, series_id)
    return points + chunks * (_ROWS_AT_ONCE // _CHUNKS_AT_ONCE)
