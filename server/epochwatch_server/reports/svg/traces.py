"""The lines, areas and points of a figure, as elements of a picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from epochwatch_server.charts.wording import number
from epochwatch_server.reports.svg.element import element, paint, short, words
from epochwatch_server.reports.svg.scale import Scale

MOST_HINTS = 120  # of one line: places that say their value when pointed at
DASHES = {"dash": "6 4", "dot": "2 3", "dashdot": "6 3 2 3"}
_OPEN = "-open"

Trace = Mapping[str, Any]
Pixels = list[tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Plot:
    """Where traces stand. x_word: what the x axis counts, for the hints; hints: how many of them a line gets."""

    x: Scale
    y: Scale
    edge: Scale
    x_word: str
    hints: int = MOST_HINTS


def draw_trace(trace: Trace, plot: Plot, below: Sequence[float | None] | None) -> Markup:
    """Draw one trace of lines or points.

    Args:
        trace: As a figure has it.
        below: What the trace is filled down to, one value for each of its points; None for a plain line.
    """
    y_scale = plot.edge if trace.get("yaxis") == "y2" else plot.y
    values = [real(value) for value in trace.get("y") or ()]
    pixels = _pixels(trace.get("x") or (), values, plot.x, y_scale)
    mode, parts = str(trace.get("mode", "lines")), Markup()
    if below is not None:
        parts += _area(trace, pixels, _pixels(trace.get("x") or (), below, plot.x, y_scale))
    if "lines" in mode:
        parts += _line(trace, pixels)
    if "markers" in mode:
        parts += _markers(trace, pixels)
    if "text" in mode:
        parts += _texts(trace, pixels)
    return parts if trace.get("hoverinfo") == "skip" else parts + _hints(trace, pixels, values, plot)


def real(value: Any) -> float | None:
    """Read a value of a figure; None where there is nothing to draw."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _pixels(places: Sequence[Any], values: Sequence[float | None], x: Scale, y: Scale) -> Pixels:
    found: Pixels = []
    for place, value in zip(places, values, strict=False):
        at, height = x.at(float(place)), None if value is None else y.at(value)
        found.append(None if at is None or height is None else (at, height))
    return found


def _stretches(pixels: Pixels) -> list[list[tuple[float, float]]]:
    """Cut a line at its gaps: a value that is not finite is never drawn over."""
    parts: list[list[tuple[float, float]]] = [[]]
    for pixel in pixels:
        if pixel is None:
            parts.append([])
        else:
            parts[-1].append(pixel)
    return [part for part in parts if part]


def _path(points: Sequence[tuple[float, float]], shape: str, move: str = "M") -> str:
    steps, before = [], None
    for x, y in points:
        if before is not None and shape == "hv":
            steps.append(f"H{short(x)}")
            steps.append(f"V{short(y)}")
        else:
            steps.append(f"{move if before is None else 'L'}{short(x)} {short(y)}")
        before = (x, y)
    return "".join(steps)


def _line(trace: Trace, pixels: Pixels) -> Markup:
    line = trace.get("line") or {}
    width = float(line.get("width", 1.6))
    path = "".join(_path(part, line.get("shape", "linear")) for part in _stretches(pixels) if len(part) > 1)
    if not path or not width:
        return Markup()
    dash = DASHES.get(str(line.get("dash")))
    look = {"stroke_width": width, "stroke_dasharray": dash, "fill": "none", "stroke_linejoin": "round"}
    return element("path", d=path, **look, **paint(line.get("color"), "stroke"))


def _area(trace: Trace, upper: Pixels, lower: Pixels) -> Markup:
    both: list[tuple[tuple[float, float], tuple[float, float]]] = []
    parts = Markup()
    for top, bottom in [*zip(upper, lower, strict=False), (None, None)]:
        if top is not None and bottom is not None:
            both.append((top, bottom))
            continue
        if len(both) > 1:
            edge = _path([pair[0] for pair in both], "linear")
            back = _path([pair[1] for pair in reversed(both)], "linear", move="L")
            parts += element("path", d=f"{edge}{back}Z", **paint(trace.get("fillcolor"), "fill"))
        both = []
    return parts


