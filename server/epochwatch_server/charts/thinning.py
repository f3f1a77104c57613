"""Fewer points for the same picture: every extreme stays, so no spike is lost at any zoom."""

import numpy as np

from epochwatch_server.domain.series import Floats, Int64s


def keep_extremes(values: Floats, buckets: int) -> Int64s:
    """Choose the places to draw so that each bucket keeps its smallest and its largest value.

    Args:
        values: Float64 array (n,); NaN is passed over, a bucket of nothing but NaN keeps its first place.
        buckets: How many equal parts to cut the places into, at least 1.

    Returns:
        int64 array, strictly increasing, at most 2 * buckets + 2 places; the first and the last are among them.
    """
    n = len(values)
    if n <= 2 * buckets:
        return np.arange(n, dtype=np.int64)
    starts = (np.arange(buckets, dtype=np.int64) * n) // buckets
    width = int(np.diff(np.append(starts, n)).max())
    places = np.minimum(starts[:, None] + np.arange(width), np.append(starts[1:], n)[:, None] - 1)
    table = values[places]
    is_known = ~np.isnan(table)
    lowest = np.where(is_known, table, np.inf).argmin(axis=1)
    highest = np.where(is_known, table, -np.inf).argmax(axis=1)
    rows = np.arange(buckets)
    return np.unique(np.concatenate([[0], places[rows, lowest], places[rows, highest], [n - 1]])).astype(np.int64)


def keep_extremes_of_all(columns: list[Floats], buckets: int) -> Int64s:
    """Choose places that keep the extremes of several columns of equal length: at most 2 * buckets + 2 places each."""
    chosen = [keep_extremes(column, buckets) for column in columns]
    return np.unique(np.concatenate(chosen)).astype(np.int64)
