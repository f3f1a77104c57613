"""All accuracies of a split on one chart, the composite among them in front."""

from collections.abc import Iterable

from epochwatch_server.charts.axes import YAxis, extent
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.palette import INK
from epochwatch_server.charts.role_axis import score_room
from epochwatch_server.charts.strokes import Stroke, palette_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import MetricName, read_metric_name


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split that has several accuracies."""
    for split in inventory.splits():
        names = _accuracies(inventory, split)
        if len(names) > 1:
            metrics = tuple(name.name for name in names[-MAX_LINES:])
            yield Entry("accuracy", "accuracies", split, f"Accuracies · {split}", metrics)


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's accuracies, composites last so that they are drawn in front."""
    names = _accuracies(inventory, split)
    if not names:
        return None
    return Needs(tuple(name.name for name in names[-MAX_LINES:]), hidden=max(0, len(names) - MAX_LINES))


def figure(data: ChartData, view: View) -> Figure:
    """Draw each accuracy in its own colour, composites thick and in ink."""
    laid = lay(data, view)
    low, high = extent(laid.tracks.values())
    return draw_laid(data, view, laid, _strokes(data), YAxis("", view.scale == "log", score_room(low, high)), Extras())


def _accuracies(inventory: Inventory, split: str) -> list[MetricName]:
    wanted = ("train", None) if split == "train" else (split,)
    named = [name for name in inventory.names if name.split in wanted]
    plain = [name for name in named if name.role == "accuracy" and not inventory.is_composite(name)]
    return plain + [name for name in named if inventory.is_composite(name)]


def _strokes(data: ChartData) -> list[Stroke]:
    names = [read_metric_name(metric) for metric in data.needs.metrics]
    return [
        Stroke(name.name, name.stem, INK, width=2.2)
        if data.inventory.is_composite(name)
        else palette_stroke(name.name, name.stem, place)
        for place, name in enumerate(names)
    ]


CHART = ChartKind("accuracies", entries, needs, figure)
