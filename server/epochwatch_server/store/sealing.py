"""Turns hot rows into chunks, bit by bit; a reader sees the same before and after."""

from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.series import Points
from epochwatch_server.store.chunks import (
    CHUNK_POINTS,
    Span,
    add_chunks,
    delete_chunks,
    read_last_span,
    read_some_chunks,
    read_spans,
    split_evenly,
    split_whole,
)
from epochwatch_server.store.hot_rows import (
    FIRST_STEP,
    LAST_STEP,
    delete_hot_range,
    delete_hot_steps,
    read_first_hot,
    read_hot,
)
from epochwatch_server.store.points import cut, join, no_points, overlay, pick, within
from epochwatch_server.store.run_lock import try_to_hold_run
from epochwatch_server.store.series_rows import SeriesRow, find_row, save_rows
from epochwatch_server.store.statement import Statement

_HOT_AT_ONCE = 8 * CHUNK_POINTS  # rows one transaction takes: some 20 ms, so that no job waits longer
_REWRITES_AT_ONCE = 32  # chunks one transaction writes anew: some 10 ms

_FULL = Statement("SELECT id, run_id FROM series WHERE hot_n >= 1024 AND run_id IS NOT NULL LIMIT ?")
_ENDED_RUN = Statement("SELECT id FROM run WHERE must_seal LIMIT 1")
_HOT_OF_RUN = Statement("SELECT id, run_id FROM series WHERE run_id = ? AND hot_n > 0 LIMIT ?")
_SEALED = Statement("UPDATE run SET must_seal = ? WHERE id = ?")


def seal(connection: Connection, max_series: int = 8) -> bool:
    """Seal a few series that have enough hot rows for a chunk, or whose run has ended.

    Returns:
        True when there may be more to do.
    """
    due = _FULL.rows(connection, max_series)
    if due:
        return _seal_some(connection, due, whole_only=True)
    ended = _ENDED_RUN.row(connection)
    if ended is None:
        return False
    due = _HOT_OF_RUN.rows(connection, ended[0], max_series)
    if not due:
        _SEALED.run(connection, False, ended[0])
        return True
    return _seal_some(connection, due, whole_only=False)


def seal_tail(connection: Connection, row: SeriesRow, fresh: Points) -> Points:
    """Seal whole chunks of the hot rows behind the last chunk and of fresh points behind these.

    Args:
        row: its count of hot rows is changed in place.
        fresh: in order, beyond everything stored of the series.

    Returns:
        The fresh points that remain to be stored as hot rows.
    """
    end = read_last_span(connection, row.id)
    after = FIRST_STEP if end is None else end.last_step + 1
    tail = read_hot(connection, row.id, row.time_base_ms, after) if row.hot_n else no_points()
    sealed_to = _seal_behind(connection, row, end, (tail, fresh), split_whole)
    return fresh if sealed_to is None else cut(fresh, int(np.searchsorted(fresh.steps, sealed_to, "right")), len(fresh))


def _seal_behind(
    connection: Connection,
    row: SeriesRow,
    end: Span | None,
    parts: tuple[Points, Points],
    split: Callable[[Points], list[Points]],
) -> int | None:
    """Seal hot rows and fresh points behind the last chunk, filling that up if it is not full; give the last step."""
    tail, fresh = parts
    begun = end if end is not None and end.n < CHUNK_POINTS else None
    opening = no_points() if begun is None else read_some_chunks(connection, row.id, [begun.first_step])
    chunks = split(join([opening, tail, fresh]))
    if not chunks:
        return None
    sealed_to = int(chunks[-1].steps[-1])
    if begun is not None:
        delete_chunks(connection, row.id, [begun.first_step])
    sealed = within(tail, None, sealed_to)
    if len(sealed):
        delete_hot_range(connection, row.id, int(sealed.steps[0]), sealed_to)
        row.hot_n -= len(sealed)
    add_chunks(connection, row.id, chunks)
    return sealed_to


def _seal_some(connection: Connection, due: Sequence[tuple[int, str]], *, whole_only: bool) -> bool:
    """Seal one series after the other until enough is done for one transaction; True when anything was."""
    rows = 0
    for series_id, run_id in due:
        rows += _seal_series(connection, series_id, run_id, whole_only=whole_only)
        if rows >= _HOT_AT_ONCE:
            break
    return rows > 0


def _seal_series(connection: Connection, series_id: int, run_id: str, *, whole_only: bool) -> int:
    """Seal a part of one series and give the number of hot rows it took."""
    if not try_to_hold_run(connection, run_id):
        return 0
    row = find_row(connection, series_id)
    if row is None or not row.hot_n:
        return 0
    hot = read_first_hot(connection, series_id, row.time_base_ms, _HOT_AT_ONCE)
    end = read_last_span(connection, series_id)
    if end is not None and hot.steps[0] <= end.last_step:
        _merge(connection, row, within(hot, None, end.last_step))
    else:
        _seal_behind(connection, row, end, (hot, no_points()), split_whole if whole_only else split_evenly)
    save_rows(connection, [row])
    return len(hot)


def _merge(connection: Connection, row: SeriesRow, late: Points) -> None:
    """Write the chunks anew that late points fall into; a point between two chunks joins the one before it."""
    spans = read_spans(connection, row.id, int(late.steps[0]), LAST_STEP)
    firsts = np.array([span.first_step for span in spans], np.int64)
    places = np.maximum(np.searchsorted(firsts, late.steps, "right") - 1, 0)
    for place in np.unique(places)[:_REWRITES_AT_ONCE].tolist():
        _rewrite(connection, row, spans[place], pick(late, places == place))


def _rewrite(connection: Connection, row: SeriesRow, span: Span, late: Points) -> None:
    sealed = read_some_chunks(connection, row.id, [span.first_step])
    delete_chunks(connection, row.id, [span.first_step])
    add_chunks(connection, row.id, split_evenly(overlay(sealed, late)))
    delete_hot_steps(connection, row.id, late.steps)
    row.hot_n -= len(late)
