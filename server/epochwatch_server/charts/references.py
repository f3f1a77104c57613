"""Lines and washes that say how a value is to be read: thresholds, healthy ranges, bands and milestones."""

import math
from collections.abc import Mapping
from typing import Any

from epochwatch_server.charts.palette import MUTED, OK

Shape = dict[str, Any]

WASH_OPACITY = 0.07


def threshold(value: float, text: str, *, colour: str = MUTED, words: str = "bottom") -> Shape:
    """Draw a dashed line across the plot at a value, with a few words on it.

    words: which of their sides touches the line; "top" for the uppermost line, which may be the plot's edge.
    """
    return {
        "type": "line",
        "xref": "x domain",
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": value,
        "y1": value,
        "layer": "below",
        "line": {"color": colour, "width": 1, "dash": "dash"},
        "label": {"text": text, "textposition": "start", "yanchor": words, "font": {"size": 10, "color": colour}},
    }


def wash(low: float, high: float, text: str, *, colour: str = OK) -> Shape:
    """Tint the range from `low` to `high`, faintly, with a few words in its corner."""
    return {
        "type": "rect",
        "xref": "x domain",
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": low,
        "y1": high,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": colour,
        "opacity": WASH_OPACITY,
        "label": {"text": text, "textposition": "top left", "font": {"size": 10, "color": MUTED}},
    }


def finite_numbers(given: Mapping[str, Any]) -> dict[str, float]:
    """Keep what can be drawn of numbers that a script declared."""
    kept: dict[str, float] = {}
    for name, value in given.items():
        if isinstance(value, int | float) and math.isfinite(value):
            kept[str(name)] = float(value)
    return kept
