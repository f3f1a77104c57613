"""The share of steps whose gradient was clipped."""

from collections.abc import Iterable

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.palette import RUN
from epochwatch_server.charts.strokes import Stroke, palette_stroke
from epochwatch_server.charts.view import View


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List the one chart of clipping."""
    found = needs(inventory, "")
    if found is not None:
        yield Entry("gradients", "clipping", "", "Share of steps clipped", found.metrics)


def needs(inventory: Inventory, argument: str) -> Needs | None:
    """Read every share of clipped steps."""
    names = inventory.of_role("clip_fraction")
    if not names or argument:
        return None
    return Needs(tuple(name.name for name in names[:MAX_LINES]), hidden=max(0, len(names) - MAX_LINES))


def figure(data: ChartData, view: View) -> Figure:
    """Draw the share from none to all."""
    axis = YAxis("share of steps clipped (%)", include=(0.0, 1.0), tick_format=".0%")
    return draw_laid(data, view, lay(data, view), _strokes(data), axis, Extras())


def _strokes(data: ChartData) -> list[Stroke]:
    metrics = data.needs.metrics
    if len(metrics) == 1:
        return [Stroke(metrics[0], "clipped", RUN, width=1.6, is_labelled=False)]
    return [palette_stroke(metric, metric, place) for place, metric in enumerate(metrics)]


CHART = ChartKind("clipping", entries, needs, figure)
