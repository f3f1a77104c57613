"""F1 of every class."""

import math

from tests.server.charts.curves import by_epoch, draw, inventory_of, line_of, notes_of

from epochwatch_server.charts.f1_classes import entries

CURVES = {"val/f1/normal": by_epoch([0.5, 0.9]), "val/f1/mild": by_epoch([0.0, 0.0])}


def test_a_class_that_stays_at_0_is_a_line_at_the_bottom() -> None:
    figure = draw("f1_classes:val", CURVES)
    assert line_of(figure, "val/f1/mild")["y"] == [0.0, 0.0]
    assert figure.layout["yaxis"]["autorangeoptions"]["include"] == [0.0, 1.0]


def test_a_class_may_be_named_like_anything_else() -> None:
    curves = {
        "val/f1/lr": by_epoch([0.1, 0.2]),
        "val/f1/loss": by_epoch([0.1, 0.2]),
        "val/f1/a/b": by_epoch([0.1, 0.2]),
    }
    assert [trace["name"] for trace in draw("f1_classes:val", curves).data] == ["a/b", "loss", "lr"]


def test_of_very_many_classes_the_worst_are_drawn_and_the_rest_counted() -> None:
    curves = {f"val/f1/{k:03}": by_epoch([0.0, k / 100]) for k in range(100)}
    figure = draw("f1_classes:val", curves)
    assert [trace["name"] for trace in figure.data] == [f"{k:03}" for k in range(24)]
    assert notes_of(figure) == "76 more lines are not drawn"


def test_a_class_that_was_never_seen_has_a_gap() -> None:
    figure = draw("f1_classes:val", CURVES | {"val/f1/rare": by_epoch([math.nan, 0.2])})
    assert line_of(figure, "val/f1/rare")["y"] == [None, 0.2]


def test_each_split_has_its_own_chart() -> None:
    listed = [entry.id for entry in entries(inventory_of(CURVES | {"train/f1/mild": by_epoch([0.1])}))]
    assert listed == ["f1_classes:train", "f1_classes:val"]
