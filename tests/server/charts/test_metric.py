"""One metric: its splits, its best epoch, its targets and bands, and whatever may be wrong with its values."""

import math

import numpy as np
import pytest
from tests.server.charts.curves import (
    by_epoch,
    by_step,
    draw,
    inventory_of,
    line_of,
    make_run,
    notes_of,
    parts_of,
)

from epochwatch_server.charts.metric import entries
from epochwatch_server.charts.palette import RUN, RUN_LIGHT
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared, Tracked

FALLING = np.linspace(2.0, 0.5, 50)
LOSSES = {"train/loss": by_step(FALLING), "val/loss": by_epoch([2.1, 1.6, 1.2, 1.3, 1.4])}


def test_train_and_val_of_one_metric_share_the_hue_train_light_and_thin_val_full() -> None:
    figure = draw("metric:loss", LOSSES)
    train, val = line_of(figure, "train/loss"), line_of(figure, "val/loss")
    assert (train["line"]["color"], train["line"]["width"]) == (RUN_LIGHT, 1.2)
    assert (val["line"]["color"], val["line"]["width"]) == (RUN, 2.0)
    assert val["x"] == [0, 1, 2, 3, 4]
    assert val["y"] == [2.1, 1.6, 1.2, 1.3, 1.4]


def test_an_epoch_is_drawn_as_its_mean_with_a_band_from_its_smallest_to_its_largest_step() -> None:
    figure = draw("metric:loss", LOSSES)
    assert line_of(figure, "train/loss")["y"][0] == pytest.approx(FALLING[:10].mean())
    (top,), (bottom,) = parts_of(figure, "max"), parts_of(figure, "min")
    assert top["y"][0] == FALLING[0]
    assert bottom["y"][0] == FALLING[9]
    assert bottom["fill"] == "tonexty"
    assert top["meta"] == {"metric": "train/loss", "run": "abc123def456", "field": "epoch", "part": "max"}


def test_lines_are_named_at_their_ends_and_the_page_can_find_the_names() -> None:
    labels = {one["name"]: one for one in draw("metric:loss", LOSSES).layout["annotations"]}
    assert labels["end:val/loss"]["text"] == "val"
    assert labels["end:val/loss"]["y"] == 1.4
    logged = {one["name"]: one for one in draw("metric:loss", LOSSES, View(scale="log")).layout["annotations"]}
    assert logged["end:val/loss"]["y"] == pytest.approx(math.log10(1.4))


def test_along_steps_and_time_points_are_drawn_as_logged() -> None:
    steps = line_of(draw("metric:loss", LOSSES, View("step")), "train/loss")
    assert steps["x"] == list(range(50))
    assert steps["y"] == FALLING.tolist()
    assert steps["meta"]["field"] == "step"
    assert line_of(draw("metric:loss", LOSSES, View("time")), "val/loss")["x"] == [9.0, 19.0, 29.0, 39.0, 49.0]


def test_nan_and_infinity_leave_gaps_and_marks_on_the_edge_they_left_by() -> None:
    values = np.ones(100)
    values[[10, 20, 30]] = math.nan, math.inf, -math.inf
    figure = draw("metric:loss", {"train/loss": by_step(values)}, View("step"))
    line = line_of(figure, "train/loss")
    assert [place for place, value in enumerate(line["y"]) if value is None] == [10, 20, 30]
    assert line["connectgaps"] is False
    (marks,) = parts_of(figure, "non-finite")
    assert marks["x"] == [10, 20, 30]
    assert marks["text"] == [
        "NaN at step 10, epoch 1",
        "Inf at step 20, epoch 2",
        "-Inf at step 30, epoch 3",
    ]
    assert marks["marker"]["symbol"] == ["x", "triangle-up", "triangle-down"]
    assert [y > 0.5 for y in marks["y"]] == [False, True, False]
    assert marks["yaxis"] == "y2"
    assert figure.layout["yaxis2"]["range"] == [0, 1]


def test_an_epoch_with_some_steps_not_finite_says_how_many_and_one_with_none_finite_is_a_gap() -> None:
    values = np.ones(30)
    values[3] = math.nan
    values[10:20] = math.nan
    figure = draw("metric:loss", {"train/loss": by_step(values)})
    assert line_of(figure, "train/loss")["y"] == [1.0, None, 1.0]
    (marks,) = parts_of(figure, "non-finite")
    assert marks["text"] == [
        "1 of 10 steps not finite at epoch 0, step 9",
        "NaN at epoch 1, step 19",
    ]


def test_a_value_too_large_to_draw_is_a_mark_and_the_others_keep_their_place() -> None:
    figure = draw("metric:loss", {"loss": by_step([1.0, 1e308, -1e308, 2.0])}, View("step"))
    assert line_of(figure, "loss")["y"] == [1.0, None, 2.0]
    assert parts_of(figure, "non-finite")[0]["text"][0].startswith("1e+308, too large to draw")