def _markers(trace: Trace, pixels: Pixels) -> Markup:
    look, texts = trace.get("marker") or {}, trace.get("text")
    parts = Markup()
    for place, pixel in enumerate(pixels):
        if pixel is None:
            continue
        symbol, size, colour = (_at(look.get(key), place) for key in ("symbol", "size", "color"))
        shape = marker(str(symbol or "circle"), pixel, float(size or 6), colour, look.get("line") or {})
        said = texts[place] if isinstance(texts, list) and place < len(texts) else None
        parts += element("g", shape + element("title", " ".join(words(said)))) if said is not None else shape
    return parts


def marker(symbol: str, at: tuple[float, float], size: float, colour: object, line: Mapping[str, Any]) -> Markup:
    """Draw one point: a shape that can be told without its colour."""
    (x, y), half = at, size / 2
    is_open = symbol.endswith(_OPEN)
    edge = paint(colour, "stroke") if is_open else paint(line.get("color"), "stroke")
    inside = {"fill": "none"} if is_open else paint(colour, "fill")
    look = {**inside, **edge, "stroke_width": 1.4 if is_open else line.get("width", 0)}
    corners = _CORNERS.get(symbol.removesuffix(_OPEN))
    if symbol.startswith("x"):
        arm = short(size)
        path = f"M{short(x - half)} {short(y - half)}l{arm} {arm}m0 -{arm}l-{arm} {arm}"
        return element("path", d=path, fill="none", stroke_width=2, **paint(colour, "stroke"))
    if corners is None:
        return element("circle", cx=x, cy=y, r=half, **look)
    points = " ".join(f"{short(x + half * dx)},{short(y + half * dy)}" for dx, dy in corners)
    return element("polygon", points=points, **look)


def _texts(trace: Trace, pixels: Pixels) -> Markup:
    font = trace.get("textfont") or {}
    parts = Markup()
    for said, pixel in zip(trace.get("text") or (), pixels, strict=False):
        if pixel is not None:
            place = {"x": pixel[0], "y": pixel[1] + 14, "text_anchor": "middle", "class_": "svg-words"}
            parts += element("text", " ".join(words(said)), **place, **paint(font.get("color"), "fill"))
    return parts


def _hints(trace: Trace, pixels: Pixels, values: Sequence[float | None], plot: Plot) -> Markup:
    """Lay invisible points over a line that say, when pointed at, what is there."""
    if "lines" not in str(trace.get("mode", "lines")) or not float((trace.get("line") or {}).get("width", 1)):
        return Markup()
    name, parts = " ".join(words(trace.get("name", ""))), Markup()
    every = math.ceil(len(pixels) / plot.hints) or 1
    for place in range(0, len(pixels), every):
        pixel, value = pixels[place], values[place]
        if pixel is not None and value is not None:
            said = f"{plot.x_word} {number(float(trace['x'][place]))}: {name} {number(value)}"
            parts += element("circle", element("title", said), cx=pixel[0], cy=pixel[1], r=6, class_="svg-hint")
    return parts


def _at(value: Any, place: int) -> Any:
    return value[place] if isinstance(value, list) else value


def _ring(count: int, radius: float, turn: float) -> list[tuple[float, float]]:
    angles = [turn + 2 * math.pi * step / count for step in range(count)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]


def _star() -> list[tuple[float, float]]:
    outer, inner = _ring(5, 1.2, -math.pi / 2), _ring(5, 0.5, -math.pi / 2 + math.pi / 5)
    return [point for pair in zip(outer, inner, strict=True) for point in pair]


_CORNERS = {
    "diamond": [(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)],
    "octagon": _ring(8, 1.08, math.pi / 8),
    "square": [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)],
    "star": _star(),
    "triangle-down": [(-1.1, -0.9), (1.1, -0.9), (0.0, 1.1)],
    "triangle-up": [(0.0, -1.1), (1.1, 0.9), (-1.1, 0.9)],
}
