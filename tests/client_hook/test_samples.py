"""Samples as the hook writes them: layers of every kind, bounded, and an error to sort them by."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer

from epochwatch.sample_layers import MAX_SIGNAL_POINTS, thin

Told = Callable[[], str]
Show = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def show(start: Start, server: PacketServer) -> Show:
    """Return a function that shows samples in a run of its own and returns them as they arrived."""

    def show(**given: Any) -> list[dict[str, Any]]:
        run = start()
        run.samples("val", **given)
        run.finish()
        (event,) = server.run(run.id).of_type("samples")
        json.dumps(event, allow_nan=False)
        samples: list[dict[str, Any]] = event["samples"]
        return samples

    return show


def layer(sample: dict[str, Any], kind: str, of: str) -> dict[str, Any]:
    (found,) = [one for one in sample["layers"] if (one["kind"], one["of"]) == (kind, of)]
    assert isinstance(found, dict)
    return found


def test_boxes_come_as_lists_tensors_or_what_a_detector_returns(show: Show) -> None:
    torch = pytest.importorskip("torch")
    first, second = show(
        gt_boxes=[[[0, 0, 10, 10]], torch.tensor([5.0, 5.0, 1.0, 1.0])],
        pred_boxes=[
            {"boxes": torch.tensor([[0, 0, 10, 5.0]]), "labels": torch.tensor([1]), "scores": torch.tensor([0.5])},
            [{"box": (1, 1, 5, 5), "label": "cat", "score": 0.9}],
        ],
        class_names=["dog", "cat"],
    )  # fmt: skip
    assert layer(first, "box", "gt")["boxes"] == [[0, 0, 10, 10]]
    assert layer(first, "box", "pred") == {
        "kind": "box", "of": "pred", "boxes": [[0, 0, 10, 5]], "labels": ["cat"], "scores": [0.5],
    }  # fmt: skip
    assert (first["error"], first["error_unit"], first["error_px"]) == (0.5, "1-IoU", None)
    assert layer(second, "box", "gt")["boxes"] == [[1, 1, 5, 5]]
    assert second["error"] == 0.0


def test_a_true_box_that_nothing_matches_counts_as_wholly_wrong(show: Show) -> None:
    (sample,) = show(gt_boxes=[[[0, 0, 2, 2], [50, 50, 60, 60]]], pred_boxes=[[[0, 0, 2, 2]]])
    assert sample["error"] == 0.5


def test_lines_keep_their_points(show: Show, told: Told) -> None:
    long = [(float(k), 0.0) for k in range(1000)]
    first, second = show(gt_lines=[[(0, 0), (1, 1)], None], pred_lines=[None, [long, [(3, math.nan)]]])
    assert layer(first, "line", "gt")["lines"] == [[[0, 0], [1, 1]]]
    cut, broken = layer(second, "line", "pred")["lines"]
    assert (len(cut), cut[0], cut[-1]) == (256, [0, 0], [999, 0])
    assert broken == [[3, "nan"]]
    assert "points of a line" in told()


def test_class_scores_come_by_index_or_by_name(show: Show) -> None:
    first, second = show(
        gt_class=[0, "b"], scores=np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1]]), class_names=["a", "b", "c"]
    )
    assert (layer(first, "scores", "pred")["names"], layer(second, "scores", "pred")["truth"]) == (["a", "b", "c"], 1)
    assert (first["error"], second["error"]) == (pytest.approx(0.3), 0.7)
    (sample,) = show(gt_class=["b"], scores=[{"a": 0.75, "b": 0.25}])
    assert layer(sample, "scores", "pred") == {
        "kind": "scores", "of": "pred", "classes": [0, 1], "values": [0.75, 0.25], "names": ["a", "b"], "truth": 1,
    }  # fmt: skip
    assert (sample["error"], sample["error_unit"]) == (0.75, "1-score")


def test_of_a_thousand_classes_the_surest_and_the_true_one_are_kept(show: Show, told: Told) -> None:
    scores = np.linspace(0, 1, 1000)
    (sample,) = show(gt_class=[3], scores=[scores])
    kept = layer(sample, "scores", "pred")
    assert (len(kept["classes"]), kept["classes"][0], kept["classes"][-1]) == (100, 3, 999)
    assert "scores" in told()


def test_a_reconstruction_is_compared_with_its_signal_point_by_point(show: Show) -> None:
    signal = np.sin(np.linspace(0, 9, 300))
    (sample,) = show(signals=signal[None], reconstructions=signal[None] + 0.1, gt_peaks=[[10, 20]], pred_peaks=[11.5])
    assert len(layer(sample, "signal", "input")["values"]) == 300
    assert (sample["error"], sample["error_unit"]) == (pytest.approx(0.1), "RMSE")
    assert (layer(sample, "peaks", "gt")["at"], layer(sample, "peaks", "pred")["at"]) == ([10, 20], [11.5])


def test_a_long_signal_keeps_every_spike(show: Show, told: Told) -> None:
    signal = np.zeros(100_000)
    signal[[1234, 77_777]] = 9.0, -9.0
    (sample,) = show(signals=[signal])
    kept = layer(sample, "signal", "input")
    assert len(kept["at"]) == len(kept["values"]) <= MAX_SIGNAL_POINTS
    assert {1234, 77_777} <= set(kept["at"])
    assert kept["n"] == 100_000
    assert "at most 2,048 are kept" in told()


def test_thinned_places_rise_and_what_is_not_finite_gives_way() -> None:
    places = thin([math.nan, 1.0, 2.0, math.inf, math.nan, math.nan], 4)
    assert places == [1, 2, 3]


def test_an_error_of_the_scripts_own_goes_before_any_other(show: Show) -> None:
    first, second = show(gt=[(0, 0), (0, 0)], pred=[(3, 4), (3, 4)], errors=np.array([0.25, math.nan]), error_unit="mm")
    assert (first["error"], first["error_unit"], first["error_px"]) == (0.25, "mm", 5.0)
    assert second["error"] is None


def test_points_are_measured_in_pixels(show: Show) -> None:
    (sample,) = show(gt=[(0, 0)], pred=[(3, 4)], scores=[[0.1, 0.9]], gt_class=[0])
    assert (sample["error"], sample["error_unit"]) == (5.0, "px")


@pytest.mark.parametrize(
    "wrong",
    [
        {"gt_boxes": [[1, 2, 3]]},
        {"pred_boxes": ["box"]},
        {"gt_lines": [[1, 2, 3]]},
        {"scores": ["high"]},
        {"gt_class": [-1]},
        {"signals": [[[1, 2], [3, 4]]]},
        {"reconstructions": [3]},
        {"gt_peaks": ["first"]},
        {"errors": [[1, 2]]},
        {"class_names": 3, "gt": [(0, 0)]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_no_layer_is_told_and_the_sample_is_kept(show: Show, told: Told, wrong: dict[str, Any]) -> None:
    (sample,) = show(**{"captions": ["kept"], **wrong})
    assert (sample["caption"], sample["layers"]) == ("kept", [])
    assert f"samples: {next(iter(wrong))}" in told()


def test_a_hundred_boxes_are_the_most_and_the_surest_stay(show: Show, told: Told) -> None:
    (sample,) = show(pred_boxes=[[{"box": [k, 0, k + 1, 1], "score": k / 200} for k in range(200)]])
    kept = layer(sample, "box", "pred")
    assert (len(kept["boxes"]), min(kept["scores"])) == (100, 0.5)
    assert "at most 100 are kept" in told()


def test_a_regression_sends_its_pairs_once_an_epoch(start: Start, server: PacketServer) -> None:
    run = start(epochs=2)
    for _ in run.epochs():
        run.observe("val", np.array([1.5, 2.5]), np.array([1.0, 2.0]))
    run.finish()
    first, second = server.run(run.id).of_type("scatter")
    assert (first["split"], first["epoch"], second["epoch"]) == ("val", 0, 1)
    assert (first["target"], first["prediction"], first["n"]) == ([1.0, 2.0], [1.5, 2.5], 2)
