"""Putting a chart of lines together: traces, axes, labels at the lines' ends or a legend, and notes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from epochwatch_server.charts.axes import YAxis, edge_axis, extent, x_axis, y_axis
from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.figure import Figure, Layout, Trace
from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.palette import GRID, INK, MUTED, RUN, RUN_LIGHT, SURFACE, TRANSPARENT
from epochwatch_server.charts.pins import draw_pins
from epochwatch_server.charts.strokes import FEW_POINTS, Stroke, traces_of
from epochwatch_server.charts.tracks import Track
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import LABEL_CHARS, safe, shorten

MOST_END_LABELS = 6  # more lines get a legend
_LABEL_PIXELS = 13  # height of a label's line
_PLOT_PIXELS = 200  # a usual chart's height: only how far labels are pushed apart depends on it
_CHARACTER_PIXELS = 6.6


@dataclass(frozen=True, slots=True)
class Extras:
    """What stands on a chart beside its lines: more traces, shapes behind them, notes in the corner."""

    traces: tuple[Trace, ...] = ()
    shapes: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def draw_laid(
    data: ChartData, view: View, laid: Laid, strokes: Sequence[Stroke], axis: YAxis, extras: Extras
) -> Figure:
    """Draw lines that are already laid out, for charts that add something at the places of their points."""
    if not laid.tracks:
        return empty_figure("no points yet", view)
    laid, notes = _fit_to_log(laid, data) if axis.is_log else (laid, ())
    strokes = [stroke for stroke in strokes if stroke.metric in laid.tracks]
    traces: list[Trace] = []
    heights: dict[str, float] = {}
    for stroke in strokes:
        track, average = laid.tracks[stroke.metric], laid.averages.get(stroke.metric)
        traces += traces_of(track, stroke, data.inventory.run.id, average, log=axis.is_log)
        end = (average or track).last
        if end is not None and stroke.is_labelled:
            heights[stroke.metric] = end
    extras = replace(extras, notes=(*notes, *extras.notes))
    return assemble(data, view, laid, traces, Ends(strokes, heights), axis, extras)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where each line ends: the value at which its name is written."""

    strokes: Sequence[Stroke]
    heights: Mapping[str, float]


def assemble(
    data: ChartData, view: View, laid: Laid, traces: Sequence[Trace], ends: Ends, axis: YAxis, extras: Extras
) -> Figure:
    """Put traces into their axes, name the lines, and note what the chart does not show."""
    low, high = extent(laid.tracks.values())
    layout = quiet_layout(view, laid.x, is_log=axis.is_log)
    layout["xaxis"] = x_axis(laid, view, data.inventory.run)
    layout["yaxis"] = y_axis(axis, low, high)
    run = data.inventory.run
    last = max((float(track.x[-1]) for track in laid.tracks.values() if len(track.x)), default=0.0)
    pinned = draw_pins(data.pins, laid.x, view, run.created_ms, run_id=run.id, last=last)
    layout["margin"]["t"] += pinned.head_room
    if pinned.traces or any(trace.get("yaxis") == "y2" for trace in traces):
        layout["yaxis2"] = edge_axis()
    labels = []
    if len(ends.strokes) > MOST_END_LABELS:
        layout |= _legend()
    elif low is not None and high is not None:
        labels = _end_labels(ends, axis, min(low, *axis.include, low), max(high, *axis.include, high))
    widest = max((_width(stroke.label) for stroke in ends.strokes if labels and stroke.is_labelled), default=12)
    layout["margin"]["r"] = widest
    notes = list(extras.notes)
    if data.needs.hidden:
        notes.append(f"{data.needs.hidden:,} more lines are not drawn")
    if view.x != laid.x:
        notes.append("no epochs yet: drawn by step")
    layout["annotations"] = [*labels, *_notes(notes)]
    layout["shapes"] = [*extras.shapes, *pinned.shapes]
    return Figure([*traces, *extras.traces, *pinned.traces], layout)


def quiet_layout(view: View, x: str, *, is_log: bool = False) -> Layout:
    """Begin a layout: no title, no frame, one hover over all series.

    `meta` tells the page what is drawn: `x` is what lies along the bottom and `asked` what was asked for. Where they
    differ, the first epoch to arrive makes the figure worth asking for again. `dots`: a line of more points has none.
    """
    return {
        "margin": {"l": 48, "r": 12, "t": 8, "b": 36},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "font": {"family": "system-ui, sans-serif", "size": 11, "color": MUTED},
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": SURFACE,
            "bordercolor": GRID,
            "font": {"color": INK, "size": 12},
            "namelength": 40,
        },
        "dragmode": "zoom",
        "showlegend": False,
        "uirevision": "kept",
        "meta": {"x": x, "asked": view.x, "scale": "log" if is_log else "linear", "dots": FEW_POINTS},
    }


