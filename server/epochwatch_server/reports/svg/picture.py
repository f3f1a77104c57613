"""A figure as a picture: axes, what stands behind, the traces, their names; pure, from a figure to SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.wording import number, safe, shorten
from epochwatch_server.reports.svg.bars import bar_places, draw_bars
from epochwatch_server.reports.svg.cells import draw_cells
from epochwatch_server.reports.svg.element import element, paint, words
from epochwatch_server.reports.svg.scale import CHARACTER_PIXELS, Scale, scale_of, ticks_of
from epochwatch_server.reports.svg.shapes import LINE_PIXELS, draw_note, draw_shape
from epochwatch_server.reports.svg.traces import DASHES, MOST_HINTS, Plot, draw_trace

SIZE = (720, 232)
_LEFT, _BOTTOM, _TOP = 58, 34, 8
_VALUE_PIXELS = 46  # for a line's last value behind its name
_LEAST_RIGHT = 14
_MOST_HINTS = 480  # of a picture: of many lines each gets fewer
_MOST_FOR_TICKS = 0.35  # of the width
_MOST_FOR_NAMES = 0.4  # of the width


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure. legend: name and swatch of each line where there are too many to be named at their ends."""

    svg: Markup
    legend: tuple[tuple[str, Markup], ...] = ()


def draw_picture(figure: Figure, title: str, *, size: tuple[int, int] = SIZE) -> Picture:
    """Draw a figure as it would stand on the page.

    Args:
        figure: Of lines, areas, points and bars; `token:x` is drawn as the custom property `--x`.
        title: What the picture is called by those who do not see it.
        size: Width and height in pixels; it is scaled to the place it gets.
    """
    layout, (width, height) = figure.layout, size
    notes = [_fitted(note, width) for note in layout.get("annotations") or () if note.get("text")]
    values = {metric: value for metric, value in _last_values(figure.data)}
    right = width - _room_at_right(notes, values)
    top = _TOP + max(0, int((layout.get("margin") or {}).get("t", 8)) - 8)
    plot = _plot(figure, right, top, height - _BOTTOM)
    body = _axes(layout, plot, width=width)
    body += Markup().join(draw_shape(shape, plot.x, plot.y) for shape in layout.get("shapes") or ())
    body += Markup().join(draw_cells(trace, plot) for trace in figure.data if trace.get("type") == "heatmap")
    body += draw_bars([trace for trace in figure.data if trace.get("type") == "bar"], plot)
    body += Markup().join(draw_trace(trace, plot, below) for trace, below in _layered(_lines(figure.data)))
    body += Markup().join(
        draw_note(note, plot.x, plot.y, values.get(_named(note), "")) for note in _apart(notes, plot.y)
    )
    svg = element("svg", body, viewBox=f"0 0 {width} {height}", role="img", aria_label=title, class_="svg-picture")
    return Picture(svg, _legend(figure))


