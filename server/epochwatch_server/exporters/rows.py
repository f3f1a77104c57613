"""A run's points in the order in which they were logged, a window of steps at a time, so that no run is too long."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.store import series
from epochwatch_server.store.database import Connection

# Lends a connection for one piece of an export: nothing is held open while whoever downloads it takes their time.
Read = Callable[[], AbstractContextManager[Connection]]

_WINDOW_POINTS = 200_000  # of all metrics together: some 20 MB while they are laid out


@dataclass(frozen=True, slots=True)
class StepRow:
    """What was logged at once: values that share step, epoch and time. epoch -1: outside any."""

    step: int
    epoch: int
    time_ms: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EpochSum:
    """Epoch points that share epoch, step and time."""

    epoch: int
    step: int
    time_ms: int
    points: Mapping[str, EpochPoint]


def rows_of(read: Read, run_id: str) -> Iterator[StepRow | EpochSum]:
    """Yield every point of a run by step and time, and each epoch's sums behind its last step."""
    with read() as connection:
        epochs = _epoch_sums(series.read_epoch_points(connection, run_id))
    place = 0
    for last, window in _windows(read, run_id):
        for row in _merge(window):
            while place < len(epochs) and epochs[place].step < row.step:
                yield epochs[place]
                place += 1
            yield row
        while place < len(epochs) and epochs[place].step <= last:
            yield epochs[place]
            place += 1
    yield from epochs[place:]


def _windows(read: Read, run_id: str) -> Iterator[tuple[int, dict[str, Points]]]:
    """Cut the steps into windows that hold few enough points, and read one after the other."""
    with read() as connection:
        known = [one for one in series.list_series(connection, run_id) if one.n]
        names = [one.metric for one in known]
        ends = series.read_slices(connection, run_id, names, buckets=1)
    if not known:
        return
    last = max(one.last_step for one in known)
    begins = [part.steps[0] for end in ends for part in (end.points, end.nonfinite) if len(part)]
    first = int(min(begins, default=last))
    width = max(1, (last - first + 1) * _WINDOW_POINTS // sum(one.n for one in known))
    while first <= last:
        until = min(last, first + width - 1)
        with read() as connection:
            window = _read(connection, run_id, names, first, until)
        yield until, window
        first = until + 1


def _read(connection: Connection, run_id: str, names: Sequence[str], first: int, last: int) -> dict[str, Points]:
    found = {name: series.read_points(connection, run_id, name, first=first, last=last) for name in names}
    return {name: points for name, points in found.items() if len(points)}


def _merge(window: Mapping[str, Points]) -> Iterator[StepRow]:
    """Put values together that share step, time and epoch, in that order."""
    if not window:
        return
    names = list(window)
    which = np.concatenate([np.full(len(points), place) for place, points in enumerate(window.values())])
    steps, epochs, times, values = (
        np.concatenate([getattr(points, name) for points in window.values()])
        for name in ("steps", "epochs", "times_ms", "values")
    )
    order = np.lexsort((which, epochs, times, steps))
    columns = (steps[order], epochs[order], times[order])
    changes = np.flatnonzero(np.any([np.diff(column) != 0 for column in columns], axis=0)) + 1
    bounds = [0, *changes.tolist(), len(order)]
    listed = [column.tolist() for column in (*columns, which[order], values[order])]
    for begin, end in pairwise(bounds):
        metrics = {names[listed[3][at]]: listed[4][at] for at in range(begin, end)}
        yield StepRow(listed[0][begin], listed[1][begin], listed[2][begin], metrics)


def _epoch_sums(found: Mapping[str, Sequence[EpochPoint]]) -> list[EpochSum]:
    groups: dict[tuple[int, int, int], dict[str, EpochPoint]] = {}
    for metric, points in found.items():
        for point in points:
            groups.setdefault((point.step, point.epoch, point.time_ms), {})[metric] = point
    return [EpochSum(epoch, step, time_ms, groups[step, epoch, time_ms]) for step, epoch, time_ms in sorted(groups)]
