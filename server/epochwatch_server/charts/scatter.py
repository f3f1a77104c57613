"""Prediction against target at one epoch, with the line on which they are equal: a flat cloud is a collapse."""

from collections.abc import Iterable

from epochwatch_server.charts.axes import titled_axis
from epochwatch_server.charts.chart import ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import MUTED, RUN, faded
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import number


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose pairs have arrived."""
    for split in inventory.scatter_splits:
        yield Entry("observed", "scatter", split, f"Prediction against target · {split}", _score(inventory, split))


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's pairs."""
    return Needs(scatter_of=split) if split in inventory.scatter_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw a dot for each pair over the identity line; both axes have one range, so that the line is the diagonal."""
    pairs = data.scatter
    if pairs is None or not pairs.target:
        return empty_figure("no pairs yet", view)
    metric = next(iter(_score(data.inventory, data.argument)), "")
    run_id = data.inventory.run.id
    low, high = min(*pairs.target, *pairs.prediction), max(*pairs.target, *pairs.prediction)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    ends = [low - margin, high + margin]
    identity = {
        "type": "scatter",
        "mode": "lines",
        "name": "prediction = target",
        "x": ends,
        "y": ends,
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
        "meta": meta_of(metric, run_id, "kept", "identity"),
    }
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "pairs",
        "x": pairs.target,
        "y": pairs.prediction,
        "text": [
            f"target {number(t)}, predicted {number(p)}" for t, p in zip(pairs.target, pairs.prediction, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": faded(RUN, 0.55), "size": 5, "line": {"width": 0}},
        "meta": meta_of(metric, run_id, "derived", "pairs"),
    }
    layout = quiet_layout(view, "target") | {"hovermode": "closest"}
    shown = f", {len(pairs.target):,} of {pairs.n:,}" if pairs.n > len(pairs.target) else ""
    layout["xaxis"] = titled_axis(f"target, epoch {pairs.epoch}{shown}") | {"range": ends, "autorange": False}
    layout["yaxis"] = titled_axis("prediction") | {"range": ends, "autorange": False}
    return Figure([identity, dots], layout)


def _score(inventory: Inventory, split: str) -> tuple[str, ...]:
    """Name the score that arrives together with the pairs, and says in a number what they show."""
    return tuple(name.name for role in ("r2", "pred_std") for name in inventory.of_role(role, split))[:1]


CHART = ChartKind("scatter", entries, needs, figure, draws_samples=True)
