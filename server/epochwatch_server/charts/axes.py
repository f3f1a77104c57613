"""The axes of a chart: titles with units, ticks that a reader would have chosen, ranges that never cut data off."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.palette import GRID, MUTED
from epochwatch_server.charts.tracks import Track
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import elapsed
from epochwatch_server.domain.run import Run

Axis = dict[str, Any]

LEAST_EPOCHS = 8  # a chart is at least this wide, so that its ticks are whole epochs
MOST_TICKS = 8
LARGE_NUMBER = 20_000  # from here on ticks read 20k
CLOCK_FROM_SECONDS = 180  # shorter runs are read in seconds, longer ones as h:mm:ss
TICKS_AHEAD = 4  # how many times the present length has ticks ready for what is still to come
_CLOCK_STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class YAxis:
    """What a chart asks of its y axis.

    include: values that the range always covers, whatever the data; on a log axis shapes do that, for there Plotly
    takes the logarithm of what is to be included twice, and these choose the ticks.
    """

    title: str = ""
    is_log: bool = False
    include: tuple[float, ...] = ()
    tick_format: str = ""


def x_axis(laid: Laid, view: View, run: Run) -> Axis:
    """Describe what runs along the bottom; the visible range is the view's, or everything."""
    first, last = _ends(laid.tracks.values())
    axis = _quiet_axis() | {"spikecolor": MUTED, "spikethickness": 1, "spikedash": "solid"}
    if view.x == laid.x and view.first is not None and view.last is not None:
        first, last = view.first, view.last
        axis["range"] = [first, last]
    is_zoomed = "range" in axis
    if laid.x == "time":
        return axis | _time_ticks(first, last)
    axis |= {"title": _title(laid.x), "separatethousands": True, "nticks": MOST_TICKS}
    axis["unifiedhovertitle"] = {"text": f"{laid.x} %{{x:,}}"}
    return axis | (whole_epochs(first, last, run, is_zoomed) if laid.x == "epoch" else {})


def y_axis(wanted: YAxis, low: float | None, high: float | None) -> Axis:
    """Describe the y axis; its range follows the data, `low` to `high`, and keeps what must be seen in it."""
    include = list(wanted.include)
    if low is not None and low == high:
        include += [0.0] if len(include) > 1 else [0.0, 2 * low or 1.0]
    axis = _quiet_axis() | {"automargin": True, "hoverformat": ".5~g", "separatethousands": True}
    axis |= _log_ticks(low, high, wanted.include) if wanted.is_log else _linear_ticks(low, high)
    if wanted.title:
        axis["title"] = _title(wanted.title)
    if wanted.tick_format:
        axis["tickformat"] = wanted.tick_format
    if include and not wanted.is_log:
        axis["autorangeoptions"] = {"include": include}
        if 0.0 in include:
            # Without it Plotly shows a constant rate of 5e-5 as a line at 0 between -1 and 1, whatever is included.
            axis["rangemode"] = "tozero"
    return axis


def _linear_ticks(low: float | None, high: float | None) -> Axis:
    """Write 200k and 5e-5: of the prefixes that Plotly knows everybody reads the large ones, nobody 50 μ."""
    is_large = max(abs(low or 0.0), abs(high or 0.0)) >= LARGE_NUMBER
    return {"type": "linear", "exponentformat": "SI" if is_large else "e", "minexponent": 3 if is_large else 4}


def _log_ticks(low: float | None, high: float | None, include: tuple[float, ...]) -> Axis:
    axis: Axis = {"type": "log", "exponentformat": "power", "minexponent": 4, "tickfont": {"color": MUTED, "size": 10}}
    if low is None or high is None or low <= 0:
        return axis
    ends = [math.log10(value) for value in (low, high, *include) if value > 0]
    decades = max(ends) - min(ends)
    if decades >= 1.5:
        axis["dtick"] = max(1, math.ceil(decades / MOST_TICKS))
    elif decades >= 0.6:
        axis["dtick"] = "D2"  # 1, 2, 5: all nine digits of a decade would crowd the axis
    return axis


def edge_axis() -> Axis:
    """Describe the hidden axis from 0 to 1 that marks on the plot's edge stand on."""
    return {"overlaying": "y", "range": [0, 1], "fixedrange": True, "visible": False}


def extent(tracks: Iterable[Track]) -> tuple[float | None, float | None]:
    """Find the smallest and the largest value drawn, spreads included; None when nothing is."""
    sides = [side for track in tracks for side in (track.y, track.low, track.high) if side is not None]
    known = [side[np.isfinite(side)] for side in sides]
    known = [side for side in known if len(side)]
    if not known:
        return None, None
    return min(float(side.min()) for side in known), max(float(side.max()) for side in known)


def titled_axis(title: str) -> Axis:
    """Describe an axis of categories or counts."""
    return _quiet_axis() | {"title": _title(title), "automargin": True}


def _ends(tracks: Iterable[Track]) -> tuple[float, float]:
    ends = [(float(track.x[0]), float(track.x[-1])) for track in tracks if len(track.x)]
    return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else (0.0, 0.0)


def whole_epochs(first: float, last: float, run: Run, is_zoomed: bool) -> Axis:
    """Keep the ticks on whole epochs, also while there are few."""
    least = min(LEAST_EPOCHS, run.planned_epochs or LEAST_EPOCHS)
    if is_zoomed or least < LEAST_EPOCHS:
        return {"dtick": 1, "tick0": 0} if last - first < LEAST_EPOCHS else {}
    return {"autorangeoptions": {"include": [first, first + least]}}


def _time_ticks(first: float, last: float) -> Axis:
    """Put ticks at round times; Plotly has none for durations, and a date axis would wrap after a day."""
    length = last - first
    if length < CLOCK_FROM_SECONDS:
        return {"title": _title("elapsed time (s)"), "nticks": MOST_TICKS, "unifiedhovertitle": {"text": "%{x:,.1f} s"}}
    step = next((step for step in _CLOCK_STEPS if length / step <= MOST_TICKS), _CLOCK_STEPS[-1])
    step *= max(1, math.ceil(length / step / MOST_TICKS))
    start = math.floor(first / step)
    places = [(start + k) * step for k in range(MOST_TICKS * TICKS_AHEAD)]
    return {
        "title": _title("elapsed time (h:mm:ss)"),
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [elapsed(place) for place in places],
        "unifiedhovertitle": {"text": "%{x:,.0f} s"},
    }


def _quiet_axis() -> Axis:
    return {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": MUTED, "size": 11},
    }


def _title(text: str) -> dict[str, Any]:
    return {"text": text, "standoff": 6, "font": {"size": 11, "color": MUTED}}
