"""Gradient norms."""

import math

import numpy as np
from tests.server.charts.curves import by_step, draw, inventory_of, line_of, notes_of, parts_of

from epochwatch_server.charts import gradients
from epochwatch_server.charts.view import View

QUIET = np.full(200, 40.0)


def test_the_total_lies_in_front_of_the_modules_before_the_usual_band() -> None:
    curves = {
        "grad_norm": by_step(QUIET),
        "grad_norm/x_head": by_step(QUIET / 2),
        "grad_norm/y_head": by_step(QUIET / 4),
    }
    figure = draw("gradients", curves, View("step"))
    assert [trace["name"] for trace in figure.data] == ["x_head", "y_head", "total"]
    assert figure.layout["yaxis"]["type"] == "log"
    (band,) = figure.layout["shapes"]
    assert (band["y0"], band["y1"], band["label"]["text"]) == (1.0, 1000.0, "usually 1 to 1000")


def test_a_spike_of_5e6_stays_and_a_nan_norm_is_marked() -> None:
    norms = QUIET.copy()
    norms[70], norms[90] = 5e6, math.nan
    figure = draw("gradients", {"grad_norm": by_step(norms)}, View("step"))
    assert max(value for value in line_of(figure, "grad_norm")["y"] if value is not None) == 5e6
    assert parts_of(figure, "non-finite")[0]["text"] == ["NaN at step 90, epoch 9"]


def test_the_mean_of_an_epoch_hides_no_spike_for_its_band_reaches_up_to_it() -> None:
    norms = QUIET.copy()
    norms[70] = 5e6
    assert max(parts_of(draw("gradients", {"grad_norm": by_step(norms)}), "max")[0]["y"]) == 5e6


def test_of_very_many_modules_those_with_the_largest_norms_are_drawn_and_the_rest_counted() -> None:
    curves = {f"grad_norm/layer{k:03}": by_step([float(k + 1)] * 20) for k in range(100)} | {
        "grad_norm": by_step(QUIET)
    }
    figure = draw("gradients", curves, View("step"))
    names = [trace["name"] for trace in figure.data]
    assert len(names) == 24
    assert {"total", "layer099", "layer077"} <= set(names)
    assert notes_of(figure) == "77 more lines are not drawn"
    assert figure.layout["showlegend"] is True


def test_a_head_without_any_gradient_is_counted_on_the_log_axis() -> None:
    curves = {"grad_norm": by_step(QUIET), "grad_norm/dead": by_step(QUIET * 0)}
    assert notes_of(draw("gradients", curves, View("step"))) == "200 values ≤ 0 not shown on a log axis"


def test_the_norms_of_lightning_and_hugging_face_are_found() -> None:
    curves = {"train/grad_norm": by_step(QUIET), "grad_2.0_norm/encoder.weight": by_step(QUIET)}
    (entry,) = gradients.entries(inventory_of(curves))
    assert entry.metrics == ("grad_2.0_norm/encoder.weight", "train/grad_norm")