def _plot(figure: Figure, right: float, top: float, bottom: float) -> Plot:
    x_axis, y_axis = figure.layout.get("xaxis") or {}, figure.layout.get("yaxis") or {}
    bars = [trace for trace in figure.data if trace.get("type") == "bar"]
    cells = next((len(trace.get("z") or ()) for trace in figure.data if trace.get("type") == "heatmap"), 0)
    if cells:
        x_axis, y_axis = {**x_axis, "range": [-0.5, cells - 0.5]}, {**y_axis, "range": [cells - 0.5, -0.5]}
    lines = _lines(figure.data)
    ends = [place + side for trace in bars for place in bar_places(trace) for side in (-0.6, 0.6)]
    heights = [*_values(figure.data, "y"), *_stack_tops(lines), *([0.0] if bars else [])]
    x = scale_of(x_axis, [*ends, *_values(lines, "x")], _left(y_axis, right), right, padded=False)
    y = scale_of(y_axis, [*heights, *_shape_heights(figure, y_axis)], bottom, top, padded=True)
    x_word = str((x_axis.get("title") or {}).get("text") or "at")
    hints = max(12, min(MOST_HINTS, _MOST_HINTS // max(1, len(lines))))
    return Plot(x, y, Scale(0.0, 1.0, bottom, top), x_word, hints)


def _lines(traces: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [trace for trace in traces if trace.get("type") not in ("bar", "heatmap")]


def _left(y_axis: Mapping[str, Any], right: float) -> float:
    """Leave room for names along the side; numbers fit into the usual."""
    names = [" ".join(words(text)) for text in y_axis.get("ticktext") or ()]
    widest = CHARACTER_PIXELS * max(map(len, names), default=0)
    return max(_LEFT, min(24 + widest, _MOST_FOR_TICKS * right))


def _values(traces: Sequence[Mapping[str, Any]], axis: str) -> Iterator[float]:
    for trace in traces:
        if trace.get("yaxis") != "y2":
            yield from (float(value) for value in trace.get(axis) or () if isinstance(value, int | float))


def _shape_heights(figure: Figure, axis: Mapping[str, Any]) -> Iterator[float]:
    """A log axis is kept open by its lines and washes, as Plotly does it."""
    if axis.get("type") == "log":
        for shape in figure.layout.get("shapes") or ():
            if shape.get("yref") == "y" and shape.get("type") == "line":
                yield float(shape["y0"])


def _stack_tops(traces: Sequence[Mapping[str, Any]]) -> Iterator[float]:
    if any(trace.get("stackgroup") for trace in traces):
        yield 100.0


def _layered(
    traces: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], Sequence[float | None] | None]]:
    """Yield each trace with what it is filled down to: the one before it, or those below it in its stack."""
    sums: dict[str, list[float]] = {}
    before: Mapping[str, Any] = {}
    for trace in traces:
        group = trace.get("stackgroup")
        if group:
            floor = sums.get(group, [0.0] * len(trace["y"]))
            sums[group] = [low + (value or 0.0) for low, value in zip(floor, trace["y"], strict=True)]
            yield {**trace, "y": sums[group], "hoverinfo": "skip"}, floor
        else:
            yield trace, list(before.get("y") or ()) if trace.get("fill") == "tonexty" else None
        before = trace


def _axes(layout: Mapping[str, Any], plot: Plot, *, width: int) -> Markup:
    x_axis, y_axis = layout.get("xaxis") or {}, layout.get("yaxis") or {}
    if x_axis.get("visible") is False:
        return Markup()
    parts = Markup()
    for pixel, word in ticks_of(y_axis, plot.y, 5):
        parts += element("line", x1=plot.x.start, x2=plot.x.end, y1=pixel, y2=pixel, **paint("token:grid", "stroke"))
        fitting = shorten(word, max(4, int((plot.x.start - 18) / CHARACTER_PIXELS)))
        parts += element("text", fitting, x=plot.x.start - 6, y=pixel + 4, text_anchor="end", class_="svg-tick")
    most = max(2, min(8, width // 90))
    for pixel, word in ticks_of(x_axis, plot.x, most):
        parts += element("text", word, x=pixel, y=plot.y.start + 15, text_anchor="middle", class_="svg-tick")
    parts += element("line", x1=plot.x.start, x2=plot.x.end, y1=plot.y.start, y2=plot.y.start, class_="svg-ground")
    middle = (plot.x.start + plot.x.end) / 2
    parts += element("text", _title(x_axis), x=middle, y=plot.y.start + 30, text_anchor="middle", class_="svg-tick")
    centre = (plot.y.start + plot.y.end) / 2
    turned = {"x": 11, "y": centre, "transform": f"rotate(-90 11 {centre:.1f})", "text_anchor": "middle"}
    return parts + element("text", _title(y_axis), **turned, class_="svg-tick") if _title(y_axis) else parts


def _title(axis: Mapping[str, Any]) -> str:
    return " ".join(words((axis.get("title") or {}).get("text") or ""))


def _fitted(note: Mapping[str, Any], width: int) -> Mapping[str, Any]:
    """Shorten the name at a line's end so that names leave most of the width to the lines."""
    if not str(note.get("name", "")).startswith("end:"):
        return note
    chars = max(8, int((_MOST_FOR_NAMES * width - 12 - _VALUE_PIXELS) / CHARACTER_PIXELS))
    return {**note, "text": safe(shorten(" ".join(words(note["text"])), chars))}


def _apart(notes: Sequence[Mapping[str, Any]], y: Scale) -> list[Mapping[str, Any]]:
    """Push the names at the lines' ends apart, so that none covers another: a picture has a height of its own."""
    ends = [note for note in notes if str(note.get("name", "")).startswith("end:")]
    placed: list[Mapping[str, Any]] = []
    floor = y.start + LINE_PIXELS
    for note in sorted(ends, key=lambda note: float(note["y"])):
        wanted = y.of(float(note["y"])) or y.start
        pixel = min(wanted, floor - LINE_PIXELS)
        placed.append({**note, "yshift": wanted - pixel})
        floor = pixel
    return [*(note for note in notes if note not in ends), *placed]


def _named(note: Mapping[str, Any]) -> str:
    """Return the metric whose line a note names."""
    return str(note.get("name", "")).removeprefix("end:")


def _last_values(traces: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for trace in traces:
        meta = trace.get("meta") or {}
        finite = [value for value in trace.get("y") or () if isinstance(value, int | float) and math.isfinite(value)]
        if finite and "part" not in meta and not trace.get("stackgroup"):
            yield str(meta.get("metric")), number(finite[-1])


def _room_at_right(notes: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> float:
    ends = [note for note in notes if str(note.get("name", "")).startswith("end:")]
    if not ends:
        return _LEAST_RIGHT
    widest = max(len(line) for note in ends for line in words(note["text"]))
    has_values = any(_named(note) in values for note in ends)
    return 12 + CHARACTER_PIXELS * widest + (_VALUE_PIXELS if has_values else 0)


def _legend(figure: Figure) -> tuple[tuple[str, Markup], ...]:
    if not figure.layout.get("showlegend"):
        return ()
    shown = [trace for trace in figure.data if trace.get("showlegend") is not False]
    return tuple((" ".join(words(trace.get("name", ""))), _swatch(trace)) for trace in shown)


def _swatch(trace: Mapping[str, Any]) -> Markup:
    """A line's own stretch, dashed as it is: colour alone does not tell two lines apart."""
    line = trace.get("line") or {}
    colour = line.get("color") or (trace.get("marker") or {}).get("color")
    dash = DASHES.get(str(line.get("dash")))
    stretch = {"x1": 0, "x2": 16, "y1": 2, "y2": 2, "stroke_width": 3, "stroke_dasharray": dash}
    return element("line", **stretch, **paint(colour, "stroke"))
