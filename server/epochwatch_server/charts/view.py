"""How a chart is asked to be seen: its x axis, scale, smoothing and range."""

from dataclasses import dataclass
from typing import Literal

XAxis = Literal["epoch", "step", "time"]
Scale = Literal["linear", "log"]

MAX_BUCKETS = 1000  # a minimum and a maximum in each: at most 2,002 points a series
FEWEST_BUCKETS = 50


@dataclass(frozen=True, slots=True)
class View:
    """What the page asks for.

    x: what runs along the bottom: epochs, steps or seconds since the run began.
    scale: "log" makes the y axis logarithmic; "linear" leaves it as the chart itself would have it.
    smooth: 0 <= smooth < 1, weight of the past in the moving average; 0 draws what was measured.
    first, last: the visible range in units of x, both ends included; None is open.
    width: pixels to draw in; a wider chart gets more points.
    epoch: of charts that show one epoch, the one to show, or the last before it; None is the latest.
    """

    x: XAxis = "epoch"
    scale: Scale = "linear"
    smooth: float = 0.0
    first: float | None = None
    last: float | None = None
    width: int | None = None
    epoch: int | None = None

    @property
    def buckets(self) -> int:
        """Buckets to read: one a pixel column, within sensible bounds."""
        if self.width is None:
            return MAX_BUCKETS
        return max(FEWEST_BUCKETS, min(MAX_BUCKETS, self.width))
