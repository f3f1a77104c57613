"""A series laid along the x axis: what is finite makes the line, what is not leaves a gap and a mark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.charts.thinning import keep_extremes_of_all
from epochwatch_server.charts.view import View, XAxis
from epochwatch_server.charts.wording import number
from epochwatch_server.domain.series import EpochPoint, Floats, Int64s, Points, SeriesSlice

LARGEST_DRAWN = 1e300  # beyond it Plotly cannot find a range; such a value becomes a mark at the edge


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a series was not finite. `edge` is 1 for the top, 0 for the bottom."""

    x: float
    edge: int
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """One series ready to be drawn.

    x: int64 or float64 array (n,), not decreasing: epochs, steps or seconds since the run began.
    y: float64 array (n,); NaN is a gap. low, high: extremes within each epoch (n,), None when there is no spread.
    field: "epoch" when every point is an epoch's, "step" when points are as logged.
    """

    x: Int64s | Floats
    y: Floats
    low: Floats | None
    high: Floats | None
    marks: tuple[Mark, ...]
    field: str

    @property
    def last(self) -> float | None:
        """The last finite value, None when there is none."""
        known = np.flatnonzero(np.isfinite(self.y))
        return float(self.y[known[-1]]) if len(known) else None


def track_of_slice(part: SeriesSlice, x_axis: XAxis, created_ms: int) -> Track:
    """Lay a thinned series along steps or time."""
    points = part.points
    drawn = _is_drawn(points.values)
    marks = _marks_of(part.nonfinite, x_axis, created_ms)
    marks += _marks_of(_pick(points, np.isinf(points.values) | ~drawn & np.isfinite(points.values)), x_axis, created_ms)
    x = np.concatenate([_places(points, x_axis, created_ms), _places(part.nonfinite, x_axis, created_ms)])
    y = np.concatenate([np.where(drawn, points.values, np.nan), np.full(len(part.nonfinite), np.nan)])
    order = np.argsort(x, kind="stable")
    x, y = _without_repeated_gaps(x[order], y[order])
    return Track(x, y, None, None, _once(marks), "step")


def track_of_epochs(points: Sequence[EpochPoint], view: View, created_ms: int) -> Track:
    """Lay an epoch series along epochs, steps or time."""
    places = _epoch_places(points, view.x, created_ms)
    order = np.argsort(places, kind="stable")  # a resumed run does an early epoch late
    x, points = places[order], [points[place] for place in order.tolist()]
    value = np.array([point.value for point in points], dtype=np.float64)
    drawn = _is_drawn(value)
    y = np.where(drawn, value, np.nan)
    low, high = _spread(points, drawn)
    marks = [_epoch_mark(float(at), point) for at, point in zip(x, points, strict=True)]
    return Track(x, y, low, high, tuple(mark for mark in marks if mark is not None), "epoch")


def cut(track: Track, view: View) -> Track:
    """Keep the visible range and one point on either side, so that lines reach the edges, and thin it."""
    start = 0 if view.first is None else int(np.searchsorted(track.x, view.first, side="left")) - 1
    stop = len(track.x) if view.last is None else int(np.searchsorted(track.x, view.last, side="right")) + 1
    part = slice(max(0, start), stop)
    x = track.x[part]
    marks = tuple(mark for mark in track.marks if len(x) and x[0] <= mark.x <= x[-1])
    low = None if track.low is None else track.low[part]
    high = None if track.high is None else track.high[part]
    return _thinned(replace(track, x=x, y=track.y[part], low=low, high=high, marks=marks), view.buckets)


def smoothed(track: Track, y: Floats) -> Track:
    """Put an average in a track's place; spread and marks stay with what was measured."""
    return replace(track, y=y, low=None, high=None, marks=())


