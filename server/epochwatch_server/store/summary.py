"""Keeps a series' row exact: its count, its last point and its extremes, whatever was written over what."""

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.series import Points
from epochwatch_server.store.chunks import holds_any, read_headers, read_some_chunks
from epochwatch_server.store.columns import split_float
from epochwatch_server.store.hot_rows import FIRST_STEP, LAST_STEP, read_hot
from epochwatch_server.store.points import count_nonfinite, extremes, is_among, overlay, pick
from epochwatch_server.store.series_rows import SeriesRow


def take_in(row: SeriesRow, written: Points, replaced: Points) -> bool:
    """Bring a row up to date with points that were written.

    Args:
        row: changed in place.
        written: at least one point, strictly increasing in step.
        replaced: what stood at the same steps before; any subset of them.

    Returns:
        True when an extreme was itself written over by something lesser: then only `find_extremes` knows the new one.
    """
    if row.n == 0:
        _forget(row)  # what it had was summed up from epochs
    row.n += len(written) - len(replaced)
    row.nonfinite += count_nonfinite(written.values) - (count_nonfinite(replaced.values) if len(replaced) else 0)
    if row.last_step is None or written.steps[-1] >= row.last_step:
        _put_last(row, written)
    lost = {row.min_step, row.max_step} & set(replaced.steps.tolist()) if len(replaced) else set()
    _widen(row, written)
    return (row.min_step in lost and _value_at(written, row.min_step) != row.min_value) or (
        row.max_step in lost and _value_at(written, row.max_step) != row.max_value
    )


def find_extremes(connection: Connection, row: SeriesRow) -> None:
    """Find the lowest and the highest finite point of everything stored, and put them into the row.

    Headers tell of every chunk but those that a hot row lies in: these are unpacked.
    """
    hot = read_hot(connection, row.id, row.time_base_ms)
    headers = read_headers(connection, row.id, FIRST_STEP, LAST_STEP)
    disturbed = holds_any(headers.first_steps, headers.last_steps, hot.steps)
    unpacked = read_some_chunks(connection, row.id, headers.first_steps[disturbed].tolist())
    rest = overlay(unpacked, hot)
    _forget_extremes(row)
    for points in (pick(headers.lowest, ~disturbed), pick(headers.highest, ~disturbed), rest):
        _widen(row, points)


def sum_up_epochs(row: SeriesRow, epochs: Points) -> None:
    """Sum up a series that has no step points from its epochs' points, given in order of epochs; `n` stays 0."""
    _forget(row)
    add_epochs(row, epochs)


def add_epochs(row: SeriesRow, epochs: Points) -> None:
    """Bring the row of such a series up to date with epochs behind those that it has, given in their order."""
    row.nonfinite += count_nonfinite(epochs.values)
    _put_last(row, epochs)
    _widen(row, epochs)


def _put_last(row: SeriesRow, points: Points) -> None:
    row.last_step = int(points.steps[-1])
    row.last_epoch = int(points.epochs[-1])
    row.last_time_ms = int(points.times_ms[-1])
    row.last_value, row.last_flag = split_float(float(points.values[-1]))


def _widen(row: SeriesRow, points: Points) -> None:
    """Let the extremes take in these points, in order; of equal values the one at the lowest step counts."""
    places = extremes(points)
    if places is None:
        return
    low, low_step = _at(points, places[0])
    if row.min_value is None or row.min_step is None or (low, low_step) < (row.min_value, row.min_step):
        row.min_value, row.min_step = low, low_step
    high, high_step = _at(points, places[1])
    if row.max_value is None or row.max_step is None or (-high, high_step) < (-row.max_value, row.max_step):
        row.max_value, row.max_step = high, high_step


def _at(points: Points, place: int) -> tuple[float, int]:
    return float(points.values[place]), int(points.steps[place])


def _value_at(points: Points, step: int | None) -> float:
    found = points.values[is_among(points.steps, np.array([step], np.int64))]
    return float(found[0]) if len(found) else float("nan")


def _forget(row: SeriesRow) -> None:
    row.last_step = row.last_epoch = row.last_time_ms = row.last_value = None
    row.nonfinite = 0
    _forget_extremes(row)


def _forget_extremes(row: SeriesRow) -> None:
    row.min_value = row.min_step = row.max_value = row.max_step = None
