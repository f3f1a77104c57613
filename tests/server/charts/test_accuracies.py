"""All accuracies of a split on one chart."""

from tests.server.charts.curves import by_epoch, draw, inventory_of, line_of, make_run

from epochwatch_server.charts.accuracies import entries
from epochwatch_server.domain.run import Declared

# Seed post-mortem: the composite is the product of three accuracies.
CURVES = {
    "val/command_acc": by_epoch([0.5, 1.0]),
    "val/param_type_acc": by_epoch([0.4, 0.93]),
    "val/composite_acc": by_epoch([0.2, 0.93]),
    "val/f1_macro": by_epoch([0.1, 0.2]),
    "train/command_acc": by_epoch([0.5, 1.0]),
}
RUN = make_run(declared=Declared(composite={"composite_acc": ["command_acc", "param_type_acc"]}))


def test_the_composite_lies_in_front_of_the_accuracies_it_is_made_of() -> None:
    figure = draw("accuracies:val", CURVES, run=RUN)
    assert [trace["name"] for trace in figure.data] == ["command_acc", "param_type_acc", "composite_acc"]
    assert line_of(figure, "val/composite_acc")["line"]["color"] == "token:ink"


def test_only_a_split_with_several_accuracies_has_the_chart() -> None:
    assert [entry.id for entry in entries(inventory_of(CURVES, RUN))] == ["accuracies:val"]


def test_the_whole_range_of_a_score_is_seen() -> None:
    assert draw("accuracies:val", CURVES, run=RUN).layout["yaxis"]["autorangeoptions"] == {"include": [0.0, 1.0]}
