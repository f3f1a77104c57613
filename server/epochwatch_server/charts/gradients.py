"""Gradient norms, the total and each module's, before the faint band in which they usually lie."""

from collections.abc import Iterable

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.palette import INK, OK
from epochwatch_server.charts.references import wash
from epochwatch_server.charts.strokes import Stroke, palette_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import MetricName, read_metric_name

HEALTHY = (1.0, 1000.0)  # seed post-mortem: 1000 and more explodes, below 1 hardly learns


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List the one chart of gradient norms."""
    found = needs(inventory, "")
    if found is not None:
        yield Entry("gradients", "gradients", "", "Gradient norms", found.metrics)


def needs(inventory: Inventory, argument: str) -> Needs | None:
    """Read the total and the modules with the largest norms ever; the total comes last, to be drawn in front."""
    names = inventory.of_role("grad_norm")
    if not names or argument:
        return None
    totals = [name for name in names if _module(name) is None]
    modules = [name for name in names if _module(name) is not None]
    room = MAX_LINES - len(totals[:MAX_LINES])
    largest = set(sorted((name.name for name in modules), key=lambda metric: -_largest(inventory, metric))[:room])
    kept = [name.name for name in modules if name.name in largest] + [name.name for name in totals[:MAX_LINES]]
    return Needs(tuple(kept), hidden=len(names) - len(kept))


def figure(data: ChartData, view: View) -> Figure:
    """Draw every norm on a log axis: a spike of 5e6 and a norm of 1e-3 are both to be read."""
    shapes = (wash(*HEALTHY, "usually 1 to 1000", colour=OK),)
    axis = YAxis("gradient norm (L2)", is_log=True)
    return draw_laid(data, view, lay(data, view), _strokes(data), axis, Extras(shapes=shapes))


def _strokes(data: ChartData) -> list[Stroke]:
    strokes = []
    for place, metric in enumerate(data.needs.metrics):
        module = _module(read_metric_name(metric))
        if module is None:
            label = "total" if read_metric_name(metric).stem == "grad_norm" else metric
            strokes.append(Stroke(metric, label, INK, width=1.6))
        else:
            strokes.append(palette_stroke(metric, module, place, width=1.2))
    return strokes


def _module(name: MetricName) -> str | None:
    """Read the module from `grad_norm/encoder` or Lightning's `grad_2.0_norm/encoder.weight`; None for the total."""
    _, found, module = name.stem.partition("norm/")
    return module if found and module else None


def _largest(inventory: Inventory, metric: str) -> float:
    return inventory.series[metric].max or 0.0


CHART = ChartKind("gradients", entries, needs, figure)
