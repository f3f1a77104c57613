"""A band over the epochs: the middle of something as a line, its lower and upper tenth as the edges of a wash."""

from dataclasses import dataclass
from typing import Any

from epochwatch_server.charts.axes import MOST_TICKS, titled_axis, whole_epochs
from epochwatch_server.charts.figure import Layout, Trace
from epochwatch_server.charts.lines import quiet_layout
from epochwatch_server.charts.palette import faded
from epochwatch_server.charts.sample_spread import Spread
from epochwatch_server.charts.strokes import READABLE, SPREAD_OPACITY
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Run


@dataclass(frozen=True, slots=True)
class Band:
    """How a band is drawn: `name` before what each line is, its colour, and the dash of its middle."""

    name: str
    colour: str
    dash: str = "solid"
    tells_high: bool = True  # whether the upper tenth is a line of its own


def band_traces(epochs: list[int], spread: Spread, band: Band, meta: dict[str, str]) -> list[Trace]:
    """Draw from back to front: lower edge, upper edge with the wash down to it, middle."""
    few = len(epochs) <= 30
    shared: dict[str, Any] = {"type": "scatter", "x": epochs, "connectgaps": False, "meta": meta}
    unseen = {"color": band.colour, "width": 0}
    low = shared | {
        "name": f"{band.name}p10",
        "y": spread.low,
        "mode": "lines",
        "line": unseen,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    high = shared | {
        "name": f"{band.name}p90",
        "y": spread.high,
        "mode": "lines+markers" if few and band.tells_high else "lines",
        "line": {"color": band.colour, "width": 1.2, "dash": "dash"} if band.tells_high else unseen,
        "marker": {"color": band.colour, "size": 4, "symbol": "triangle-up"},
        "fill": "tonexty",
        "fillcolor": faded(band.colour, SPREAD_OPACITY),
        "hovertemplate": READABLE,
        "showlegend": band.tells_high,
    }
    middle = shared | {
        "name": f"{band.name}median",
        "y": spread.median,
        "mode": "lines+markers" if few else "lines",
        "line": {"color": band.colour, "width": 2, "dash": band.dash},
        "marker": {"color": band.colour, "size": 4},
        "hovertemplate": READABLE,
    }
    return [low, high, middle]


def band_layout(run: Run, view: View, epochs: list[int], title: str) -> Layout:
    """Lay the epochs along the bottom, whatever the page has there: samples know nothing else."""
    layout = quiet_layout(view, "epoch")
    layout["xaxis"] = titled_axis("epoch") | {"separatethousands": True, "nticks": MOST_TICKS}
    is_zoomed = view.x == "epoch" and view.first is not None and view.last is not None
    if is_zoomed:
        layout["xaxis"]["range"] = [view.first, view.last]
    layout["xaxis"] |= whole_epochs(min(epochs, default=0), max(epochs, default=0), run, is_zoomed)
    layout["yaxis"] = titled_axis(title) | {"rangemode": "tozero", "hoverformat": ".4~g"}
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
    layout["margin"] = layout["margin"] | {"t": 28}
    return layout
