"""What an alert speaks of: its metrics, with the stretch in which it held marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.charts.axes import YAxis, extent
from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.palette import CRITICAL, INFO, WARNING
from epochwatch_server.charts.role_axis import axis_of
from epochwatch_server.charts.strokes import Stroke, palette_stroke, split_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import read_metric_name

MOST_METRICS = 6  # a small chart; more lines than this are no evidence for a reader
LOG_FROM_FACTOR = 30  # values further apart than this cannot be read on a linear axis
STRETCH_OPACITY = 0.13
_SCALES = (  # roles that can stand on one axis; what an alert says of another is in its numbers
    frozenset({"loss", "component"}),
    frozenset({"accuracy", "f1", "f1_class", "r2", "variance_ratio", "clip_fraction"}),
    frozenset({"grad_norm"}),
    frozenset({"lr"}),
)
_COLOURS: Mapping[str, str] = {"critical": CRITICAL, "warning": WARNING, "info": INFO}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The epochs in which an alert held, or the steps of a run that knows no epochs.

    until: None while it still does. severity: critical, warning or info. unit: epoch or step.
    """

    severity: str
    since: int | None
    until: int | None = None
    unit: str = "epoch"


def evidence_figure(data: ChartData, stretch: Stretch) -> Figure:
    """Draw an alert's metrics by epoch, small, with its stretch washed in the severity's colour."""
    view = View()
    laid = lay(data, view)
    low, high = extent(laid.tracks.values())
    figure = draw_laid(data, view, laid, _strokes(data), _axis(data, low, high), Extras())
    if laid.tracks and laid.x == stretch.unit and stretch.since is not None:
        last = max(float(track.x[-1]) for track in laid.tracks.values())
        figure.layout["shapes"] = [_wash(stretch, last), *figure.layout["shapes"]]
    figure.layout["margin"] |= {"l": 36, "b": 22, "t": figure.layout["margin"]["t"] + 2}
    figure.layout["xaxis"]["nticks"] = 5
    figure.layout["yaxis"]["nticks"] = 4
    figure.layout["xaxis"].pop("title", None)
    figure.layout["yaxis"].pop("title", None)
    return figure


def drawable_metrics(metrics: Sequence[str]) -> tuple[str, ...]:
    """Choose what can be drawn together: the first metric and those that share its scale, at most `MOST_METRICS`."""
    if not metrics:
        return ()
    role = read_metric_name(metrics[0]).role
    scale = next((scale for scale in _SCALES if role in scale), frozenset({role}))
    return tuple(metric for metric in metrics if read_metric_name(metric).role in scale)[:MOST_METRICS]


def _strokes(data: ChartData) -> list[Stroke]:
    """Draw the splits of one metric in the run's hue, several metrics each in its own."""
    names = [read_metric_name(metric) for metric in data.needs.metrics]
    splits = [name.split for name in names]
    if len({name.stem for name in names}) == 1 and len(set(splits)) == len(splits):
        return [split_stroke(name.name, name.split, name.split or name.stem) for name in names]
    return [palette_stroke(name.name, name.name, place) for place, name in enumerate(names)]


def _axis(data: ChartData, low: float | None, high: float | None) -> YAxis:
    name = read_metric_name(data.needs.metrics[0]) if data.needs.metrics else None
    is_wide = low is not None and high is not None and low > 0 and high > LOG_FROM_FACTOR * low
    if name is None:
        return YAxis("", is_wide)
    return axis_of(name, low, high, is_log=is_wide)


def _wash(stretch: Stretch, last: float) -> dict[str, Any]:
    """Tint from the epoch at which it began, half an epoch early so that one epoch alone is seen, to its end."""
    since = float(stretch.since or 0)
    until = float(stretch.until) if stretch.until is not None else max(last, since)
    return {
        "type": "rect",
        "xref": "x",
        "x0": since - 0.5,
        "x1": max(until, since) + 0.5,
        "yref": "y domain",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": _COLOURS.get(stretch.severity, INFO),
        "opacity": STRETCH_OPACITY,
        "name": "stretch",
    }
