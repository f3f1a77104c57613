"""A streamed regression says the same as scikit-learn and numpy on the whole data, however it is cut into batches."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from epochwatch.collectors.predictions import PredictionStream

Floats = NDArray[np.float64]
Convert = Callable[[Floats], Any]

KINDS: dict[str, Convert] = {
    "numpy": lambda array: array,
    "torch": torch.tensor,
    "lists": lambda array: array.tolist(),
    "list of tensors": lambda array: [torch.tensor(row) for row in array],
}


def data(n: int, outputs: int = 1, seed: int = 0) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    target = generator.normal(5.0, 2.0, (n, outputs)) * np.arange(1, outputs + 1)
    return target * 0.6 + generator.normal(0.0, 1.0, (n, outputs)), target


def streamed(
    prediction: Any, target: Any, cuts: Sequence[int] = (), convert: Convert = lambda x: x
) -> dict[str, float]:
    stream = PredictionStream("regression")
    edges = [0, *sorted(cuts), len(target)]
    for start, stop in pairwise(edges):
        stream.observe(convert(prediction[start:stop]), convert(target[start:stop]))
    observed = stream.finish()
    assert observed is not None
    assert observed.classes is None
    return observed.metrics


def reference(prediction: Floats, target: Floats) -> dict[str, float]:
    return {
        "r2": r2_score(target, prediction),
        "variance_ratio": prediction.std() / target.std(),
        "pred_std": prediction.std(),
        "pred_mean": prediction.mean(),
        "pred_min": prediction.min(),
        "pred_max": prediction.max(),
        "pred_range": np.ptp(prediction),
        "target_std": target.std(),
        "target_mean": target.mean(),
        "mae": mean_absolute_error(target.ravel(), prediction.ravel()),
        "rmse": root_mean_squared_error(target.ravel(), prediction.ravel()),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_it_agrees_with_scikit_learn(kind: str, outputs: int) -> None:
    prediction, target = data(200, outputs)
    assert streamed(prediction, target, [1, 7, 150], KINDS[kind]) == pytest.approx(reference(prediction, target))


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 120), max_size=60), seed=st.integers(0, 1000), outputs=st.sampled_from([1, 2]))
def test_any_cut_into_batches_gives_the_same(cuts: list[int], seed: int, outputs: int) -> None:
    prediction, target = data(120, outputs, seed)
    assert streamed(prediction, target, cuts) == pytest.approx(reference(prediction, target), rel=1e-9)


def test_a_large_offset_does_not_drown_a_small_spread() -> None:
    prediction, target = data(1000)
    metrics = streamed(prediction + 1e9, target + 1e9, range(10, 1000, 10))
    assert metrics["variance_ratio"] == pytest.approx(prediction.std() / target.std(), rel=1e-6)
    assert metrics["r2"] == pytest.approx(r2_score(target, prediction), abs=1e-5)


def test_a_batch_of_any_size_is_summed_in_bounded_pieces() -> None:
    prediction, target = data(600_000)
    assert streamed(prediction, target) == pytest.approx(reference(prediction, target))


def test_images_count_as_one_output() -> None:
    generator = np.random.default_rng(1)
    target = generator.random((4, 1, 64, 64)) * np.linspace(1, 9, 64)
    prediction = target + generator.normal(0, 0.1, target.shape)
    assert streamed(prediction, target, [1]) == pytest.approx(reference(prediction.reshape(-1), target.reshape(-1)))


def test_batches_of_different_lengths_are_taken_as_one_output() -> None:
    stream, pieces = PredictionStream(), [data(8, width, seed=width) for width in (5, 5, 3, 7)]
    for prediction, target in pieces:
        stream.observe(prediction, target)
    observed = stream.finish()
    assert observed is not None
    prediction, target = (np.concatenate([piece[side].ravel() for piece in pieces]) for side in (0, 1))
    assert observed.metrics == pytest.approx(reference(prediction, target))


def test_a_column_against_a_row_is_meant_elementwise() -> None:
    prediction, target = data(20)
    assert streamed(prediction, target[:, 0]) == pytest.approx(reference(prediction, target))
    assert streamed(prediction[:, 0], target) == pytest.approx(reference(prediction, target))


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_what_is_not_finite_is_left_out_and_counted(kind: str) -> None:
    prediction, target = data(50)
    prediction[3], prediction[30], target[31], target[3] = math.nan, math.inf, math.nan, -math.inf
    good = np.isfinite(prediction) & np.isfinite(target)
    metrics = streamed(prediction, target, [10, 31], KINDS[kind])
    assert metrics.pop("nonfinite_predictions") == 2
    assert metrics.pop("nonfinite_targets") == 2
    assert metrics == pytest.approx(reference(prediction[good], target[good]))


def test_a_diverged_model_leaves_only_its_count() -> None:
    assert streamed(np.full(6, math.nan), np.arange(6.0)) == {"nonfinite_predictions": 6.0}


def test_squares_that_overflow_are_infinite_and_warn_nobody() -> None:
    metrics = streamed(np.array([1e200, -1e200]), np.array([1.0, 2.0]))
    assert metrics["rmse"] == math.inf
    assert metrics["mae"] == 1e200


def test_a_constant_target_is_scored_as_scikit_learn_does_and_has_no_variance_ratio() -> None:
    target = np.full(7, 0.1)
    missed = streamed(np.linspace(0, 1, 7), target, [2])
    assert missed["r2"] == 0.0
    assert "variance_ratio" not in missed
    assert streamed(target, target, [3])["r2"] == 1.0


def test_one_element_has_no_r2() -> None:
    assert "r2" not in streamed(np.array([1.0]), np.array([2.0]))
    assert streamed(np.array([1.0]), np.array([2.0]))["mae"] == 1.0


def test_a_scalar_is_a_batch_of_one() -> None:
    stream = PredictionStream()
    stream.observe(torch.tensor(1.0, requires_grad=True), 3.0)
    stream.observe(2.0, 2.0)
    observed = stream.finish()
    assert observed is not None
    assert observed.metrics["mae"] == 1.0


def test_half_precision_is_summed_in_double() -> None:
    prediction, target = data(500)
    metrics = streamed(torch.tensor(prediction).bfloat16(), torch.tensor(target).half(), [100])
    exact = reference(
        torch.tensor(prediction).bfloat16().double().numpy(), torch.tensor(target).half().double().numpy()
    )
    assert metrics == pytest.approx(exact)


def test_lengths_that_differ_are_refused_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(3,\).*\(4,\).*expected"):
        PredictionStream().observe(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match=r"\(4, 2\).*\(4,\)"):
        PredictionStream().observe(np.ones((4, 2)), np.ones(4))


def test_text_is_refused() -> None:
    with pytest.raises(TypeError, match="expected numbers"):
        PredictionStream().observe(["a"], ["b"])


def test_an_epoch_ends_with_finish_and_the_next_starts_from_nothing() -> None:
    stream = PredictionStream()
    assert stream.finish() is None
    stream.observe(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert stream.finish() is not None
    assert stream.finish() is None
    stream.observe(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 2.0]))
    observed = stream.finish()
    assert observed is not None
    assert observed.metrics["mae"] == 0.5


def test_sums_born_in_inference_mode_go_on_outside_it() -> None:
    prediction, target = (torch.tensor(side) for side in data(30))
    stream = PredictionStream()
    with torch.inference_mode():
        stream.observe(prediction[:10] * 1, target[:10])
    stream.observe(prediction[10:].requires_grad_() * 1, target[10:])
    observed = stream.finish()
    assert observed is not None
    assert observed.metrics["r2"] == pytest.approx(r2_score(target.numpy(), prediction.detach().numpy()))


def test_a_read_only_array_against_a_tensor_is_taken_without_a_warning() -> None:
    prediction, target = data(12)
    target.flags.writeable = False
    stream = PredictionStream()
    stream.observe(torch.tensor(prediction), target[::-1][::-1])
    assert stream.finish() is not None


def test_a_refused_batch_leaves_the_epoch_as_it_was() -> None:
    stream = PredictionStream()
    with pytest.raises(ValueError, match="expected"):
        stream.observe(torch.ones(3), torch.ones(4))
    stream.observe(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    observed = stream.finish()
    assert observed is not None
    assert observed.metrics["r2"] == 1.0


def test_nothing_is_read_from_a_device_before_finish() -> None:
    """Tensors on `meta` have no values: whatever tried to look at one would fail here."""
    stream = PredictionStream()
    for width in [3] * 40 + [2]:
        stream.observe(torch.ones(8, width, device="meta"), torch.ones(8, width, device="meta"))
