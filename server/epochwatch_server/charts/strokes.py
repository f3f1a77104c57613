"""How a track becomes Plotly traces: line, spread, average, lone points, and marks of what was not finite."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from epochwatch_server.charts.figure import Trace
from epochwatch_server.charts.palette import CRITICAL, RUN, RUN_LIGHT, faded, series_colour
from epochwatch_server.charts.tracks import Track
from epochwatch_server.charts.wording import safe
from epochwatch_server.domain.series import Floats

READABLE = "%{y:.5~g}"
FEW_POINTS = 30  # so few that each deserves a dot
SPREAD_OPACITY = 0.16
BEHIND_OPACITY = 0.3  # of what was measured, behind its average
MOST_MARKS = 1000  # a run of nothing but NaN needs no more to look like one
EDGE = 0.015  # of the height: marks stand this far inside, so that they are seen whole


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one metric is drawn. `label` is what the run wrote; it is escaped where it goes into the figure."""

    metric: str
    label: str
    colour: str
    width: float = 1.6
    dash: str = "solid"
    symbol: str = "circle"
    shape: str = "linear"
    spread_is_told: bool = False  # whether hovering names the extremes within an epoch
    is_labelled: bool = True  # whether its name stands at the line's end


def split_stroke(metric: str, split: str | None, label: str) -> Stroke:
    """Draw a split of one metric: train light and thin, val full, test dotted with diamonds, all in the run's hue."""
    if split == "train":
        return Stroke(metric, label, RUN_LIGHT, width=1.2, spread_is_told=True)
    if split == "test":
        return Stroke(metric, label, RUN, width=1.6, dash="dot", symbol="diamond")
    return Stroke(metric, label, RUN, width=2.0 if split == "val" else 1.6, spread_is_told=split is None)


def palette_stroke(metric: str, label: str, place: int, *, width: float = 1.6) -> Stroke:
    """Draw one of several metrics in the palette's colour at its place; after twelve they begin again, dashed."""
    return Stroke(metric, label, series_colour(place), width=width, dash="solid" if place < 12 else "dash")


def traces_of(
    track: Track, stroke: Stroke, run_id: str, average: Track | None = None, *, log: bool = False
) -> list[Trace]:
    """Draw one metric, from back to front: spread, line, average, lone points, marks."""
    traces = _spread(track, stroke, run_id, log)
    line = _line(track, stroke, run_id)
    if average is not None:
        line["line"]["color"] = faded(stroke.colour, BEHIND_OPACITY)
        traces += [line, _average(average, stroke, run_id)]
    else:
        traces.append(line)
    return traces + _lone_points(track, stroke, run_id) + _marks(track, stroke, run_id)


def numbers(values: Floats) -> list[float | None]:
    """Turn values into a list in which None stands for a gap."""
    listed: list[float | None] = values.tolist()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        listed[place] = None
    return listed


def meta_of(metric: str, run_id: str, field: str, part: str | None = None) -> dict[str, str]:
    """Tell the page what a trace shows, so that it can append what comes in.

    field: "step" and "epoch" traces take new points as they are; "derived" ones are asked for again when an epoch of
    the metric arrives; "kept" ones stay until the figure is asked for again for another reason (a new non-finite point
    is one).
    part: "max", "min", "average", "lone", "non-finite", "best", "targets"; the line itself has none.
    """
    meta = {"metric": metric, "run": run_id, "field": field}
    return meta | {"part": part} if part else meta


def _line(track: Track, stroke: Stroke, run_id: str) -> Trace:
    has_dots = len(track.x) <= FEW_POINTS
    trace: Trace = {
        "type": "scatter",
        "mode": "lines+markers" if has_dots else "lines",
        "name": safe(stroke.label),
        "x": track.x.tolist(),
        "y": numbers(track.y),
        "connectgaps": False,
        "line": {"color": stroke.colour, "width": stroke.width, "dash": stroke.dash, "shape": stroke.shape},
        "hovertemplate": READABLE,
        "meta": meta_of(stroke.metric, run_id, track.field),
    }
    if has_dots:
        trace["marker"] = {
            "color": stroke.colour,
            "size": 7 if stroke.symbol != "circle" else 4,
            "symbol": stroke.symbol,
        }
    return trace


def _average(average: Track, stroke: Stroke, run_id: str) -> Trace:
    trace = _line(average, stroke, run_id)
    trace["name"] = f"{safe(stroke.label)}, smoothed"
    trace["mode"] = "lines"
    trace["meta"] = meta_of(stroke.metric, run_id, "derived", "average")
    trace.pop("marker", None)
    return trace


def _spread(track: Track, stroke: Stroke, run_id: str, log: bool) -> list[Trace]:
    """Fill from an epoch's smallest step to its largest; on a log axis no lower than what is drawn there."""
    if track.low is None or track.high is None:
        return []
    low, high = track.low, track.high
    if log:
        positive = np.concatenate([low, track.y])
        floor = np.min(positive, where=positive > 0, initial=np.inf)
        low, high = np.where(low > 0, low, floor), np.where(high > 0, high, floor)
        low, high = (np.where(np.isnan(track.y) | np.isinf(side), np.nan, side) for side in (low, high))
    both: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": track.x.tolist(),
        "connectgaps": False,
        "line": {"color": stroke.colour, "width": 0, "shape": stroke.shape},
        "showlegend": False,
        **({"hovertemplate": READABLE} if stroke.spread_is_told else {"hoverinfo": "skip"}),
    }
    name = safe(stroke.label)
    top = both | {"name": f"{name} max", "y": numbers(high), "meta": meta_of(stroke.metric, run_id, track.field, "max")}
    bottom = both | {
        "name": f"{name} min",
        "y": numbers(low),
        "meta": meta_of(stroke.metric, run_id, track.field, "min"),
    }
    return [top, bottom | {"fill": "tonexty", "fillcolor": faded(stroke.colour, SPREAD_OPACITY)}]


def _lone_points(track: Track, stroke: Stroke, run_id: str) -> list[Trace]:
    """Draw a dot where a finite point stands between two gaps: a line alone would not show it."""
    if len(track.x) <= FEW_POINTS:
        return []
    known = np.isfinite(track.y)
    lone = known & ~np.append(False, known[:-1]) & ~np.append(known[1:], False)
    if not lone.any():
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": safe(stroke.label),
            "x": track.x[lone].tolist(),
            "y": track.y[lone].tolist(),
            "marker": {"color": stroke.colour, "size": 4, "symbol": stroke.symbol},
            "hoverinfo": "skip",
            "showlegend": False,
            "meta": meta_of(stroke.metric, run_id, "kept", "lone"),
        }
    ]


def _marks(track: Track, stroke: Stroke, run_id: str) -> list[Trace]:
    """Mark on the plot's edge where values were not finite; the second y axis runs from 0 to 1 at every zoom."""
    if not track.marks:
        return []
    marks = track.marks[:: math.ceil(len(track.marks) / MOST_MARKS)]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{safe(stroke.label)} non-finite",
            "x": [mark.x for mark in marks],
            "y": [1 - EDGE if mark.edge else EDGE for mark in marks],
            "yaxis": "y2",
            "text": [mark.text for mark in marks],
            "hovertemplate": "%{text}",
            "marker": {
                "color": CRITICAL,
                "size": 9,
                "symbol": [mark.symbol for mark in marks],
                "line": {"width": 1, "color": stroke.colour},
            },
            "cliponaxis": False,
            "showlegend": False,
            "meta": meta_of(stroke.metric, run_id, "kept", "non-finite"),
        }
    ]
