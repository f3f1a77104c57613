"""Mean, spread and extremes of a metric over an epoch, folded block by block so that no step is kept."""

import math
import sys
from collections.abc import Sequence


class EpochStatistics:
    """One metric in one epoch: what came, without keeping it. Not safe for several threads at once.

    n, mean, low, high: of the finite values. last: the newest value. nonfinite: how many were NaN or infinite.
    The spread is kept as the Euclidean norm of the deviations from the mean, which does not overflow where
    their sum of squares would (Chan, Golub, LeVeque 1979, merged as norms).
    """

    __slots__ = ("_last_nonfinite", "_norm", "high", "last", "low", "mean", "n", "nonfinite")

    def __init__(self) -> None:
        self.n = 0
        self.mean = 0.0
        self.low = math.inf
        self.high = -math.inf
        self.last = math.nan
        self.nonfinite = 0
        self._norm = 0.0
        self._last_nonfinite = math.nan

    @property
    def std(self) -> float:
        """Population standard deviation of the finite values; 0 when there is none."""
        if not self.n:
            return 0.0
        return min(self._norm / math.sqrt(self.n), sys.float_info.max)

    @property
    def value(self) -> float:
        """What the epoch is judged by: the mean, or the non-finite value when there was one."""
        return self._last_nonfinite if self.nonfinite else self.mean

    def add(self, values: Sequence[float]) -> None:
        """Fold a block of values, finite or not; at least one."""
        self.last = float(values[-1])
        total = sum(values)
        if not math.isfinite(total):
            values = self._without_nonfinite(values)
            total = sum(values)
        count = len(values)
        if not count:
            return
        low, high = float(min(values)), float(max(values))
        # A sum of finite values can overflow, and a constant block must have a spread of exactly zero.
        mean = low if low == high else total / count
        if not math.isfinite(mean):
            mean = math.fsum(value / count for value in values)
        mean = min(max(mean, low), high)
        self._merge(count, mean, math.dist(values, (mean,) * count), low, high)

    def row(self) -> list[object]:
        """Return n, mean, std, min, max, nonfinite as they go on the wire (an `epoch` event)."""
        if not self.n:
            return [0, _word(self._last_nonfinite), None, None, None, self.nonfinite]
        return [self.n, self.mean, self.std, self.low, self.high, self.nonfinite]

    def _without_nonfinite(self, values: Sequence[float]) -> Sequence[float]:
        finite = [value for value in values if math.isfinite(value)]
        if len(finite) < len(values):
            self.nonfinite += len(values) - len(finite)
            self._last_nonfinite = next(value for value in reversed(values) if not math.isfinite(value))
        return finite

    def _merge(self, count: int, mean: float, norm: float, low: float, high: float) -> None:
        total = self.n + count
        delta = mean - self.mean if self.n else 0.0
        self._norm = math.hypot(self._norm, norm, delta * math.sqrt(self.n * count / total))
        # Weights first where the difference of the means itself would overflow.
        shifted = self.mean + delta * (count / total)
        weighted = self.mean * (self.n / total) + mean * (count / total)
        self.mean = mean if not self.n else shifted if math.isfinite(shifted) else weighted
        self.n = total
        self.low = min(self.low, low)
        self.high = max(self.high, high)


def _word(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