def empty_figure(text: str, view: View) -> Figure:
    """Draw nothing, and say why."""
    layout = quiet_layout(view, view.x)
    layout["xaxis"] = {"visible": False, "range": [0, 1]}
    layout["yaxis"] = {"visible": False, "range": [0, 1]}
    layout["annotations"] = [
        {"text": text, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False, "font": {"size": 12}}
    ]
    return Figure([], layout)


def _fit_to_log(laid: Laid, data: ChartData) -> tuple[Laid, tuple[str, ...]]:
    """Take out what a log axis cannot show, and say how much that is."""
    hidden = sum(int(np.count_nonzero(track.y <= 0)) for track in laid.tracks.values())
    tracks = {metric: _positive(track) for metric, track in laid.tracks.items()}
    averages = {metric: _positive(track) for metric, track in laid.averages.items()}
    values = "value" if hidden == 1 else "values"
    is_thinned = laid.x != "epoch" and any(not part.exact for part in data.slices.values())
    count = f"at least {hidden:,}" if is_thinned else f"{hidden:,}"
    notes = (f"{count} {values} ≤ 0 not shown on a log axis",) if hidden else ()
    return replace(laid, tracks=tracks, averages=averages), notes


def _positive(track: Track) -> Track:
    low, high = (side if side is None else np.where(side > 0, side, np.nan) for side in (track.low, track.high))
    return replace(track, y=np.where(track.y > 0, track.y, np.nan), low=low, high=high)


def _end_labels(ends: Ends, axis: YAxis, low: float, high: float) -> list[dict[str, Any]]:
    """Write each line's name at its end; the page moves the annotation named `end:<metric>` as points come in."""
    bottom, top = _height(low, axis), _height(high, axis)
    heights = {metric: _height(value, axis) for metric, value in ends.heights.items()}
    shifts = _push_apart({metric: (at - bottom) / ((top - bottom) or 1.0) for metric, at in heights.items()})
    return [
        {
            "name": f"end:{stroke.metric}",
            "text": safe(stroke.label, LABEL_CHARS),
            "x": 1,
            "xref": "x domain",
            "xanchor": "left",
            "xshift": 4,
            "y": heights[stroke.metric],
            "yref": "y",
            "yshift": shifts[stroke.metric],
            "showarrow": False,
            "font": {"size": 11, "color": RUN if stroke.colour == RUN_LIGHT else stroke.colour},
        }
        for stroke in ends.strokes
        if stroke.metric in heights
    ]


def _height(value: float, axis: YAxis) -> float:
    """Say where an annotation stands: on a log axis Plotly wants the logarithm, for shapes and data the value."""
    return math.log10(value) if axis.is_log and value > 0 else value


def _push_apart(heights: Mapping[str, float]) -> dict[str, int]:
    """Find by how many pixels each label must move so that none covers another.

    Args:
        heights: Where each label stands, 0 at the bottom of the plot, 1 at the top.
    """
    order = sorted(heights, key=lambda metric: heights[metric])
    wanted = [heights[metric] * _PLOT_PIXELS for metric in order]
    placed: list[float] = []
    for height in wanted:
        placed.append(max(height, placed[-1] + _LABEL_PIXELS) if placed else height)
    ceiling = float(_PLOT_PIXELS) + _LABEL_PIXELS
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - _LABEL_PIXELS
    return {metric: round(at - was) for metric, at, was in zip(order, placed, wanted, strict=True)}


def _width(label: str) -> int:
    return 12 + math.ceil(_CHARACTER_PIXELS * len(shorten(label, LABEL_CHARS)))


def _legend() -> dict[str, Any]:
    legend = {"font": {"size": 11, "color": MUTED}, "bgcolor": TRANSPARENT, "itemwidth": 30, "y": 1, "x": 1.01}
    return {"showlegend": True, "legend": legend}


def _notes(notes: Sequence[str]) -> list[dict[str, Any]]:
    if not notes:
        return []
    place = {"x": 0, "y": 1, "xref": "x domain", "yref": "y domain", "xanchor": "left", "yanchor": "top", "xshift": 4}
    return [{"name": "notes", "text": "<br>".join(notes), "align": "left", "showarrow": False} | place]
