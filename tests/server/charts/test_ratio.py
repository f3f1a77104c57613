"""How many times the largest term of a loss is the smallest."""

import math

import pytest
from tests.server.charts.curves import by_epoch, draw, line_of, make_run, parts_of

from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared

TERMS = {
    "train/loss_signal": by_epoch([3.75, 4.0, 1.0]),
    "train/loss_peak": by_epoch([3_750_000.0, 40.0, 1.0]),
    "train/loss_class": by_epoch([7.5, 8.0, 1.0]),
}


def test_the_ratio_lies_on_a_log_axis_with_lines_at_10_and_100() -> None:
    figure = draw("ratio:train", TERMS)
    assert line_of(figure, "train/loss_class")["y"] == pytest.approx([1e6, 10.0, 1.0])
    assert figure.layout["yaxis"]["type"] == "log"
    assert [(one["y0"], one["label"]["text"][:4]) for one in figure.layout["shapes"]] == [
        (10.0, "10×"),
        (100.0, "100×"),
    ]


def test_hovering_names_the_two_terms() -> None:
    assert line_of(draw("ratio:train", TERMS), "train/loss_class")["customdata"][0] == "peak to signal"


def test_weights_count() -> None:
    run = make_run(declared=Declared(weights={"peak": 1e-6}))
    assert line_of(draw("ratio:train", TERMS, run=run), "train/loss_class")["y"][0] == pytest.approx(2.0)


def test_a_term_that_weighs_nothing_is_left_out() -> None:
    run = make_run(declared=Declared(weights={"peak": 0.0}))
    assert line_of(draw("ratio:train", TERMS, run=run), "train/loss_class")["y"] == pytest.approx([2.0, 2.0, 1.0])


def test_a_term_that_is_0_makes_the_ratio_infinite_and_one_that_is_nan_makes_it_unknown() -> None:
    curves = {"train/loss_a": by_epoch([1.0, 0.0, math.nan, 1.0]), "train/loss_b": by_epoch([2.0] * 4)}
    figure = draw("ratio:train", curves)
    assert line_of(figure, "train/loss_a")["y"] == pytest.approx([2.0, None, None, 2.0])
    (marks,) = parts_of(figure, "non-finite")
    assert marks["text"] == ["a is 0 at epoch 1, step 19", "a term is not finite at epoch 2, step 29"]
    assert marks["marker"]["symbol"] == ["triangle-up", "x"]


def test_every_trace_names_a_metric_so_that_a_new_epoch_brings_a_new_ratio() -> None:
    metas = [trace["meta"] for trace in draw("ratio:train", TERMS, View("step")).data]
    assert metas == [{"metric": "train/loss_class", "run": "abc123def456", "field": "derived"}]


def test_a_spike_of_one_epoch_among_thousands_stays() -> None:
    spiky = [1.0] * 5000
    spiky[3210] = 1e5
    curves = {"train/loss_a": by_epoch(spiky), "train/loss_b": by_epoch([1.0] * 5000)}
    line = line_of(draw("ratio:train", curves), "train/loss_a")
    assert max(line["y"]) == 1e5
    assert len(line["y"]) == len(line["customdata"]) <= 2002


def test_a_ratio_that_stays_the_same_still_stands_between_readable_lines() -> None:
    terms = {"train/loss_small": by_epoch([0.05] * 6), "train/loss_large": by_epoch([3.0] * 6)}
    figure = draw("ratio:train", terms)
    assert figure.layout["yaxis"]["dtick"] == "D2"
    assert [shape["label"]["yanchor"] for shape in figure.layout["shapes"]] == ["bottom", "top"]
