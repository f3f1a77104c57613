"""Hot rows: points as they came, until they are sealed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.series import Int64s, Points
from epochwatch_server.store.columns import join_floats, split_floats
from epochwatch_server.store.points import join, no_points
from epochwatch_server.store.statement import Statement

FIRST_STEP, LAST_STEP = -(2**63), 2**63 - 1

_UPSERT_ROWS = Statement(
    "INSERT INTO point (series_id, step, epoch, time_ms, value, flag) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (series_id, step) DO UPDATE SET "
    "epoch = excluded.epoch, time_ms = excluded.time_ms, value = excluded.value, flag = excluded.flag"
)
# One statement with six arrays: as fast as COPY into a temporary table, without the table.
_UPSERT_ARRAYS = Statement(
    "INSERT INTO point (series_id, step, epoch, time_ms, value, flag) SELECT * FROM unnest("
    "?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::double precision[], ?::smallint[]) "
    "ON CONFLICT (series_id, step) DO UPDATE SET "
    "epoch = excluded.epoch, time_ms = excluded.time_ms, value = excluded.value, flag = excluded.flag"
)
_RANGE = Statement(
    "SELECT step, epoch, time_ms, value, flag FROM point WHERE series_id = ? AND step BETWEEN ? AND ? ORDER BY step"
)
_FIRST = Statement("SELECT step, epoch, time_ms, value, flag FROM point WHERE series_id = ? ORDER BY step LIMIT ?")
_DELETE_RANGE = Statement("DELETE FROM point WHERE series_id = ? AND step BETWEEN ? AND ?")
_DELETE_STEP = Statement("DELETE FROM point WHERE series_id = ? AND step = ?")


class HotBatch:
    """Points of many series, gathered to be written by one statement."""

    def __init__(self) -> None:
        self._series: list[tuple[int, int, int]] = []  # id, base of times, points
        self._points: list[Points] = []

    def add(self, series_id: int, time_base_ms: int, points: Points) -> None:
        """Gather points of a series, strictly increasing in step; a series may be added once."""
        if len(points):
            self._series.append((series_id, time_base_ms, len(points)))
            self._points.append(points)

    def write(self, connection: Connection) -> None:
        """Write what was gathered; at the same step the new point replaces the old one."""
        if not self._points:
            return
        points = join(self._points)
        ids, bases, counts = np.array(self._series, np.int64).T
        values, flags = split_floats(points.values)
        columns = (
            np.repeat(ids, counts).tolist(),
            points.steps.tolist(),
            points.epochs.tolist(),
            (points.times_ms - np.repeat(bases, counts)).tolist(),
            values,
            flags,
        )
        if connection.dialect.name == "postgresql":
            _UPSERT_ARRAYS.run(connection, *columns)
        else:
            _UPSERT_ROWS.run_all(connection, list(zip(*columns, strict=True)))


def read_hot(
    connection: Connection, series_id: int, time_base_ms: int, first: int = FIRST_STEP, last: int = LAST_STEP
) -> Points:
    """Read the hot rows of a series from step `first` to `last`, both included, in order."""
    return _to_points(_RANGE.rows(connection, series_id, first, last), time_base_ms)


def read_first_hot(connection: Connection, series_id: int, time_base_ms: int, limit: int) -> Points:
    """Read the `limit` hot rows with the lowest steps, in order."""
    return _to_points(_FIRST.rows(connection, series_id, limit), time_base_ms)


def delete_hot_range(connection: Connection, series_id: int, first: int, last: int) -> None:
    """Delete the hot rows from step `first` to `last`, both included."""
    _DELETE_RANGE.run(connection, series_id, first, last)


def delete_hot_steps(connection: Connection, series_id: int, steps: Int64s) -> None:
    """Delete the hot rows at these steps."""
    _DELETE_STEP.run_all(connection, [(series_id, step) for step in steps.tolist()])


def _to_points(rows: Sequence[Any], time_base_ms: int) -> Points:
    if not rows:
        return no_points()
    steps, epochs, times, values, flags = zip(*rows, strict=True)
    return Points(
        np.array(steps, np.int64),
        np.array(epochs, np.int64),
        np.array(times, np.int64) + time_base_ms,
        join_floats(list(values), np.array(flags, np.int64)),
    )
