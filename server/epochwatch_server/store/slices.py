"""Reads any range of a series in as few points as a chart can show, every extreme and every non-finite point kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from epochwatch_server.domain.series import Points, SeriesSlice
from epochwatch_server.store.buckets import MAX_NONFINITE, evenly, most_points, split_nonfinite, thin
from epochwatch_server.store.chunks import (
    CHUNK_POINTS,
    Headers,
    count_chunks,
    holds_any,
    read_chunks,
    read_headers,
    read_some_chunks,
)
from epochwatch_server.store.hot_rows import FIRST_STEP, LAST_STEP, read_hot
from epochwatch_server.store.points import copy, count_nonfinite, in_order, join, no_points, overlay, pick, within
from epochwatch_server.store.scratch import Scratch, scratch_of
from epochwatch_server.store.series_rows import SeriesRow, find_rows

_HEADERS_FROM = 2  # chunks a bucket: from there on a bucket's extremes are those of whole chunks


def read_slices(
    connection: Connection,
    run_id: str,
    metrics: Sequence[str],
    *,
    first: int | None = None,
    last: int | None = None,
    buckets: int = 1_000,
) -> list[SeriesSlice]:
    """Read what a chart needs of these metrics, in the order asked; metrics that the run lacks are left out.

    A slice's `points` are finite; its NaN and infinite points are in `nonfinite`, and no line may be drawn over them.

    Args:
        first: lowest step, included; None from the beginning.
        last: highest step, included; None to the end.
        buckets: at most `2 * buckets + 2` points come back; when no more lie in the range, all of them do.
    """
    rows = find_rows(connection, run_id, metrics)
    lowest = FIRST_STEP if first is None else first
    highest = LAST_STEP if last is None else last
    return [_read_slice(connection, rows[name], lowest, highest, max(1, buckets)) for name in metrics if name in rows]


def read_points(
    connection: Connection, run_id: str, metric: str, *, first: int | None = None, last: int | None = None
) -> Points:
    """Read every point of a series from step `first` to step `last`, both included, in order.

    There are none when the run lacks the metric; a limit of None is open.
    """
    row = find_rows(connection, run_id, [metric]).get(metric)
    lowest = FIRST_STEP if first is None else first
    highest = LAST_STEP if last is None else last
    return no_points() if row is None else _read_all(connection, row, lowest, highest)


def _read_slice(connection: Connection, row: SeriesRow, first: int, last: int, buckets: int) -> SeriesSlice:
    limit = _HEADERS_FROM * buckets
    sealed = (row.n - row.hot_n) // CHUNK_POINTS  # no more chunks than this, unless some are not full
    if sealed > limit and count_chunks(connection, row.id, first, last) > limit:
        return _slice_from_headers(connection, row, first, last, buckets)
    points = _read_all(connection, row, first, last, scratch_of(connection))
    return _to_slice(row, copy(thin(points, buckets)), split_nonfinite(points), len(points))


def _read_all(connection: Connection, row: SeriesRow, first: int, last: int, scratch: Scratch | None = None) -> Points:
    hot = read_hot(connection, row.id, row.time_base_ms, first, last) if row.hot_n else no_points()
    if row.n == row.hot_n:
        return hot
    return within(read_chunks(connection, row.id, first, last, hot=hot, scratch=scratch), first, last)


def _slice_from_headers(connection: Connection, row: SeriesRow, first: int, last: int, buckets: int) -> SeriesSlice:
    """Take each chunk's own extremes, exact as they are; unpack only the ends and what hot rows have corrected."""
    hot = read_hot(connection, row.id, row.time_base_ms, first, last) if row.hot_n else no_points()
    headers = read_headers(connection, row.id, first, last)
    unpack = holds_any(headers.first_steps, headers.last_steps, hot.steps)
    finite = np.flatnonzero(headers.n > headers.nonfinite)
    # The range's first and last finite points; the first chunk found may end before the range begins.
    unpack[[0, -1, *finite[:2], *finite[-1:]]] = True
    if int((headers.n - headers.nonfinite).sum()) <= most_points(buckets):
        unpack |= headers.n > headers.nonfinite  # so few are finite that all of them fit
    packed = ~unpack
    read = read_some_chunks(connection, row.id, headers.first_steps[unpack].tolist())
    read = within(overlay(read, hot), first, last)
    extremes = join([pick(headers.lowest, packed), pick(headers.highest, packed), read])
    marks = _read_nonfinite(connection, row, headers, packed)
    total = int(headers.n[packed].sum()) + len(read)
    return _to_slice(row, thin(in_order(extremes), buckets), split_nonfinite(overlay(marks, read)), total)


def _to_slice(row: SeriesRow, kept: Points, nonfinite: Points, total: int) -> SeriesSlice:
    return SeriesSlice(row.metric, kept, nonfinite, len(kept) + len(nonfinite) == total, total)


def _read_nonfinite(connection: Connection, row: SeriesRow, headers: Headers, packed: NDArray[np.bool_]) -> Points:
    """Unpack the chunks that hold non-finite points: all while every mark is wanted, else an even choice of them."""
    some = headers.first_steps[packed & (headers.nonfinite > 0)]
    if int(headers.nonfinite[packed].sum()) > MAX_NONFINITE:
        some = some[evenly(len(some), MAX_NONFINITE // 4)]
    found = read_some_chunks(connection, row.id, some.tolist())
    return pick(found, ~np.isfinite(found.values)) if count_nonfinite(found.values) else no_points()