def test_a_finite_point_between_gaps_is_seen() -> None:
    values = np.ones(61)
    values[[29, 31]] = math.nan
    (lone,) = parts_of(draw("metric:loss", {"loss": by_step(values)}, View("step")), "lone")
    assert lone["x"] == [30]


def test_a_spike_is_drawn_at_its_full_height_at_every_width() -> None:
    values = np.ones(100_000)
    values[54_321] = 5e6
    for width in (80, 400, 1600):
        line = line_of(draw("metric:loss", {"loss": by_step(values)}, View("step", width=width)), "loss")
        assert max(line["y"]) == 5e6
        assert line["x"][line["y"].index(5e6)] == 54_321
        assert len(line["x"]) <= 2002


def test_smoothing_puts_the_average_in_front_and_leaves_what_was_measured_behind_it() -> None:
    noisy = np.where(np.arange(200) % 2, 1.0, 3.0)
    figure = draw("metric:loss", {"loss": by_step(noisy)}, View("step", smooth=0.9))
    raw, (average,) = line_of(figure, "loss"), parts_of(figure, "average")
    assert raw["y"] == noisy.tolist()
    assert raw["line"]["color"] == f"{RUN}/0.3"
    assert figure.data.index(average) > figure.data.index(raw)
    assert average["y"][-1] == pytest.approx(2.0, abs=0.3)
    assert not parts_of(draw("metric:loss", {"loss": by_step(noisy)}, View("step")), "average")


def test_on_a_log_axis_the_values_it_cannot_show_are_counted() -> None:
    figure = draw("metric:loss", {"loss": by_step([1.0, 0.0, -2.0, 3.0])}, View("step", "log"))
    assert figure.layout["yaxis"]["type"] == "log"
    assert line_of(figure, "loss")["y"] == [1.0, None, None, 3.0]
    assert notes_of(figure) == "2 values ≤ 0 not shown on a log axis"


def test_of_a_thinned_series_the_count_is_a_least() -> None:
    figure = draw("metric:loss", {"loss": by_step(np.tile([1.0, -1.0], 5000))}, View("step", "log"))
    assert notes_of(figure).startswith("at least 1,00")


def test_nothing_but_zeros_on_a_log_axis_is_an_empty_chart_that_says_so() -> None:
    figure = draw("metric:f1_macro", {"val/f1_macro": by_epoch([0.0] * 5)}, View(scale="log"))
    assert notes_of(figure) == "5 values ≤ 0 not shown on a log axis"


def test_the_best_epoch_of_the_tracked_metric_is_starred_along_every_axis() -> None:
    run = make_run(tracked=Tracked("val/loss", "min", 15, best=1.2, best_epoch=2))
    for view, place in ((View(), 2), (View("step"), 29), (View("time"), 29.0)):
        (star,) = parts_of(draw("metric:loss", LOSSES, view, run=run), "best")
        assert (star["x"], star["y"], star["marker"]["symbol"]) == ([place], [1.2], "star")
        assert star["text"] == ["1.2 at epoch 2"]


def test_targets_are_drawn_where_they_are_due_and_scored() -> None:
    run = make_run(declared=Declared(targets={"val/loss": {"1": 1.7, "2": 1.0, "8": 0.9, "90": 0.1}}))
    figure = draw("metric:loss", LOSSES, run=run)
    (targets,) = parts_of(figure, "targets")
    assert targets["x"] == [1, 2, 8]
    assert targets["y"] == [1.7, 1.0, 0.9]
    assert targets["customdata"] == [
        "val/loss by epoch 1: 1.7 met, best 1.6 at epoch 1",
        "val/loss by epoch 2: 1 missed, best 1.2 at epoch 2",
        "val/loss by epoch 8: 0.9 to come, best 1.2 at epoch 2",
    ]
    assert targets["marker"]["symbol"] == ["circle", "x", "circle-open"]
    assert notes_of(figure) == "next target 0.1 by epoch 90"


def test_along_steps_targets_stand_at_the_steps_of_their_epochs() -> None:
    run = make_run(declared=Declared(targets={"val/loss": {"1": 1.7, "8": 0.9}}))
    figure = draw("metric:loss", LOSSES, View("step"), run=run)
    assert parts_of(figure, "targets")[0]["x"] == [19.0]
    assert notes_of(figure) == "next target 0.9 by epoch 8"


