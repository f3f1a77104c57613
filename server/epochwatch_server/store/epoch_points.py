"""Epochs' points: one per metric and epoch, with what its steps were like."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.packet import Rejection
from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.store.columns import join_float, split_float
from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.series_rows import find_or_add_rows, find_rows, save_rows
from epochwatch_server.store.statement import Statement, portions, question_marks
from epochwatch_server.store.summary import add_epochs, sum_up_epochs

_COLUMNS = "epoch, value, flag, n, std, min_value, max_value, nonfinite, step, time_ms"
_UPSERT = Statement(
    "INSERT INTO epoch_point (series_id, {columns}) VALUES ({values}) "
    "ON CONFLICT (series_id, epoch) DO UPDATE SET value = excluded.value, flag = excluded.flag, n = excluded.n, "
    "std = excluded.std, min_value = excluded.min_value, max_value = excluded.max_value, "
    "nonfinite = excluded.nonfinite, step = excluded.step, time_ms = excluded.time_ms",
    columns=_COLUMNS,
    values=question_marks(range(11)),
)


def append_epoch_points(
    connection: Connection, run_id: str, points: Mapping[str, Sequence[EpochPoint]]
) -> list[Rejection]:
    """Store epochs' points by metric; at an epoch that is already there the new point wins.

    A series without step points is summed up from its epochs' points.

    Returns:
        The metrics that were refused, as `append_points` does.
    """
    hold_run(connection, run_id)
    given = {metric: some for metric, some in points.items() if some}
    rows, rejected = find_or_add_rows(connection, run_id, {metric: some[0].time_ms for metric, some in given.items()})
    _UPSERT.run_all(connection, [_to_row(row.id, point) for metric, row in rows.items() for point in given[metric]])
    without_steps = {row.id: row for row in rows.values() if row.n == 0}
    changed = {}
    for row in without_steps.values():
        newer = sorted(given[row.metric], key=lambda point: point.epoch)
        if row.last_epoch is None or newer[0].epoch > row.last_epoch:
            add_epochs(row, _to_points(list({point.epoch: point for point in newer}.values())))
        else:
            changed[row.id] = row
    for series_id, found in _read(connection, list(changed)).items():
        sum_up_epochs(changed[series_id], _to_points(found))
    save_rows(connection, without_steps.values())
    return rejected


def read_epoch_points(
    connection: Connection, run_id: str, metrics: Sequence[str] | None = None
) -> dict[str, list[EpochPoint]]:
    """Read the epochs' points of these metrics, or of all, in order; metrics without any are left out."""
    rows = {row.id: row.metric for row in find_rows(connection, run_id, metrics).values()}
    found = _read(connection, list(rows))
    return {rows[series_id]: points for series_id, points in sorted(found.items(), key=lambda item: rows[item[0]])}


def _read(connection: Connection, series_ids: Sequence[int]) -> dict[int, list[EpochPoint]]:
    found: dict[int, list[EpochPoint]] = {}
    for ids in portions(series_ids):
        statement = Statement(
            "SELECT series_id, {columns} FROM epoch_point WHERE series_id IN ({ids}) ORDER BY series_id, epoch",
            columns=_COLUMNS,
            ids=question_marks(ids),
        )
        for series_id, epoch, value, flag, n, *numbers in statement.rows(connection, *ids):
            std, low, high = (math.nan if number is None else number for number in numbers[:3])
            point = EpochPoint(epoch, join_float(value, flag), n, std, low, high, *numbers[3:])
            found.setdefault(series_id, []).append(point)
    return found


def _to_row(series_id: int, point: EpochPoint) -> tuple[Any, ...]:
    value, flag = split_float(point.value)
    spread = (None if math.isnan(number) else number for number in (point.std, point.min, point.max))
    return (series_id, point.epoch, value, flag, point.n, *spread, point.nonfinite, point.step, point.time_ms)


def _to_points(found: Sequence[EpochPoint]) -> Points:
    """See epochs' points as points whose place is their epoch."""
    return Points(
        np.array([point.step for point in found], np.int64),
        np.array([point.epoch for point in found], np.int64),
        np.array([point.time_ms for point in found], np.int64),
        np.array([point.value for point in found], np.float64),
    )
