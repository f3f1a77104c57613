"""What stands behind and beside the lines of a figure: washes, thresholds, names at the lines' ends, notes."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from epochwatch_server.reports.svg.element import element, paint, words
from epochwatch_server.reports.svg.scale import Scale

LINE_PIXELS = 13
_DASHES = {"dash": "5 4", "dot": "2 3"}


def draw_shape(shape: Mapping[str, Any], x: Scale, y: Scale) -> Markup:
    """Draw a rectangle or a line, with the words it carries."""
    left, right = (_place(shape.get(f"x{end}"), shape.get("xref"), x) for end in "01")
    bottom, top = (_place(shape.get(f"y{end}"), shape.get("yref"), y) for end in "01")
    if left is None or right is None or bottom is None or top is None:
        return Markup()
    left, right = (_clipped(pixel, x) for pixel in (left, right))
    is_seen = shape.get("type") == "rect" or not _is_beyond(bottom, y)
    bottom, top = (_clipped(pixel, y) for pixel in (bottom, top))
    if not is_seen:
        return Markup()
    line, opacity = shape.get("line") or {}, shape.get("opacity")
    if shape.get("type") == "rect":
        box = {"x": min(left, right), "y": min(bottom, top), "width": abs(right - left), "height": abs(bottom - top)}
        drawn = element("rect", **box, opacity=_exact(opacity), **paint(shape.get("fillcolor"), "fill"))
    else:
        ends = {"x1": left, "y1": bottom, "x2": right, "y2": top}
        look = {"stroke_width": line.get("width", 1), "stroke_dasharray": _DASHES.get(str(line.get("dash")))}
        drawn = element("line", **ends, **look, opacity=_exact(opacity), **paint(line.get("color"), "stroke"))
    return drawn + _label(shape.get("label") or {}, min(left, right), min(bottom, top))


def draw_note(note: Mapping[str, Any], x: Scale, y: Scale, value: str = "") -> Markup:
    """Write an annotation: a line's name at its end, with its last value, or a remark in a corner."""
    left = _place(note.get("x"), note.get("xref"), x)
    # On a log axis an annotation is placed by its logarithm, unlike data and shapes.
    height = y.of(float(note.get("y", 0))) if note.get("yref") == "y" else _place(note.get("y"), note.get("yref"), y)
    if left is None or height is None:
        return Markup()
    anchor = {"left": "start", "right": "end"}.get(str(note.get("xanchor")), "middle")
    drop = 10 if note.get("yanchor") == "top" else 4
    font, parts = note.get("font") or {}, Markup()
    for number, line in enumerate(words(note.get("text", ""))):
        spot = {
            "x": left + float(note.get("xshift", 0)),
            "y": _clipped(height, y) - float(note.get("yshift", 0)) + drop + number * LINE_PIXELS,
        }
        said = Markup("{} {}").format(line, element("tspan", value, class_="svg-value")) if value else line
        parts += element("text", said, **spot, text_anchor=anchor, class_="svg-words", **_ink(font.get("color")))
    return parts


def _label(label: Mapping[str, Any], left: float, top: float) -> Markup:
    text = " ".join(words(label.get("text", "")))
    if not text:
        return Markup()
    font = label.get("font") or {}
    is_below = label.get("yanchor") == "top" or str(label.get("textposition", "")).startswith("top")
    drop = 11 if is_below else -3
    return element("text", text, x=left + 4, y=top + drop, class_="svg-words svg-small", **_ink(font.get("color")))


def _place(value: Any, ref: Any, scale: Scale) -> float | None:
    if not isinstance(value, int | float):
        return None
    return scale.share(float(value)) if ref == "paper" or str(ref).endswith("domain") else scale.at(float(value))


def _clipped(pixel: float, scale: Scale) -> float:
    low, high = sorted((scale.start, scale.end))
    return max(low, min(high, pixel))


def _is_beyond(pixel: float, scale: Scale) -> bool:
    return _clipped(pixel, scale) != pixel


def _exact(opacity: object) -> str | None:
    return None if opacity is None else f"{opacity}"  # a tenth is too coarse for a wash


def _ink(colour: object) -> dict[str, str]:
    return paint(colour or "token:muted", "fill")
