"""The rows of `chunk`: 1,024 points each, packed, with exact extremes in the header."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from epochwatch_server.domain.series import Floats, Int64s, Points
from epochwatch_server.store.columns import finite_or_none
from epochwatch_server.store.encoding import decode, encode
from epochwatch_server.store.points import count_nonfinite, cut, extremes, overlay
from epochwatch_server.store.scratch import Scratch
from epochwatch_server.store.statement import Statement, portions, question_marks

CHUNK_POINTS = 1_024

# Chunks do not overlap, so the one that holds `first` is the last that begins at or before it.
_IN_RANGE = (
    "FROM chunk WHERE series_id = ? AND first_step <= ? AND first_step >= "
    "COALESCE((SELECT max(first_step) FROM chunk WHERE series_id = ? AND first_step <= ?), ?)"
)
_HEADER = (
    "first_step, last_step, n, nonfinite, min_step, min_epoch, min_time_ms, min_value, "
    "max_step, max_epoch, max_time_ms, max_value"
)
_INSERT = Statement(
    "INSERT INTO chunk (series_id, {header}, sum_value, first_value, last_value, data) VALUES ({values})",
    header=_HEADER,
    values=question_marks(range(17)),
)
_DELETE = Statement("DELETE FROM chunk WHERE series_id = ? AND first_step = ?")
_COUNT = Statement("SELECT count(*) {in_range}", in_range=_IN_RANGE)
_DATA = Statement("SELECT last_step, data {in_range} ORDER BY first_step", in_range=_IN_RANGE)
_HEADERS = Statement("SELECT {header} {in_range} ORDER BY first_step", header=_HEADER, in_range=_IN_RANGE)
_SPANS = Statement("SELECT first_step, last_step, n {in_range} ORDER BY first_step", in_range=_IN_RANGE)
_LAST_SPAN = Statement(
    "SELECT first_step, last_step, n FROM chunk WHERE series_id = ? ORDER BY first_step DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a chunk begins and ends, both steps included, and how many points it has."""

    first_step: int
    last_step: int
    n: int


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of chunks in order; arrays of shape (chunks,)."""

    first_steps: Int64s
    last_steps: Int64s
    n: Int64s
    nonfinite: Int64s
    lowest: Points  # value NaN where a chunk has no finite point
    highest: Points

    def __len__(self) -> int:
        return len(self.n)


def add_chunks(connection: Connection, series_id: int, parts: Sequence[Points]) -> None:
    """Store points, in order, one chunk for each part."""
    _INSERT.run_all(connection, [_to_row(series_id, part) for part in parts])


def delete_chunks(connection: Connection, series_id: int, first_steps: Sequence[int]) -> None:
    """Delete the chunks that begin at these steps."""
    _DELETE.run_all(connection, [(series_id, step) for step in first_steps])


def count_chunks(connection: Connection, series_id: int, first: int, last: int) -> int:
    """Count the chunks that may hold a point from step `first` to `last`."""
    return int(_COUNT.rows(connection, series_id, last, series_id, first, first)[0][0])


def read_chunks(
    connection: Connection,
    series_id: int,
    first: int,
    last: int,
    *,
    hot: Points,
    scratch: Scratch | None = None,
) -> Points:
    """Read all points of the chunks that may hold a step from `first` to `last`, hot rows laid over them.

    Args:
        hot: the hot rows of the same range, in order.
        scratch: memory to unpack into; the points must not outlive it.

    Returns:
        Points in order; the outer two chunks may reach beyond the range.
    """
    rows = _DATA.rows(connection, series_id, last, series_id, first, first)
    data = [row[1] for row in rows]
    if len(hot) and rows and rows[-1][0] < hot.steps[0]:
        return decode(data, behind=hot, scratch=scratch)
    return overlay(decode(data, scratch=scratch), hot)


def read_some_chunks(connection: Connection, series_id: int, first_steps: Sequence[int]) -> Points:
    """Read all points of the chunks that begin at these steps."""
    data: list[bytes] = []
    for steps in portions(first_steps):
        statement = Statement(
            "SELECT data FROM chunk WHERE series_id = ? AND first_step IN ({steps}) ORDER BY first_step",
            steps=question_marks(steps),
        )
        data += [row[0] for row in statement.rows(connection, series_id, *steps)]
    return decode(data)


def read_spans(connection: Connection, series_id: int, first: int, last: int) -> list[Span]:
    """Read where the chunks lie that may hold a step from `first` to `last`."""
    return [Span(*row) for row in _SPANS.rows(connection, series_id, last, series_id, first, first)]


def read_last_span(connection: Connection, series_id: int) -> Span | None:
    """Read where the last chunk lies; None when nothing is sealed."""
    row = _LAST_SPAN.row(connection, series_id)
    return None if row is None else Span(*row)


def read_headers(connection: Connection, series_id: int, first: int, last: int) -> Headers:
    """Read the headers of the chunks that may hold a step from `first` to `last`."""
    return _to_headers(_HEADERS.rows(connection, series_id, last, series_id, first, first))


def holds_any(first_steps: Int64s, last_steps: Int64s, steps: Int64s) -> NDArray[np.bool_]:
    """Say of each chunk whether any of the steps, in order, lies in it."""
    return np.asarray(np.searchsorted(steps, last_steps, "right") > np.searchsorted(steps, first_steps, "left"))


def split_evenly(points: Points) -> list[Points]:
    """Cut points into as few chunks as hold them, all about equally full."""
    edges = np.linspace(0, len(points), -(-len(points) // CHUNK_POINTS) + 1).round().astype(int).tolist()
    return [cut(points, start, stop) for start, stop in pairwise(edges)]


def split_whole(points: Points) -> list[Points]:
    """Cut points into full chunks; what is left at the end is left out."""
    whole = len(points) // CHUNK_POINTS
    return [cut(points, place * CHUNK_POINTS, (place + 1) * CHUNK_POINTS) for place in range(whole)]


def _to_row(series_id: int, points: Points) -> tuple[Any, ...]:
    steps, values = points.steps, points.values
    nonfinite = count_nonfinite(values)
    places = extremes(points) or (None, None)
    with np.errstate(over="ignore", invalid="ignore"):
        total = float((values if not nonfinite else values[np.isfinite(values)]).sum())
    return (
        series_id,
        int(steps[0]),
        int(steps[-1]),
        len(points),
        nonfinite,
        *_point_at(points, places[0]),
        *_point_at(points, places[1]),
        finite_or_none(total),
        finite_or_none(float(values[0])),
        finite_or_none(float(values[-1])),
        encode(points),
    )


def _point_at(points: Points, place: int | None) -> tuple[int | None, int | None, int | None, float | None]:
    if place is None:
        return None, None, None, None
    return (
        int(points.steps[place]),
        int(points.epochs[place]),
        int(points.times_ms[place]),
        float(points.values[place]),
    )


def _to_headers(rows: Sequence[Any]) -> Headers:
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 12
    first_steps, last_steps, n, nonfinite = (np.array(column, np.int64) for column in columns[:4])
    return Headers(first_steps, last_steps, n, nonfinite, _to_points(columns[4:8]), _to_points(columns[8:12]))


def _to_points(columns: Sequence[Any]) -> Points:
    values: Floats = np.array(columns[3], np.float64)
    if np.isnan(values).any():
        columns = [[number or 0 for number in column] for column in columns[:3]]
    steps, epochs, times_ms = (np.array(column, np.int64) for column in columns[:3])
    return Points(steps, epochs, times_ms, values)
