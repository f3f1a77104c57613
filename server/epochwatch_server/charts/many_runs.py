"""Every run of a project at once: a scatter of any two quantities, and parallel coordinates of several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.charts.axes import titled_axis
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import INK, MUTED, SURFACE, series_colour
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import LABEL_CHARS, number, safe

Quantity = float | str | None  # a metric's best, a setting, or None: this run has none
MAX_DIMENSIONS = 12
MAX_CATEGORIES = 60
_LOG_FACTOR = 50.0  # settings that span more than this are laid on a log axis, as a learning rate wants


@dataclass(frozen=True, slots=True)
class RunQuantities:
    """A run and what is known of it, by the quantity's name; those in `metrics` were measured, the rest was set."""

    run_id: str
    label: str
    hue: int
    values: Mapping[str, Quantity]
    metrics: frozenset[str] = frozenset()


def scatter_figure(runs: Sequence[RunQuantities], x: str, y: str) -> Figure:
    """Draw a point a run that has both quantities."""
    known = [run for run in runs if _is_known(run.values.get(x)) and _is_known(run.values.get(y))]
    if not known:
        return empty_figure("no run has both", View())
    layout = quiet_layout(View(), "quantity")
    layout["hovermode"] = "closest"
    layout["xaxis"] = _axis(x, [run.values[x] for run in known])
    layout["yaxis"] = _axis(y, [run.values[y] for run in known])
    missing = len(runs) - len(known)
    if missing:
        text = f"{missing:,} of {len(runs):,} runs lack one of the two"
        place = {"x": 0, "y": 1, "xref": "x domain", "yref": "y domain", "xanchor": "left", "yanchor": "bottom"}
        layout["annotations"] = [{"text": text, "showarrow": False} | place]
        layout["margin"]["t"] = 24
    trace = {
        "type": "scatter",  # not scattergl: its shaders are compiled by `Function`, which the page's policy refuses
        "mode": "markers",
        "x": [run.values[x] for run in known],
        "y": [run.values[y] for run in known],
        "text": [safe(run.label) for run in known],
        "hovertemplate": f"<b>%{{text}}</b><br>{safe(x)} %{{x}}<br>{safe(y)} %{{y}}<extra></extra>",
        "marker": {
            "color": [series_colour(run.hue) for run in known],
            "size": 9,
            "line": {"width": 1, "color": SURFACE},
        },
        "customdata": [run.run_id for run in known],
    }
    return Figure([trace], layout)


def parallel_figure(runs: Sequence[RunQuantities], names: Sequence[str]) -> Figure:
    """Draw a line a run through one axis a quantity, coloured by the last of them; runs that lack one are left out."""
    names = list(dict.fromkeys(names))[:MAX_DIMENSIONS]
    known = [run for run in runs if all(_is_known(run.values.get(name)) for name in names)]
    if len(names) < 2 or len(known) < 2:
        return empty_figure("fewer than two runs have all of these", View())
    dimensions = [_dimension(name, [run.values[name] for run in known]) for name in names]
    colour = dimensions[-1]["values"]
    trace = {
        "type": "parcoords",
        "dimensions": dimensions,
        "line": {
            "color": colour,
            "colorscale": [[0, series_colour(0)], [1, series_colour(1)]],
            "cmin": min(colour),
            "cmax": max(colour),
        },
        "labelfont": {"color": INK, "size": 11},
        "tickfont": {"color": MUTED, "size": 10},
        "rangefont": {"color": MUTED, "size": 10},
        "customdata": [run.run_id for run in known],
        "meta": {"last": [run.values[names[-1]] for run in known]},  # as they are, to list the runs by
    }
    layout = quiet_layout(View(), "quantity")
    layout["margin"] = {"l": 64, "r": 64, "t": 40, "b": 16}
    layout["meta"] |= {"drawn": len(known), "runs": len(runs)}
    return Figure([trace], layout)


def _is_known(value: Quantity) -> bool:
    return value is not None and (isinstance(value, str) or math.isfinite(value))


def _axis(name: str, values: Sequence[Quantity]) -> dict[str, Any]:
    axis = titled_axis(safe(name))
    if any(isinstance(value, str) for value in values):
        return axis | {"type": "category"}
    return axis | ({"type": "log", "exponentformat": "power"} if _wants_log(values) else {"exponentformat": "e"})


def _dimension(name: str, values: Sequence[Quantity]) -> dict[str, Any]:
    label = safe(name, LABEL_CHARS)
    if any(isinstance(value, str) for value in values):
        words = sorted({str(value) for value in values})
        places = {word: place for place, word in enumerate(words)}
        shown = words[:: math.ceil(len(words) / MAX_CATEGORIES)]
        return {
            "label": label,
            "values": [places[str(value)] for value in values],
            "tickvals": [places[word] for word in shown],
            "ticktext": [safe(word, LABEL_CHARS) for word in shown],
        }
    found = [float(value) for value in values if value is not None]
    if not _wants_log(found):
        return {"label": label, "values": found}
    logs = [math.log10(value) for value in found]
    ticks = range(math.floor(min(logs)), math.ceil(max(logs)) + 1)
    return {"label": label, "values": logs, "tickvals": list(ticks), "ticktext": [number(10.0**tick) for tick in ticks]}


def _wants_log(values: Sequence[Quantity]) -> bool:
    found = [value for value in values if isinstance(value, int | float)]
    return bool(found) and min(found) > 0 and max(found) / min(found) > _LOG_FACTOR
