"""Which class is taken for which, at one epoch: rows are the truth and sum to 100 %."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.charts.axes import titled_axis
from epochwatch_server.charts.chart import ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.classes import class_labels, first_score, raw_labels, scores_of
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import RUN, SURFACE
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.view import View

MOST_COUNTS = 12  # classes up to which a cell has room for its number


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose confusion has arrived."""
    for split in inventory.confusion_splits:
        yield Entry("observed", "confusion", split, f"Confusion · {split}", scores_of(inventory, split))


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's latest class counts, which hold the confusion."""
    return Needs(classes_of=split) if split in inventory.confusion_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw the matrix, the first class on top; counts in the cells while there is room."""
    counts = _matrix(data.classes)
    if counts is None or data.classes is None:
        return empty_figure("no confusion yet", view)
    sums = counts.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, 100 * counts / np.maximum(sums, 1), np.nan)
    names = class_labels(data.classes, len(counts))
    places = list(range(len(counts)))
    trace = {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": [[None if np.isnan(share) else share for share in row] for row in shares.tolist()],
        "text": [[f"{count:,}" for count in row] for row in counts.tolist()],
        "customdata": [[f"{true} taken for {taken}" for taken in names] for true in names],
        "hovertemplate": "%{customdata}: %{text} (%{z:.3~g} %)<extra></extra>",
        "zmin": 0,
        "zmax": 100,
        "colorscale": [[0, SURFACE], [1, RUN]],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "meta": meta_of(first_score(data), data.inventory.run.id, "derived", "confusion") | _cells(data, len(counts)),
    }
    if len(counts) <= MOST_COUNTS:
        trace["texttemplate"] = "%{text}"
    layout = quiet_layout(view, "class") | {"hovermode": "closest"}
    epoch = f", epoch {data.classes_epoch}" if data.classes_epoch is not None else ""
    ticks = {
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
        "constrain": "domain",
        "ticklabeloverflow": "allow",
    }
    layout["xaxis"] = titled_axis(f"predicted{epoch}") | ticks
    layout["yaxis"] = titled_axis("true") | ticks | {"autorange": "reversed"}
    return Figure([trace], layout)


def _cells(data: ChartData, classes: int) -> dict[str, Any]:
    """Tell the page what a cell stands for, in the run's own words, so that it can show the samples of one."""
    return {"split": data.argument, "labels": raw_labels(data.classes or {}, classes)}


def _matrix(classes: Mapping[str, Any] | None) -> NDArray[np.int64] | None:
    """Read the counts (true, predicted); None unless they form a square of counts."""
    given = classes.get("confusion") if classes is not None else None
    if not isinstance(given, list) or not given or any(len(row) != len(given) for row in given):
        return None
    return np.array(given, dtype=np.int64)


CHART = ChartKind("confusion", entries, needs, figure, draws_classes=True)
