"""Takes points in: exact summaries, late and corrected steps, bulk straight into chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from epochwatch_server.domain.packet import Rejection
from epochwatch_server.domain.series import Int64s, Points
from epochwatch_server.store.chunks import CHUNK_POINTS, holds_any, read_headers, read_some_chunks
from epochwatch_server.store.hot_rows import HotBatch, read_hot
from epochwatch_server.store.points import at_steps, in_order, no_points, overlay, within
from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.sealing import seal_tail
from epochwatch_server.store.series_rows import SeriesRow, find_or_add_rows, save_rows
from epochwatch_server.store.summary import find_extremes, take_in

# Packets of fewer points than a chunk may fill up so many chunks in one call, some 2 ms each. The rest waits for the
# next packet or an idle moment: else ten thousand series that fill a chunk at the same step would stop the writer.
_SMALL_SEALS = 16


@dataclass(slots=True)
class _Batch:
    """What one call gathers: rows to write, and how many more chunks it may fill up."""

    hot: HotBatch = field(default_factory=HotBatch)
    small_seals: int = _SMALL_SEALS

    def may_seal(self, row: SeriesRow, fresh: Points) -> bool:
        """Say whether to seal fresh points at once: from a chunk of them on, that costs less than their rows."""
        if row.hot_n + len(fresh) < CHUNK_POINTS:
            return False
        self.small_seals -= len(fresh) < CHUNK_POINTS
        return len(fresh) >= CHUNK_POINTS or self.small_seals >= 0


def append_points(connection: Connection, run_id: str, points: Mapping[str, Points]) -> list[Rejection]:
    """Store points of a run; at a step that is already there the new point wins.

    Args:
        points: by metric; in any order, repeats allowed, the last one given wins.

    Returns:
        The metrics that were refused: names that cannot be stored, and new names beyond the limit of a run.
    """
    hold_run(connection, run_id)
    given = {metric: in_order(some) for metric, some in points.items() if len(some)}
    bases = {metric: int(some.times_ms[0]) for metric, some in given.items()}
    rows, rejected = find_or_add_rows(connection, run_id, bases)
    batch = _Batch()
    to_search = [row for metric, row in rows.items() if _append(connection, row, given[metric], batch)]
    batch.hot.write(connection)
    for row in to_search:
        find_extremes(connection, row)
    save_rows(connection, rows.values())
    return rejected


def _append(connection: Connection, row: SeriesRow, points: Points, batch: _Batch) -> bool:
    """Store one series' points; True when its extremes must be searched for once the hot rows are written."""
    replaced = no_points()
    hot, already_hot = points, 0
    if row.n and row.last_step is not None and points.steps[0] <= row.last_step:
        replaced, already_hot = _stored_at(connection, row, within(points, None, row.last_step).steps)
    elif batch.may_seal(row, points):
        hot = seal_tail(connection, row, points)
    batch.hot.add(row.id, row.time_base_ms, hot)
    row.hot_n += len(hot) - already_hot
    return take_in(row, points, replaced)


def _stored_at(connection: Connection, row: SeriesRow, steps: Int64s) -> tuple[Points, int]:
    """Read what stands at these steps, and count how many of them are hot rows."""
    first, last = int(steps[0]), int(steps[-1])
    hot = at_steps(read_hot(connection, row.id, row.time_base_ms, first, last), steps) if row.hot_n else no_points()
    if row.n == row.hot_n:
        return hot, len(hot)
    headers = read_headers(connection, row.id, first, last)
    touched = headers.first_steps[holds_any(headers.first_steps, headers.last_steps, steps)]
    sealed = at_steps(read_some_chunks(connection, row.id, touched.tolist()), steps)
    return overlay(sealed, hot), len(hot)
