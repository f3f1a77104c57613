"""Where a metric will be if it goes on like this, and what that means for what was wanted of it. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epochwatch_server.domain.series import Floats

LEAST_POINTS = 4  # fewer say nothing about a trend
RECENT_SHARE = 0.5  # of the run so far is what goes on; its beginning is another regime
HELD_OUT_SHARE = 0.25  # of the recent points judge which curve foretells best
ON_TRACK_EPOCHS = 1  # an expectation this late is within what a forecast knows
_SETTLING = (0.6, 0.75, 0.85, 0.92, 0.96)  # what is left of the way to its end after each epoch
_LARGEST_EXPONENT = 700  # beyond it the exponential overflows


@dataclass(frozen=True, slots=True)
class Curve:
    """How a metric may go on: y = slope * warp(epoch) + intercept.

    kind: "linear" moves steadily; "log" slows down without end; "settling" comes to rest, `left` of the remaining way
    staying after each epoch, counted from epoch `origin`.
    """

    kind: str
    left: float = 1.0
    origin: float = 0.0

    def warp(self, epochs: Floats) -> Floats:
        """Bend the epochs so that the curve becomes a line."""
        if self.kind == "log":
            return np.log1p(np.maximum(epochs, 0.0))
        if self.kind == "settling":
            return np.asarray(-np.power(self.left, epochs - self.origin), dtype=np.float64)
        return epochs

    def unwarp(self, warped: float) -> float | None:
        """Find the epoch at which the bent epochs have a value; None when they never do."""
        if self.kind == "log":
            return math.expm1(warped) if warped <= _LARGEST_EXPONENT else None
        if self.kind == "settling":
            return self.origin + math.log(-warped) / math.log(self.left) if warped < 0 else None
        return warped


@dataclass(frozen=True, slots=True)
class Forecast:
    """A curve through the recent epochs of a metric, drawn on.

    low, high: bounds that the metric cannot leave (an accuracy 0..1); infinite where it has none.
    """

    curve: Curve
    slope: float
    intercept: float
    low: float = -math.inf
    high: float = math.inf

    def at(self, epoch: float) -> float:
        """Foretell the value at the end of an epoch (counted from 0)."""
        warped = float(self.curve.warp(np.array([float(epoch)]))[0])
        return min(self.high, max(self.low, self.slope * warped + self.intercept))

    def reaches(self, value: float, *, after: float) -> float | None:
        """Find the epoch after `after` at which a value is reached; None when never."""
        if self.slope == 0 or not self.low <= value <= self.high:
            return None
        epoch = self.curve.unwarp((value - self.intercept) / self.slope)
        return epoch if epoch is not None and math.isfinite(epoch) and epoch >= after else None


def forecast(
    epochs: Sequence[int], values: Sequence[float], *, low: float = -math.inf, high: float = math.inf
) -> Forecast | None:
    """Fit the recent half of a metric by each curve, and keep the one that foretells its last quarter best.

    Args:
        epochs: strictly increasing, counted from 0; values: of the same length, NaN and infinities are left out.
        low, high: bounds of the metric.

    Returns:
        None when there are fewer than `LEAST_POINTS` finite values.
    """
    x, y = np.asarray(epochs, dtype=np.float64), np.asarray(values, dtype=np.float64)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if len(x) < LEAST_POINTS:
        return None
    recent = max(LEAST_POINTS, math.ceil(RECENT_SHARE * len(x)))
    x, y = x[-recent:], y[-recent:]
    curves = [Curve("log"), Curve("linear"), *(Curve("settling", left, float(x[0])) for left in _SETTLING)]
    best = min(curves, key=lambda curve: _held_out_error(curve, x, y))
    slope, intercept = _fit(best, x, y)
    return Forecast(best, slope, intercept, low, high)


def _held_out_error(curve: Curve, x: Floats, y: Floats) -> float:
    held_out = max(1, int(HELD_OUT_SHARE * len(x)))
    slope, intercept = _fit(curve, x[:-held_out], y[:-held_out])
    told = slope * curve.warp(x[-held_out:]) + intercept
    return float(np.max(np.abs(told - y[-held_out:])))


def _fit(curve: Curve, x: Floats, y: Floats) -> tuple[float, float]:
    """Draw the least squares line; the values are scaled first, for their squares may overflow."""
    warped = curve.warp(x)
    unit = float(np.max(np.abs(y))) or 1.0
    scaled, centred = y / unit, warped - warped.mean()
    spread = float(centred @ centred)
    slope = float(centred @ scaled) / spread if spread else 0.0
    return slope * unit, (float(scaled.mean()) - slope * float(warped.mean())) * unit
