"""The few measures that all rules share: noise, levels, best values, trends. Arrays have shape (n,) and are finite."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOISE_FACTOR = 1.5  # median absolute difference to a typical swing between neighbours


def noise(values: Floats) -> float:
    """Return the typical swing between neighbours, with the trend taken out; 0 for fewer than three values."""
    if len(values) < 3:
        return 0.0
    steps = np.diff(values)
    return float(NOISE_FACTOR * np.median(np.abs(steps - np.median(steps))))


def level(values: Floats, count: int = 3) -> float:
    """Return the median of the last `count` values."""
    return float(np.median(values[-count:]))


def relative_fall(start: float, now: float) -> float:
    """Return by which share of its size a quantity fell: 0.3 from 10 to 7, negative when it rose."""
    size = abs(start)
    return (start - now) / size if size > 0 else 0.0


def running_best(values: Floats) -> Floats:
    """Return the smallest value up to each place."""
    return np.minimum.accumulate(values)


def slope(values: Floats) -> float:
    """Return the least-squares slope per value; 0 for fewer than two."""
    count = len(values)
    if count < 2:
        return 0.0
    places = np.arange(count) - (count - 1) / 2
    return float(places @ (values - values.mean()) / (places @ places))


def share_falling(values: Floats) -> float:
    """Return the share of neighbouring pairs of which the second is smaller."""
    return float(np.mean(np.diff(values) < 0)) if len(values) > 1 else 0.0


def turns(values: Floats) -> float:
    """Return the share of inner places at which the direction changes: 0 for a monotone series, 2/3 for pure noise."""
    signs = np.sign(np.diff(values))
    signs = signs[signs != 0]
    return float(np.mean(signs[1:] != signs[:-1])) if len(signs) > 1 else 0.0


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation; 0 when either does not vary."""
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (one, other)]
    if any(np.ptp(values) == 0 for values in (one, other)):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def smallest_count(values: Floats, highest: int = 20_000) -> int | None:
    """Guess of how many samples the shares in `values` are fractions: the smallest n with every value * n whole.

    Values are taken as rounded to five significant digits; None when nothing up to `highest` fits, or when the values
    are too few or too round to tell.
    """
    inner = values[(values > 0) & (values < 1)]
    if len(inner) == 0:
        return None
    counts = np.arange(2, highest + 1)
    fits = np.ones(len(counts), dtype=bool)
    for value in np.unique(inner)[:12]:
        scaled = value * counts
        half_a_digit = 0.55 * 10 ** (np.floor(np.log10(value)) - 4)
        fits &= np.abs(scaled - np.round(scaled)) <= half_a_digit * counts + 1e-9
    return int(counts[np.argmax(fits)]) if fits.any() else None
