"""Points and series: what was measured, step by step and epoch by epoch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

NO_EPOCH = -1  # the epoch of a point logged outside any epoch


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one series. Arrays have shape (n,); a value may be NaN or infinite: that is data.

    steps: strictly increasing once stored; as received in any order, repeats allowed, the last one wins.
    epochs: `NO_EPOCH` where unknown. times_ms: UTC milliseconds.
    """

    steps: Int64s
    epochs: Int64s
    times_ms: Int64s
    values: Floats

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """One epoch of one series: `n` finite step values and their mean, std (population), min and max.

    With `n` 0 every step of the epoch was non-finite, and `value` says how (NaN, Inf or -Inf).
    """

    epoch: int
    value: float  # the mean, or the only value
    n: int
    std: float
    min: float
    max: float
    nonfinite: int
    step: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Series:
    """One run's points of one metric, summed up. `last` may be non-finite, `min` and `max` are over finite values."""

    id: int
    run_id: str
    metric: str
    n: int
    nonfinite: int
    last_step: int
    last_epoch: int
    last_time_ms: int
    last: float
    min: float | None
    min_step: int | None
    max: float | None
    max_step: int | None


@dataclass(frozen=True, slots=True)
class SeriesSlice:
    """What a chart needs of a series in a range: at most `2 * buckets + 2` points that keep every extreme.

    exact: True when nothing was left out. nonfinite: every NaN/Inf of the range, thinned only beyond 1,000.
    """

    metric: str
    points: Points
    nonfinite: Points
    exact: bool
    total: int  # points in the range before thinning
