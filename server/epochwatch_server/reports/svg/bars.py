"""Upright bars of a figure: of several traces side by side at each place."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from epochwatch_server.charts.wording import number
from epochwatch_server.reports.svg.element import element, paint, words
from epochwatch_server.reports.svg.traces import Plot, real

SHARE = 0.75  # of the room of one place that its bars take


def draw_bars(traces: Sequence[Mapping[str, Any]], plot: Plot) -> Markup:
    """Draw bars at whole places of the x axis, those of each trace beside those of the one before."""
    room = abs((plot.x.of(1.0) or 0.0) - (plot.x.of(0.0) or 0.0)) * SHARE
    width = room / max(1, len(traces))
    parts = Markup()
    for turn, trace in enumerate(traces):
        parts += _bars(trace, plot, turn * width - room / 2, width)
    return parts


def bar_places(trace: Mapping[str, Any]) -> list[float]:
    """Return where the bars of a trace stand: as given, or one after the other where names are given."""
    given = list(trace.get("x") or ())
    if all(isinstance(place, int | float) for place in given):
        return [float(place) for place in given]
    return [float(place) for place in range(len(given))]


def _bars(trace: Mapping[str, Any], plot: Plot, offset: float, width: float) -> Markup:
    colours = (trace.get("marker") or {}).get("color")
    ground = plot.y.start if plot.y.is_log else plot.y.at(0.0)
    name, parts = " ".join(words(trace.get("name", ""))), Markup()
    for turn, (place, given) in enumerate(zip(bar_places(trace), trace.get("y") or (), strict=False)):
        value, middle = real(given), plot.x.of(place)
        top = None if value is None else plot.y.at(value)
        if value is None or top is None or middle is None or ground is None:
            continue
        colour = colours[turn] if isinstance(colours, list) else colours
        hint = element("title", f"{(trace.get('x') or ())[turn]}: {name} {number(value)}")
        box = {"x": middle + offset, "y": min(top, ground), "width": width, "height": abs(ground - top)}
        parts += element("rect", hint, **box, **paint(colour, "fill"))
    return parts
