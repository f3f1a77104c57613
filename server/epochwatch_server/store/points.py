"""Arrays of points put in order, laid over one another and cut; pure, it knows no table."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import Floats, Int64s, Points


def no_points() -> Points:
    """Make an empty set of points."""
    return Points(_integers(), _integers(), _integers(), np.empty(0, np.float64))


def in_order(points: Points) -> Points:
    """Sort points by step; of points at the same step the last one given stays.

    Returns:
        Points with strictly increasing steps, steps, epochs and times as int64, values as float64.
    """
    points = _typed(points)
    if len(points) < 2 or bool(np.all(points.steps[1:] > points.steps[:-1])):
        return points
    order = np.argsort(points.steps, kind="stable")
    steps = points.steps[order]
    last_of_step = np.append(steps[1:] != steps[:-1], True)
    return pick(points, order[last_of_step])


def join(parts: Sequence[Points]) -> Points:
    """Put sets of points behind one another as they are."""
    if not parts:
        return no_points()
    if len(parts) == 1:
        return parts[0]
    return Points(
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.epochs for part in parts]),
        np.concatenate([part.times_ms for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def overlay(below: Points, above: Points) -> Points:
    """Lay points over others, both in order: at the same step those above win."""
    if not len(above):
        return below
    if not len(below):
        return above
    if below.steps[-1] < above.steps[0]:
        return join([below, above])
    return in_order(join([below, above]))


def pick(points: Points, which: Int64s | NDArray[np.bool_]) -> Points:
    """Take the points at these places, or where this is true."""
    return Points(points.steps[which], points.epochs[which], points.times_ms[which], points.values[which])


def copy(points: Points) -> Points:
    """Copy points into memory of their own."""
    return Points(points.steps.copy(), points.epochs.copy(), points.times_ms.copy(), points.values.copy())


def cut(points: Points, start: int, stop: int) -> Points:
    """Take the points from place `start` up to, not including, place `stop`."""
    part = slice(start, stop)
    return Points(points.steps[part], points.epochs[part], points.times_ms[part], points.values[part])


def within(points: Points, first: int | None, last: int | None) -> Points:
    """Take the points, in order, whose steps lie from `first` to `last`, both included; None leaves a side open."""
    start = 0 if first is None else int(np.searchsorted(points.steps, first, side="left"))
    stop = len(points) if last is None else int(np.searchsorted(points.steps, last, side="right"))
    return cut(points, start, stop) if (start, stop) != (0, len(points)) else points


def at_steps(points: Points, steps: Int64s) -> Points:
    """Take the points, in order, that lie at any of these steps, in order too."""
    if not len(points) or not len(steps):
        return no_points()
    return pick(points, is_among(points.steps, steps))


def is_among(steps: Int64s, wanted: Int64s) -> NDArray[np.bool_]:
    """Say of each step whether it is among the wanted ones, in order; shape as `steps`."""
    if not len(wanted):
        return np.zeros(len(steps), np.bool_)
    places = np.minimum(np.searchsorted(wanted, steps), len(wanted) - 1)
    return np.asarray(wanted[places] == steps)


def extremes(points: Points) -> tuple[int, int] | None:
    """Find the places of the lowest and the highest finite value, the first of several; None when none is finite."""
    values = points.values
    finite = np.isfinite(values)
    if finite.all():
        return (int(values.argmin()), int(values.argmax())) if len(values) else None
    if not finite.any():
        return None
    return int(np.where(finite, values, np.inf).argmin()), int(np.where(finite, values, -np.inf).argmax())


def count_nonfinite(values: Floats) -> int:
    """Count NaN and infinite values."""
    return len(values) - int(np.count_nonzero(np.isfinite(values)))


def _typed(points: Points) -> Points:
    return Points(
        np.asarray(points.steps, np.int64),
        np.asarray(points.epochs, np.int64),
        np.asarray(points.times_ms, np.int64),
        np.asarray(points.values, np.float64),
    )


def _integers() -> Int64s:
    return np.empty(0, np.int64)
