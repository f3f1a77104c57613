"""What share of the loss each term makes."""

import math

import pytest
from tests.server.charts.curves import by_epoch, by_step, draw, make_run, parts_of

from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared

TERMS = {"train/loss_a": by_epoch([1.0, 1.0, 3.0]), "train/loss_b": by_epoch([3.0, 1.0, 1.0])}


def test_shares_are_percent_of_the_sum_and_stand_on_one_another() -> None:
    a, b = draw("shares:train", TERMS).data
    assert (a["x"], a["y"]) == ([0, 1, 2], pytest.approx([25.0, 50.0, 75.0]))
    assert b["y"] == pytest.approx([75.0, 50.0, 25.0])
    assert a["stackgroup"] == b["stackgroup"]
    assert a["meta"]["field"] == "derived"


def test_declared_weights_count() -> None:
    run = make_run(declared=Declared(weights={"a": 3.0, "b": 1.0}))
    assert draw("shares:train", TERMS, run=run).data[0]["y"] == pytest.approx([50.0, 75.0, 90.0])


def test_weights_logged_by_epoch_count_at_their_epoch() -> None:
    curves = TERMS | {"weight/a": by_epoch([0.0, 1.0, 2.0])}
    assert draw("shares:train", curves).data[0]["y"] == pytest.approx([0.0, 50.0, 600 / 7])


def test_an_epoch_with_a_term_that_is_not_finite_is_a_gap_with_a_mark_that_names_it() -> None:
    curves = {
        "train/loss_a": by_epoch([1.0, 1.0, math.nan, 1.0, 1.0]),
        "train/loss_b": by_epoch([1.0, 1.0, 1.0, 1.0, math.inf]),
    }
    figure = draw("shares:train", curves)
    assert [(t["x"], t["stackgroup"]) for t in parts_of(figure, "share")] == [
        ([0, 1], "stretch 0"),
        ([0, 1], "stretch 0"),
        ([3], "stretch 1"),
        ([3], "stretch 1"),
    ]
    (marks,) = parts_of(figure, "non-finite")
    assert marks["text"] == ["a not finite at epoch 2, step 29", "b not finite at epoch 4, step 49"]


def test_a_term_that_begins_late_has_no_share_before() -> None:
    curves = {"train/loss_a": by_epoch([1.0, 1.0, 1.0]), "train/loss_b": by_step([1.0] * 10, first_step=20)}
    curves["train/loss_c"] = by_epoch([1.0, 1.0, 2.0])
    shares = {trace["name"]: trace["y"] for trace in draw("shares:train", curves).data}
    assert shares["a"] == pytest.approx([50.0, 50.0, 25.0])
    assert shares["b"] == pytest.approx([0.0, 0.0, 25.0])


def test_terms_near_the_largest_number_have_shares_too() -> None:
    curves = {"train/loss_a": by_epoch([9e299, 9e299]), "train/loss_b": by_epoch([9e299, 9e299])}
    assert draw("shares:train", curves).data[0]["y"] == [50.0, 50.0]


def test_terms_that_are_all_0_have_no_shares() -> None:
    figure = draw("shares:train", {"train/loss_a": by_epoch([0.0, 0.0]), "train/loss_b": by_epoch([0.0, 0.0])})
    assert parts_of(figure, "share") == []


def test_without_epochs_the_steps_that_all_terms_share_are_drawn() -> None:
    curves = {
        "train/loss_a": by_step([1.0] * 8, epochs=False),
        "train/loss_b": by_step([3.0] * 4, epochs=False, first_step=2),
    }
    figure = draw("shares:train", curves)
    assert figure.data[0]["x"] == [2, 3, 4, 5]
    assert figure.data[0]["y"] == pytest.approx([25.0] * 4)
    assert figure.layout["meta"]["x"] == "step"


def test_along_time_an_epoch_stands_where_it_ended() -> None:
    assert draw("shares:train", TERMS, View("time")).data[0]["x"] == [9.0, 19.0, 29.0]


def test_no_epoch_yet_is_an_empty_chart() -> None:
    figure = draw("shares:train", {"train/loss_a": by_step([]), "train/loss_b": by_step([])})
    assert figure.layout["annotations"][0]["text"] == "no epoch with all terms yet"
