"""How often each class is true and how often it is predicted, at the latest epoch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from epochwatch_server.charts.axes import titled_axis
from epochwatch_server.charts.chart import MAX_LINES, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import MUTED, RUN
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import LABEL_CHARS, safe

MOST_CLASSES = 60  # bars thinner than that cannot be read


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose class counts have arrived."""
    for split in inventory.class_splits:
        yield Entry("observed", "classes", split, f"Class counts · {split}", scores_of(inventory, split))


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's latest class counts."""
    return Needs(classes_of=split) if split in inventory.class_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw truth and prediction side by side; of too many classes those with the most truth and prediction."""
    event = data.classes or {}
    truth, predicted = counts_of(event, "truth"), counts_of(event, "predicted")
    classes = min(len(truth), len(predicted))
    if not classes:
        return empty_figure("no class counts yet", view)
    kept = sorted(sorted(range(classes), key=lambda place: -(truth[place] + predicted[place]))[:MOST_CLASSES])
    names = class_labels(event, classes)
    layout = quiet_layout(view, "class") | {"barmode": "group", "bargap": 0.25, "bargroupgap": 0.05}
    epoch = f", epoch {data.classes_epoch}" if data.classes_epoch is not None else ""
    layout["xaxis"] = titled_axis(f"class{epoch}") | {
        "tickvals": kept,
        "ticktext": [names[place] for place in kept],
        "showgrid": False,
    }
    if len(kept) < classes:
        layout["xaxis"]["title"]["text"] += f", the {len(kept)} most frequent of {classes:,}"
    layout["yaxis"] = titled_axis("examples") | {"rangemode": "tozero", "separatethousands": True}
    layout["legend"] = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
    layout["showlegend"] = True
    layout["margin"] = layout["margin"] | {"t": 28}
    return Figure(
        [
            _bars("truth", [truth[place] for place in kept], kept, MUTED, data),
            _bars("predicted", [predicted[place] for place in kept], kept, RUN, data),
        ],
        layout,
    )


def scores_of(inventory: Inventory, split: str) -> tuple[str, ...]:
    """Name the scores that arrive together with class counts: they tell the page that there are new ones."""
    names = [*inventory.of_role("f1", split), *inventory.of_role("f1_class", split)]
    return tuple(name.name for name in names[:MAX_LINES])


def first_score(data: ChartData) -> str:
    """Name the score by whose arrival the page knows that this chart has changed."""
    return next(iter(scores_of(data.inventory, data.argument)), "")


def counts_of(classes: Mapping[str, Any], name: str) -> list[int]:
    """Read a list of counts from an event's data; what is no count is 0."""
    given = classes.get(name)
    return [value if isinstance(value, int) else 0 for value in given] if isinstance(given, Sequence) else []


def class_labels(classes: Mapping[str, Any], count: int) -> list[str]:
    """Name each class as the run did, or by its number; escaped for Plotly."""
    return [safe(label, LABEL_CHARS) for label in raw_labels(classes, count)]


def raw_labels(classes: Mapping[str, Any], count: int) -> list[str]:
    """Name each class as the run did, or by its number: not for Plotly to show."""
    labels = classes.get("labels")
    given = [str(label) for label in labels] if isinstance(labels, Sequence) else []
    return [given[place] if place < len(given) else str(place) for place in range(count)]


def _bars(name: str, counts: Sequence[int], places: Sequence[int], colour: str, data: ChartData) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": list(places),
        "y": list(counts),
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": "%{y:,}",
        "meta": meta_of(first_score(data), data.inventory.run.id, "derived", name),
    }


CHART = ChartKind("classes", entries, needs, figure, draws_classes=True)
