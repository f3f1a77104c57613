"""The terms of a loss on one chart, each with its extremes within an epoch."""

from collections.abc import Iterable

import numpy as np

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory, component_label
from epochwatch_server.charts.laying import Laid, lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.strokes import Stroke, palette_stroke
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import read_metric_name

LOG_FROM_FACTOR = 30  # terms further apart than this cannot be read on a linear axis


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose loss has several terms."""
    return split_entries(inventory, "components", "Loss components")


def split_entries(inventory: Inventory, kind: str, title: str) -> Iterable[Entry]:
    """List one chart of a kind for each split whose loss has several terms."""
    for split in inventory.splits():
        names = inventory.components(split)
        if len(names) > 1:
            metrics = tuple(name.name for name in names[:MAX_LINES])
            yield Entry("components", kind, split, f"{title} · {split}", metrics)


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the terms of the split's loss."""
    names = inventory.components(split)
    metrics = tuple(name.name for name in names[:MAX_LINES])
    return Needs(metrics, hidden=max(0, len(names) - MAX_LINES)) if metrics else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw every term in its own colour; on a log axis when they lie far apart."""
    laid = lay(data, view)
    is_log = view.scale == "log" or _lie_far_apart(laid)
    return draw_laid(data, view, laid, component_strokes(data), YAxis("loss", is_log), Extras())


def component_strokes(data: ChartData) -> list[Stroke]:
    """Give each term the colour of its place among all terms, the same on every chart of the run."""
    places = {label: place for place, label in enumerate(data.inventory.component_labels())}
    labels = {metric: component_label(read_metric_name(metric).stem) for metric in data.needs.metrics}
    return [palette_stroke(metric, label, places.get(label, 0)) for metric, label in labels.items()]


def _lie_far_apart(laid: Laid) -> bool:
    """Compare the terms' usual sizes: the median of |value|, terms that are 0 throughout left out."""
    sizes = [float(np.nanmedian(np.abs(track.y))) for track in laid.tracks.values() if np.isfinite(track.y).any()]
    positive = [size for size in sizes if size > 0]
    return len(positive) > 1 and max(positive) > LOG_FROM_FACTOR * min(positive)


CHART = ChartKind("components", entries, needs, figure)
