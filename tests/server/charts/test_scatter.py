"""Prediction against target."""

import pytest
from tests.server.charts.curves import by_epoch, draw

from epochwatch_server.domain.sample import Scatter

SCORES = {"val/r2": by_epoch([0.1, 0.5])}


def test_every_pair_is_a_dot_over_the_identity_line() -> None:
    pairs = Scatter("val", 7, [0.0, 2.0], [0.5, 1.0], 300)
    identity, dots = (figure := draw("scatter:val", SCORES, pairs=pairs)).data
    assert (dots["x"], dots["y"]) == ([0.0, 2.0], [0.5, 1.0])
    assert dots["text"][1] == "target 2, predicted 1"
    assert identity["x"] == identity["y"]
    assert figure.layout["xaxis"]["range"] == figure.layout["yaxis"]["range"] == identity["x"] == [-0.1, 2.1]
    assert figure.layout["xaxis"]["title"]["text"] == "target, epoch 7, 2 of 300"


def test_its_score_tells_the_page_that_there_are_new_pairs() -> None:
    _, dots = draw("scatter:val", SCORES, pairs=Scatter("val", 0, [1.0], [1.0], 1)).data
    assert (dots["meta"]["metric"], dots["meta"]["field"]) == ("val/r2", "derived")


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_one_value_alone_still_has_a_range(value: float) -> None:
    low, high = draw("scatter:val", SCORES, pairs=Scatter("val", 0, [value], [value], 1)).layout["xaxis"]["range"]
    assert low < value < high


def test_without_pairs_the_chart_says_so() -> None:
    assert draw("scatter:val", SCORES, pairs=Scatter("val", 0, [], [], 0)).data == []
    assert draw("scatter:val", SCORES, pairs=None).data == []
