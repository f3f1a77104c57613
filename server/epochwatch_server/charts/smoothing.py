"""The moving average that a viewer may ask for; what was measured is always drawn behind it."""

import math

import numpy as np

from epochwatch_server.domain.series import Floats, Int64s, Points

UNITS_PER_WIDTH = 250  # a weight is per 1/250 of the chart: 0.9 looks back over 4 % of what is seen, 0.99 over 40 %
_LARGEST_POWER = 1e30  # how far weights may grow inside a block: within it sums stay exact to rounding


def moving_average(values: Floats, weight: float, places: Floats | Int64s, width: float) -> Floats:
    """Smooth values exponentially by their distance along the x axis, without a bias towards the start.

    m_t = (sum over k <= t of w^(p_t - p_k) * v_k) / (sum over k <= t of w^(p_t - p_k)), with p in 1/250 of the width.
    It is the exponential moving average with the correction of Kingma and Ba, Adam (2015), section 3, for points that
    are not equally far apart: a series logged every step and one logged every epoch are smoothed alike, and neither
    lags behind the other. Non-finite values are passed over and stay gaps.

    Args:
        values: Float64 array (n,).
        weight: 0 <= weight < 1, how much of a value is left after 1/250 of the width.
        places: Array (n,), not decreasing, in units of the x axis.
        width: What of the x axis is seen, in its units; 0 or less smooths nothing.

    Returns:
        Float64 array (n,), NaN where the value was not finite.
    """
    result = np.full(len(values), np.nan)
    is_finite = np.isfinite(values)
    known = values[is_finite]
    if weight <= 0 or width <= 0 or not len(known):
        result[is_finite] = known
        return result
    at = (places[is_finite] - places[is_finite][0]) * (UNITS_PER_WIDTH / width)
    scale = float(np.abs(known).max()) or 1.0  # sums of values near the largest float would overflow
    sums, weights = _decaying_sums(known / scale, weight, at)
    result[is_finite] = sums / weights * scale
    return result


def average_points(points: Points, weight: float, width: float, *, by_time: bool) -> Points:
    """Average over every point of a series; places whose value was not finite are left out.

    Args:
        points: A whole series, steps increasing: what lies before the visible range counts for the average.
        weight: As for `moving_average`.
        width: What is seen of the x axis, in steps, or in milliseconds with `by_time`.
        by_time: Whether time runs along the bottom.
    """
    places = np.maximum.accumulate(points.times_ms) if by_time else points.steps
    average = moving_average(points.values, weight, places, width)
    known = np.isfinite(average)
    return Points(points.steps[known], points.epochs[known], points.times_ms[known], average[known])


def thin_evenly(points: Points, most: int) -> Points:
    """Keep at most `most + 1` points, evenly spaced, the last among them: an average has no spikes to lose."""
    stride = max(1, math.ceil(len(points) / most))
    keep = np.union1d(np.arange(0, len(points), stride), [len(points) - 1] if len(points) else []).astype(np.int64)
    return Points(points.steps[keep], points.epochs[keep], points.times_ms[keep], points.values[keep])


def _decaying_sums(values: Floats, weight: float, at: Floats) -> tuple[Floats, Floats]:
    """Sum w^(p_t - p_k) * v_k and w^(p_t - p_k) over k <= t.

    Block by block, so that numpy does the work and no weight overflows.

    Returns:
        Both sums, each (n,).
    """
    sums = np.empty((2, len(values)))
    decay = math.log(weight)
    starts = np.flatnonzero(np.diff(np.floor(at * (-decay / math.log(_LARGEST_POWER))), prepend=-1.0)).tolist()
    carried, carried_at = np.zeros((2, 1)), 0.0
    for start, stop in zip(starts, [*starts[1:], len(values)], strict=True):
        growth = np.exp(decay * (at[start] - at[start:stop]))
        block = np.cumsum(np.stack([values[start:stop] * growth, growth]), axis=1)
        sums[:, start:stop] = (block + carried * math.exp(decay * (at[start] - carried_at))) / growth
        carried, carried_at = sums[:, stop - 1 : stop], float(at[stop - 1])
    return sums[0], sums[1]