def epochs_of_points(points: Points) -> list[EpochPoint]:
    """Sum points up by their epoch, for series whose epochs the run did not sum up itself.

    Points outside any epoch are left out. std is the population's; n counts finite values.

    Args:
        points: Steps increasing.
    """
    inside = np.flatnonzero(points.epochs >= 0)
    if not len(inside):
        return []
    order = inside[np.argsort(points.epochs[inside], kind="stable")]
    epochs, starts, counts = np.unique(points.epochs[order], return_index=True, return_counts=True)
    latest = order[starts + counts - 1]
    n, mean, std, low, high = _spreads(points.values[order], starts, counts)
    value = np.where(n > 0, mean, points.values[latest])
    columns = (epochs, value, n, std, low, high, counts - n, points.steps[latest], points.times_ms[latest])
    return [EpochPoint(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _spreads(values: Floats, starts: Int64s, counts: Int64s) -> tuple[Int64s, Floats, Floats, Floats, Floats]:
    """Count, average and bound the finite values of each stretch; NaN where it has none.

    Each stretch is scaled by a power of 2, which rounds nothing: a sum of values near the largest float would overflow.
    """
    is_finite = np.isfinite(values)
    n = np.add.reduceat(is_finite.astype(np.int64), starts)
    _, power = np.frexp(np.maximum.reduceat(np.where(is_finite, np.abs(values), 0.0), starts))
    unit = np.ldexp(np.where(is_finite, values, 0.0), -np.repeat(power, counts))
    with np.errstate(invalid="ignore"):
        mean = np.add.reduceat(unit, starts) / n
        away = np.where(is_finite, unit - np.repeat(mean, counts), 0.0)
        std = np.sqrt(np.add.reduceat(away * away, starts) / n)
    low = np.minimum.reduceat(np.where(is_finite, values, np.inf), starts)
    high = np.maximum.reduceat(np.where(is_finite, values, -np.inf), starts)
    return n, np.ldexp(mean, power), np.ldexp(std, power), np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def seconds_since(times_ms: Int64s, created_ms: int) -> Floats:
    """Turn instants into seconds since the run began, exact to the millisecond."""
    return np.round((times_ms - created_ms) / 1000, 3)


def _places(points: Points, x_axis: XAxis, created_ms: int) -> Int64s | Floats:
    return seconds_since(points.times_ms, created_ms) if x_axis == "time" else points.steps


def _epoch_places(points: Sequence[EpochPoint], x_axis: XAxis, created_ms: int) -> Int64s | Floats:
    if x_axis == "epoch":
        return np.array([point.epoch for point in points], dtype=np.int64)
    if x_axis == "step":
        return np.array([point.step for point in points], dtype=np.int64)
    return seconds_since(np.array([point.time_ms for point in points], dtype=np.int64), created_ms)


def _spread(points: Sequence[EpochPoint], drawn: NDArray[np.bool_]) -> tuple[Floats | None, Floats | None]:
    if not any(point.n > 1 for point in points):
        return None, None
    low = np.array([point.min for point in points], dtype=np.float64)
    high = np.array([point.max for point in points], dtype=np.float64)
    return np.where(drawn, np.maximum(low, -LARGEST_DRAWN), np.nan), np.where(
        drawn, np.minimum(high, LARGEST_DRAWN), np.nan
    )


def _thinned(track: Track, buckets: int) -> Track:
    if len(track.x) <= 2 * buckets + 2:
        return track
    columns = [track.y] if track.low is None or track.high is None else [track.y, track.low, track.high]
    keep = keep_extremes_of_all(columns, max(1, buckets // len(columns)))
    # A gap between two kept places must stay one: keep the first place of each.
    gaps = np.flatnonzero(np.isnan(track.y))
    first_gaps = gaps[np.diff(gaps, prepend=-2) > 1]
    keep = np.union1d(keep, first_gaps)
    low = None if track.low is None else track.low[keep]
    high = None if track.high is None else track.high[keep]
    return replace(track, x=track.x[keep], y=track.y[keep], low=low, high=high)


def _is_drawn(values: Floats) -> NDArray[np.bool_]:
    is_drawn: NDArray[np.bool_] = np.abs(values) <= LARGEST_DRAWN  # false for NaN
    return is_drawn


def _without_repeated_gaps(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Leave one place of each gap: a line that has stopped cannot stop again."""
    is_gap = np.isnan(y)
    repeated = is_gap & np.append(False, is_gap[:-1])
    return (x[~repeated], y[~repeated]) if repeated.any() else (x, y)


def _pick(points: Points, which: NDArray[np.bool_] | Int64s) -> Points:
    return Points(points.steps[which], points.epochs[which], points.times_ms[which], points.values[which])


def _marks_of(points: Points, x_axis: XAxis, created_ms: int) -> list[Mark]:
    places = _places(points, x_axis, created_ms).tolist()
    return [
        _mark(x, value, f"at step {step}" + (f", epoch {epoch}" if epoch >= 0 else ""))
        for x, value, step, epoch in zip(
            places, points.values.tolist(), points.steps.tolist(), points.epochs.tolist(), strict=True
        )
    ]


def _epoch_mark(x: float, point: EpochPoint) -> Mark | None:
    where = f"at epoch {point.epoch}, step {point.step}"
    if not abs(point.value) <= LARGEST_DRAWN:
        return _mark(x, point.value, where)
    if point.nonfinite:
        of = point.n + point.nonfinite
        return Mark(x, 0, "x", f"{point.nonfinite} of {of} steps not finite {where}")
    if point.n and max(abs(point.min), abs(point.max)) > LARGEST_DRAWN:
        return _mark(x, point.max if point.max > LARGEST_DRAWN else point.min, where)
    return None


def _mark(x: float, value: float, where: str) -> Mark:
    """Mark the edge that a value left by: up for +Inf, down for -Inf, a cross at the bottom for NaN."""
    if math.isnan(value):
        return Mark(x, 0, "x", f"NaN {where}")
    name = ("Inf" if value > 0 else "-Inf") if math.isinf(value) else f"{number(value)}, too large to draw,"
    return Mark(x, 1, "triangle-up", f"{name} {where}") if value > 0 else Mark(x, 0, "triangle-down", f"{name} {where}")


def _once(marks: list[Mark]) -> tuple[Mark, ...]:
    """Leave out repetitions: a reader may list a non-finite point both among its points and apart."""
    return tuple(dict.fromkeys(sorted(marks, key=lambda mark: (mark.x, mark.text))))