def test_declared_bands_are_light_washes_with_their_names() -> None:
    declared = Declared(bands={"val/r2": {"minimum": 0.0, "good": 0.3, "excellent": 0.5}})
    figure = draw("metric:r2", {"val/r2": by_epoch([-0.2, 0.1, 0.4])}, run=make_run(declared=declared))
    washes = [(one["y0"], one["y1"], one["label"]["text"]) for one in figure.layout["shapes"] if one["type"] == "rect"]
    assert washes == [(0.0, 0.3, "minimum ≥ 0"), (0.3, 0.5, "good ≥ 0.3"), (0.5, 0.625, "excellent ≥ 0.5")]


def test_bands_that_fall_end_below() -> None:
    declared = Declared(bands={"val/rmse": {"good": 0.35, "excellent": 0.3}})
    figure = draw("metric:rmse", {"val/rmse": by_epoch([0.9, 0.5])}, run=make_run(declared=declared))
    washes = [(one["y0"], one["y1"], one["label"]["text"]) for one in figure.layout["shapes"]]
    assert washes == [(0.3, 0.35, "good ≤ 0.35"), (pytest.approx(0.2875), 0.3, "excellent ≤ 0.3")]


def test_the_variance_ratio_has_its_bands_at_40_and_10_percent() -> None:
    figure = draw("metric:variance_ratio", {"val/variance_ratio": by_epoch([0.05, 0.3, 0.9])})
    assert [(one["y0"], one["y1"]) for one in figure.layout["shapes"]] == [(0.0, 0.1), (0.1, 0.4), (0.4, 1.0)]
    assert figure.layout["yaxis"]["tickformat"] == ".0%"


def test_r2_has_the_line_at_which_it_is_no_better_than_the_mean() -> None:
    (line,) = draw("metric:r2", {"val/r2": by_epoch([-0.2, -0.1])}).layout["shapes"]
    assert (line["y0"], line["y1"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "seen"), [([0.0] * 5, (0.0, 1.0)), ([0.937, 0.939], (0.8, 1.0)), ([93.7, 93.9], (80.0, 100.0))]
)
def test_a_score_is_seen_against_the_whole_or_the_top_of_its_range(
    values: list[float], seen: tuple[float, float]
) -> None:
    figure = draw("metric:accuracy", {"val/accuracy": by_epoch(values)})
    assert tuple(figure.layout["yaxis"]["autorangeoptions"]["include"])[:2] == pytest.approx(seen)
    assert "range" not in figure.layout["yaxis"]


def test_a_test_result_after_the_last_epoch_stands_at_that_epoch() -> None:
    curves = {"val/f1_macro": by_epoch([0.1, 0.2, 0.3]), "test/f1_macro": by_step([0.25], epochs=False, first_step=30)}
    test = line_of(draw("metric:f1_macro", curves), "test/f1_macro")
    assert (test["x"], test["y"], test["marker"]["symbol"]) == ([2], [0.25], "diamond")


def test_until_an_epoch_is_over_points_are_drawn_by_step_and_the_page_is_told() -> None:
    figure = draw("metric:loss", {"train/loss": by_step([3.0, 2.0, 1.0])})
    assert figure.layout["meta"] == {"x": "step", "asked": "epoch", "scale": "linear", "dots": 30}
    assert line_of(figure, "train/loss")["meta"]["field"] == "step"
    assert notes_of(figure) == "no epochs yet: drawn by step"


def test_one_point_and_no_point_can_be_drawn() -> None:
    one = line_of(draw("metric:loss", {"loss": by_step([0.7])}, View("step")), "loss")
    assert (one["x"], one["y"], one["mode"]) == ([0], [0.7], "lines+markers")
    nothing = draw("metric:loss", {"loss": by_step([])})
    assert nothing.data == []
    assert nothing.layout["annotations"][0]["text"] == "no points yet"


def test_lightnings_step_and_epoch_means_are_two_lines_of_one_chart() -> None:
    curves = {
        "train_loss_step": by_step(FALLING),
        "train_loss_epoch": by_epoch([2.0, 1.0]),
        "val_loss": by_epoch([2.0]),
    }
    figure = draw("metric:loss", curves, View("step"))
    assert {trace["name"] for trace in figure.data} == {"train_loss_step", "train_loss_epoch", "val"}


def test_the_visible_range_is_cut_with_one_point_on_either_side() -> None:
    figure = draw("metric:loss", {"val/loss": by_epoch(np.arange(100.0))}, View(first=10.5, last=20))
    assert line_of(figure, "val/loss")["x"] == list(range(10, 22))
    assert figure.layout["xaxis"]["range"] == [10.5, 20]


def test_the_tracked_metric_stands_first_and_alone() -> None:
    run = make_run(tracked=Tracked("val/loss", "min"))
    listed = {entry.id: entry.section for entry in entries(inventory_of(LOSSES | {"val/mae": by_epoch([1.0])}, run))}
    assert listed == {"metric:loss": "tracked", "metric:mae": "observed"}
