"""F1 of every class of a split: one class that stays at 0 hides in any mean."""

from collections.abc import Iterable

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.strokes import palette_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import MetricName, read_metric_name


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split with F1 by class."""
    for split in inventory.splits():
        found = needs(inventory, split)
        if found is not None:
            yield Entry("observed", "f1_classes", split, f"F1 per class · {split}", found.metrics)


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read every class; of too many those with the lowest F1 at last, which are the ones to look at."""
    names = _classes(inventory, split)
    if not names:
        return None
    lowest = set(sorted((name.name for name in names), key=lambda metric: inventory.series[metric].last)[:MAX_LINES])
    kept = tuple(name.name for name in names if name.name in lowest)
    return Needs(kept, hidden=len(names) - len(kept))


def figure(data: ChartData, view: View) -> Figure:
    """Draw one line for each class over all of 0 to 1."""
    places = {name.stem: place for place, name in enumerate(_all_classes(data.inventory))}
    strokes = []
    for metric in data.needs.metrics:
        stem = read_metric_name(metric).stem
        strokes.append(palette_stroke(metric, stem.partition("/")[2], places[stem]))
    axis = YAxis("F1", view.scale == "log", include=(0.0, 1.0))
    return draw_laid(data, view, lay(data, view), strokes, axis, Extras())


def _classes(inventory: Inventory, split: str) -> list[MetricName]:
    return [name for name in inventory.of_role("f1_class") if (name.split or "train") == split]


def _all_classes(inventory: Inventory) -> list[MetricName]:
    """Take each class once, whatever the split: its place is its colour."""
    return list({name.stem: name for name in inventory.of_role("f1_class")}.values())


CHART = ChartKind("f1_classes", entries, needs, figure)
