"""Where a value stands on a picture, and which values are named on its axes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from epochwatch_server.charts.wording import number, shorten
from epochwatch_server.reports.svg.element import words

CHARACTER_PIXELS = 6.4
PADDING = 0.05  # of the range, above and below what is drawn
_MANTISSAS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis. low, high: the ends in units of the data (of its logarithm on a log axis); start, end: in pixels.

    only: the one value that is drawn, where there is one; it stands in the middle, and only it is named.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False
    only: float | None = None

    def at(self, value: float) -> float | None:
        """Return the pixel of a value; None for one that has none here."""
        if self.is_log:
            if value <= 0:
                return None
            value = math.log10(value)
        return self.of(value)

    def of(self, place: float) -> float | None:
        """Return the pixel of a place in the axis's own units."""
        if not math.isfinite(place):
            return None
        return self.start + (place - self.low) / (self.high - self.low) * (self.end - self.start)

    def share(self, share: float) -> float:
        """Return the pixel of a share of the axis, 0 at its start."""
        return self.start + share * (self.end - self.start)


def scale_of(axis: Mapping[str, Any], values: Iterable[float], start: float, end: float, *, padded: bool) -> Scale:
    """Choose the ends of an axis: as the figure says, else what is drawn and what it wants to be included."""
    is_log = axis.get("type") == "log"
    if "range" in axis:
        low, high = (float(end) for end in axis["range"])
        return Scale(low, high if high != low else low + 1.0, start, end, is_log)  # a turned axis begins at its top
    wanted = [*values, *((axis.get("autorangeoptions") or {}).get("include") or ())]
    finite = [
        math.log10(value) if is_log else value for value in wanted if math.isfinite(value) and _fits(value, is_log)
    ]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if high <= low and not padded and not is_log:
        return Scale(low - 0.5, low + 0.5, start, end, only=low)
    if high <= low:
        margin = abs(low) / 2 or 0.5
        low, high = low - margin, high + margin
    margin = PADDING * (high - low) if padded else 0.0
    return Scale(low - margin, high + margin, start, end, is_log)


def ticks_of(axis: Mapping[str, Any], scale: Scale, most: int) -> list[tuple[float, str]]:
    """Choose the values to name, as (pixel, words)."""
    if axis.get("tickmode") == "array" or "ticktext" in axis:
        return _named_ticks(axis, scale)
    values = _log_ticks(scale, most) if scale.is_log else _linear_ticks(scale, most)
    if scale.only is not None:
        values = [scale.only]
    if axis.get("dtick") == 1 and axis.get("type") != "log":
        values = sorted({float(round(value)) for value in values})
    places = [(_inside(scale, value), value) for value in values]
    return [(pixel, _word(value, axis)) for pixel, value in places if pixel is not None]


def _named_ticks(axis: Mapping[str, Any], scale: Scale) -> list[tuple[float, str]]:
    """Place the names that a figure gives; along the bottom each is cut to the room that it has."""
    named = zip(axis.get("tickvals") or (), axis.get("ticktext") or (), strict=False)
    placed = [(pixel, " ".join(words(text))) for value, text in named if (pixel := _inside(scale, value)) is not None]
    if scale.end < scale.start or len(placed) < 2:
        return placed
    chars = int(min(after[0] - before[0] for before, after in pairwise(placed)) / CHARACTER_PIXELS)
    if chars < 2:  # not even their beginnings fit: name as many as do
        placed = placed[:: math.ceil(2 / max(chars, 1 / 3))]
    return [(pixel, shorten(word, max(2, chars))) for pixel, word in placed]


def _fits(value: float, is_log: bool) -> bool:
    return value > 0 or not is_log


def _inside(scale: Scale, value: float) -> float | None:
    pixel = scale.at(value)
    low, high = sorted((scale.start, scale.end))
    return pixel if pixel is not None and low - 0.5 <= pixel <= high + 0.5 else None


def _linear_ticks(scale: Scale, most: int) -> Sequence[float]:
    span = scale.high - scale.low
    if not math.isfinite(span) or span <= 0:
        return []
    raw = span / most
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * mantissa for mantissa in _MANTISSAS if unit * mantissa >= raw * 0.999)
    first = math.ceil(scale.low / step)
    return [(first + place) * step for place in range(most + 2) if (first + place) * step <= scale.high + step * 1e-9]


def _log_ticks(scale: Scale, most: int) -> Sequence[float]:
    decades = range(math.floor(scale.low), math.ceil(scale.high) + 1)
    if len(decades) > 3:
        every = math.ceil(len(decades) / most)
        return [10.0**decade for decade in decades if decade % every == 0 and abs(decade) < 300]
    return [mantissa * 10.0**decade for decade in decades if abs(decade) < 300 for mantissa in (1.0, 2.0, 5.0)]


def _word(value: float, axis: Mapping[str, Any]) -> str:
    if axis.get("tickformat") == ".0%":
        return f"{100 * value:.0f}%"
    if abs(value) < 1e-12:
        return "0"
    if abs(value) >= 20_000:
        for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
            if size <= abs(value) < 1000 * size:
                return f"{number(value / size)}{letter}"
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e5 else number(value)
