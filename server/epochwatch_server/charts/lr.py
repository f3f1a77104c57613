"""The learning rate of every parameter group, as the steps it is."""

from collections.abc import Iterable
from dataclasses import replace

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.palette import RUN
from epochwatch_server.charts.strokes import Stroke, palette_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import read_metric_name


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List the one chart of learning rates."""
    found = needs(inventory, "")
    if found is not None:
        yield Entry("lr", "lr", "", "Learning rate", found.metrics)


def needs(inventory: Inventory, argument: str) -> Needs | None:
    """Read the rate of every group."""
    names = inventory.of_role("lr")
    if not names or argument:
        return None
    return Needs(tuple(name.name for name in names[:MAX_LINES]), hidden=max(0, len(names) - MAX_LINES))


def figure(data: ChartData, view: View) -> Figure:
    """Draw each rate as a staircase: it holds until it changes. Never smoothed, for it was set, not measured."""
    view = replace(view, smooth=0.0)
    include = () if view.scale == "log" else (0.0,)
    axis = YAxis("learning rate", view.scale == "log", include)
    return draw_laid(data, view, lay(data, view), _strokes(data), axis, Extras())


def _strokes(data: ChartData) -> list[Stroke]:
    metrics = data.needs.metrics
    if len(metrics) == 1:
        return [Stroke(metrics[0], "learning rate", RUN, width=2.0, shape="hv", is_labelled=False)]
    return [replace(palette_stroke(metric, _group(metric), place), shape="hv") for place, metric in enumerate(metrics)]


def _group(metric: str) -> str:
    stem = read_metric_name(metric).stem
    return stem.removeprefix("lr/") or stem


CHART = ChartKind("lr", entries, needs, figure)
