"""A table of shares drawn as cells that are the fuller the larger their share: a confusion matrix."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from epochwatch_server.charts.wording import number
from epochwatch_server.reports.svg.element import element, words
from epochwatch_server.reports.svg.traces import Plot, real

_DARK = 0.55  # from this share on the ground is dark enough for the other ink
_LEAST_FOR_WORDS = 11.0  # pixels of height


def draw_cells(trace: Mapping[str, Any], plot: Plot) -> Markup:
    """Draw a heat map whose x and y are whole places; each cell says what it counts when pointed at."""
    top = float(trace.get("zmax") or 1.0)
    wide = abs((plot.x.of(1.0) or 0.0) - (plot.x.of(0.0) or 0.0))
    high = abs((plot.y.of(1.0) or 0.0) - (plot.y.of(0.0) or 0.0))
    parts = Markup()
    for row, values in enumerate(trace.get("z") or ()):
        for column, given in enumerate(values):
            share = (real(given) or 0.0) / top
            left, above = (plot.x.of(column) or 0.0) - wide / 2, (plot.y.of(row) or 0.0) - high / 2
            hint = element("title", _hint(trace, row, column, real(given)))
            box = {"x": left + 0.5, "y": above + 0.5, "width": max(0.5, wide - 1), "height": max(0.5, high - 1)}
            ground = element("rect", **box, fill="var(--surface)", stroke="var(--grid)", stroke_width="0.5")
            full = element("rect", hint, **box, fill="var(--run)", fill_opacity=f"{max(0.0, min(1.0, share)):.3f}")
            parts += ground + full
            if "texttemplate" in trace and high >= _LEAST_FOR_WORDS:
                ink = "var(--surface)" if share > _DARK else "var(--ink)"
                spot = {"x": left + wide / 2, "y": above + high / 2 + 4, "text_anchor": "middle", "class_": "svg-tick"}
                # A class goes over an attribute, so the ink is told in one of its own.
                parts += element("text", element("tspan", _at(trace, "text", row, column), fill=ink), **spot)
    return parts


def _hint(trace: Mapping[str, Any], row: int, column: int, share: float | None) -> str:
    told = f"{_at(trace, 'customdata', row, column)}: {_at(trace, 'text', row, column)}"
    return told if share is None else f"{told} ({number(share)} %)"


def _at(trace: Mapping[str, Any], name: str, row: int, column: int) -> str:
    rows = trace.get(name) or ()
    return " ".join(words(rows[row][column])) if row < len(rows) and column < len(rows[row]) else ""
