"""Every kind of chart, named one by one; a new chart is one file and one line here."""

from typing import Final

from epochwatch_server.charts import (
    accuracies,
    classes,
    clipping,
    components,
    confusion,
    done_flag,
    f1_classes,
    gradients,
    lr,
    metric,
    ratio,
    sample_error,
    scatter,
    shares,
)
from epochwatch_server.charts.chart import ChartKind, Entry
from epochwatch_server.charts.inventory import Inventory

# Within a section charts stand in this order.
KINDS: Final[tuple[ChartKind, ...]] = (
    components.CHART,
    shares.CHART,
    ratio.CHART,
    accuracies.CHART,
    lr.CHART,
    gradients.CHART,
    clipping.CHART,
    metric.CHART,
    f1_classes.CHART,
    classes.CHART,
    confusion.CHART,
    scatter.CHART,
    sample_error.CHART,
    done_flag.CHART,
)


def find_kind(name: str) -> ChartKind | None:
    """Return the kind of chart with this name."""
    return next((kind for kind in KINDS if kind.name == name), None)


def list_entries(inventory: Inventory) -> list[Entry]:
    """List every chart that a run has."""
    return [entry for kind in KINDS for entry in kind.entries(inventory)]
