"""Fewer points that keep every extreme: one lowest and one highest per bucket of steps; pure, it knows no table."""

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import Floats, Int64s, Points
from epochwatch_server.store.points import no_points, pick

MAX_NONFINITE = 1_000  # marks on a chart's edge; more of them are one solid line anyway


def most_points(buckets: int) -> int:
    """Say how many points so many buckets may give."""
    return 2 * buckets + 2


def thin(points: Points, buckets: int) -> Points:
    """Keep the first, the last and in each bucket the lowest and the highest finite point, in step order.

    Args:
        points: in order; non-finite ones are left out of the result.
        buckets: at least 1; buckets are equally wide in steps.

    Returns:
        At most `2 * buckets + 2` points; all finite ones when they fit.
    """
    finite = np.isfinite(points.values)
    if not finite.all():
        points = pick(points, finite)
    n = len(points)
    if n <= most_points(buckets):
        return points
    if _is_regular(points.steps):
        chosen = _extremes_of_equal_counts(points.values, -(-n // buckets))
    else:
        chosen = _extremes_between(points.values, _bucket_starts(points.steps, buckets))
    places = np.sort(np.concatenate([[0], chosen, [n - 1]]))  # np.unique hashes, which takes ten times as long
    return pick(points, places[np.append(True, places[1:] != places[:-1])])


def split_nonfinite(points: Points) -> Points:
    """Take the NaN and infinite points, evenly thinned beyond `MAX_NONFINITE`; the first and the last always stay."""
    places = np.flatnonzero(~np.isfinite(points.values))
    if not len(places):
        return no_points()
    return pick(points, places[evenly(len(places), MAX_NONFINITE)])


def evenly(n: int, at_most: int) -> Int64s:
    """Choose at most `at_most` of the places 0 .. n-1, evenly, the first and the last among them."""
    if n <= at_most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, at_most).round().astype(np.int64))


def _is_regular(steps: Int64s) -> bool:
    gaps = np.diff(steps)
    return bool(np.all(gaps == gaps[0]))


def _extremes_of_equal_counts(values: Floats, width: int) -> NDArray[np.int64]:
    """Find the places of the extremes of regular steps: equally many points are equally wide."""
    whole = len(values) // width
    table = values[: whole * width].reshape(whole, width)
    starts = np.arange(whole) * width
    places = [starts + table.argmin(axis=1), starts + table.argmax(axis=1)]
    rest = values[whole * width :]
    if len(rest):
        places.append(whole * width + np.array([rest.argmin(), rest.argmax()]))
    return np.concatenate(places)


def _bucket_starts(steps: Int64s, buckets: int) -> NDArray[np.int64]:
    """Find the place of the first point of each bucket that has any.

    Steps as float64: a bucket's edge may be off by a rounding error beyond 2**53, its extremes are exact all the same.
    """
    edges = np.linspace(float(steps[0]), float(steps[-1]) + 1.0, buckets + 1)[:-1]
    starts = np.searchsorted(steps.astype(np.float64), edges)
    starts[0] = 0
    return np.unique(starts[starts < len(steps)])


def _extremes_between(values: Floats, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the places of the lowest and the highest value of each stretch from one start to the next."""
    counts = np.diff(np.append(starts, len(values)))
    places = []
    for reduce_at in (np.minimum.reduceat, np.maximum.reduceat):
        extremes = reduce_at(values, starts)
        hits = np.flatnonzero(values == np.repeat(extremes, counts))
        first_hit = np.searchsorted(hits, starts)
        places.append(hits[first_hit])
    return np.concatenate(places)
