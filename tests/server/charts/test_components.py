"""The terms of a loss on one chart."""

import math

import numpy as np
from tests.server.charts.curves import by_epoch, by_step, draw, inventory_of, line_of, make_run, parts_of

from epochwatch_server.charts.components import entries
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared

EVEN = {"train/loss_signal": by_step(np.linspace(3, 1, 50)), "train/loss_class": by_step(np.linspace(2, 1, 50))}
# Seed post-mortem: one term a million times the others.
UNEVEN = EVEN | {"train/loss_peak": by_step(np.full(50, 3_256_742.75))}


def test_every_term_has_its_own_colour_and_its_band_within_the_epoch() -> None:
    figure = draw("components:train", EVEN)
    colours = {trace["name"]: trace["line"]["color"] for trace in figure.data if "part" not in trace["meta"]}
    assert colours == {"class": "token:series-0", "signal": "token:series-1"}
    assert {trace["meta"]["metric"] for trace in parts_of(figure, "max")} == set(EVEN)


def test_terms_far_apart_lie_on_a_log_axis_and_even_ones_do_not() -> None:
    assert draw("components:train", EVEN).layout["yaxis"]["type"] == "linear"
    assert draw("components:train", UNEVEN).layout["yaxis"]["type"] == "log"
    assert draw("components:train", EVEN, View(scale="log")).layout["yaxis"]["type"] == "log"


def test_a_term_keeps_its_colour_in_every_split() -> None:
    curves = EVEN | {"val/loss_signal": by_epoch([3.0, 2.0]), "val/loss_zeta": by_epoch([1.0, 1.0])}
    train = line_of(draw("components:train", curves), "train/loss_signal")
    val = line_of(draw("components:val", curves), "val/loss_signal")
    assert train["line"]["color"] == val["line"]["color"] == "token:series-1"


def test_a_split_with_one_term_has_no_chart_of_terms() -> None:
    listed = [entry.id for entry in entries(inventory_of(EVEN | {"val/loss_signal": by_epoch([1.0])}))]
    assert listed == ["components:train"]


def test_declared_components_are_the_terms_whatever_their_names() -> None:
    curves = {"train/recon": by_epoch([1.0, 2.0]), "train/kl": by_epoch([1.0, 2.0]), "train/loss_x": by_epoch([1.0])}
    run = make_run(declared=Declared(components=["recon", "kl"]))
    (entry,) = entries(inventory_of(curves, run))
    assert entry.metrics == ("train/kl", "train/recon")


def test_keras_outputs_are_terms_of_the_training_loss() -> None:
    curves = {
        name: by_epoch([1.0, 2.0]) for name in ("loss", "heat_loss", "done_loss", "val_heat_loss", "val_done_loss")
    }
    listed = {entry.id: entry.metrics for entry in entries(inventory_of(curves))}
    assert listed["components:train"] == ("done_loss", "heat_loss")
    assert listed["components:val"] == ("val_done_loss", "val_heat_loss")


def test_a_term_that_turns_nan_stops_and_the_others_go_on() -> None:
    curves = {"train/loss_a": by_step([1.0] * 20 + [math.nan] * 20), "train/loss_b": by_step([1.0] * 40)}
    figure = draw("components:train", curves)
    assert line_of(figure, "train/loss_a")["y"] == [1.0, 1.0, None, None]
    assert line_of(figure, "train/loss_b")["y"] == [1.0] * 4
    assert len(parts_of(figure, "non-finite")) == 1
