"""A streamed classification says the same as scikit-learn on the whole data, however it is cut into batches."""

import math
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score

from epochwatch.collectors.arrays import Home
from epochwatch.collectors.classification import BinaryCounts, ClassCounts, LabelCounts, ScoreThreshold
from epochwatch.collectors.f1 import ClassNames
from epochwatch.collectors.predictions import Observed, PredictionStream

Ints = NDArray[np.int64]
Convert = Callable[[Any], Any]
BOTH: list[Convert] = [lambda array: array, torch.as_tensor]
DEVICE_LIKE = Home(torch, torch.device("cpu"), on_host=False)  # the way of counting that never looks at a value


def streamed(
    prediction: Any, target: Any, cuts: Sequence[int] = (), convert: Convert = lambda x: x, **options: Any
) -> Observed:
    stream = PredictionStream(**options)
    edges = [0, *sorted(cuts), len(target)]
    for start, stop in pairwise(edges):
        stream.observe(convert(prediction[start:stop]), convert(target[start:stop]))
    observed = stream.finish()
    assert observed is not None
    return observed


def reference(truth: Any, predicted: Any) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that only the predictions have
        per_class = f1_score(truth, predicted, average=None)
        return {
            "accuracy": accuracy_score(truth, predicted),
            "balanced_accuracy": balanced_accuracy_score(truth, predicted),
            **{
                f"f1_{average}": f1_score(truth, predicted, average=average)
                for average in ("macro", "micro", "weighted")
            },
            **{f"f1/{c}": f1 for c, f1 in zip(np.union1d(truth, predicted), per_class, strict=True)},
        }


def classes_and_guesses(n: int, classes: int, seed: int = 0) -> tuple[Ints, Ints]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, n)
    return truth, np.where(generator.random(n) < 0.5, truth, generator.integers(0, classes, n))


@pytest.mark.parametrize("convert", BOTH)
@settings(max_examples=30, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=10),
)
def test_class_indices_agree_with_scikit_learn(convert: Convert, pairs: list[tuple[int, int]], cuts: list[int]) -> None:
    truth, predicted = np.array(pairs).T.copy()
    observed = streamed(predicted, truth, [cut for cut in cuts if cut < len(truth)], convert)
    assert observed.metrics == pytest.approx(reference(truth, predicted))
    present = np.union1d(truth, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a matrix of one class
        confusion = confusion_matrix(truth, predicted, labels=present).tolist()
    assert observed.classes == {
        "labels": [str(c) for c in present],
        "truth": [int((truth == c).sum()) for c in present],
        "predicted": [int((predicted == c).sum()) for c in present],
        "confusion": confusion,
        "f1": pytest.approx([observed.metrics[f"f1/{c}"] for c in present]),
    }


@pytest.mark.parametrize("classes", [40, 70, 150])
@pytest.mark.parametrize("convert", BOTH)
def test_many_classes_agree_and_only_few_have_a_confusion_matrix(convert: Convert, classes: int) -> None:
    truth, predicted = classes_and_guesses(3000, classes)
    observed = streamed(predicted, truth, [3, 1000], convert)
    assert observed.metrics == pytest.approx(reference(truth, predicted))
    assert observed.classes is not None
    assert (observed.classes["confusion"] is not None) == (classes <= 50)
    assert observed.classes["truth"] == np.bincount(truth).tolist()


def test_hundreds_of_classes_are_listed_but_get_no_metric_each() -> None:
    truth, predicted = classes_and_guesses(3000, 400)
    observed = streamed(predicted, truth)
    assert not [name for name in observed.metrics if name.startswith("f1/")]
    assert observed.metrics["f1_macro"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert observed.classes is not None
    assert observed.classes["f1"] == pytest.approx(f1_score(truth, predicted, average=None).tolist())


def test_classes_beyond_those_of_the_first_batches_are_found_later() -> None:
    truth, predicted = np.array([0, 1, 60, 300, 2]), np.array([0, 2, 60, 7, 299])
    for convert in BOTH:
        observed = streamed(predicted, truth, [2, 3, 4], convert)
        assert observed.metrics == pytest.approx(reference(truth, predicted))


@pytest.mark.parametrize("convert", BOTH)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4)])
@pytest.mark.parametrize("classes_last", [False, True])
def test_logits_are_decided_by_the_largest(convert: Convert, shape: tuple[int, ...], classes_last: bool) -> None:
    generator = np.random.default_rng(3)
    logits = generator.normal(size=(20, 7, *shape))
    truth = generator.integers(0, 6, (20, *shape))  # the last class never occurs
    predicted = logits.argmax(axis=1)
    given_logits = np.moveaxis(logits, 1, -1) if classes_last else logits
    observed = streamed(given_logits, truth, [7], convert)
    assert observed.metrics == pytest.approx(reference(truth.ravel(), predicted.ravel()))


def test_targets_kept_as_a_column_are_taken_like_a_row() -> None:
    generator = np.random.default_rng(3)
    logits, truth = generator.normal(size=(20, 4)), generator.integers(0, 4, 20)
    assert streamed(logits, truth[:, None]) == streamed(logits, truth)


def test_a_masked_logit_is_no_trouble_but_nan_is() -> None:
    logits = np.array([[0.0, -math.inf, 1.0], [math.nan, 0.0, 1.0], [2.0, 0.0, 1.0], [-math.inf] * 3])
    for convert in BOTH:
        observed = streamed(logits, np.array([2, 2, 0, 1]), [1], convert)
        assert observed.metrics["accuracy"] == 1.0
        assert observed.metrics["nonfinite_predictions"] == 2


@pytest.mark.parametrize("convert", BOTH)
@pytest.mark.parametrize("column", [False, True])
def test_one_score_is_cut_at_a_half_for_probabilities_and_at_zero_for_logits(convert: Convert, column: bool) -> None:
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 2, 60)
    logits = generator.normal(size=60) * 2 + truth
    for scores, predicted in ((1 / (1 + np.exp(-logits)), logits > 0), (logits, logits > 0)):
        observed = streamed(scores[:, None] if column else scores, truth, [1, 2, 30], convert)
        assert observed.metrics == pytest.approx(reference(truth, predicted.astype(int)))


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 40), max_size=40))
def test_one_score_outside_0_to_1_anywhere_in_the_epoch_makes_all_of_them_logits(cuts: list[int]) -> None:
    truth = np.arange(40) % 2
    scores = np.linspace(0.01, 0.99, 40)
    scores[-1] = 1.5
    assert streamed(scores, truth, cuts).metrics == pytest.approx(reference(truth, np.ones(40, int)))


def test_logits_seen_once_stay_logits_in_the_next_epoch() -> None:
    stream = PredictionStream()
    stream.observe(np.array([-3.0, 3.0]), np.array([0, 1]))
    stream.finish()
    stream.observe(np.array([0.2, 0.3]), np.array([1, 1]))
    observed = stream.finish()
    assert observed is not None
    assert observed.metrics["accuracy"] == 1.0


def test_float_targets_are_classes_when_the_task_says_so() -> None:
    scores, done = np.array([0.2, 0.9, 0.7]), np.array([0.0, 1.0, 0.0])
    assert streamed(scores, done, task="classification").metrics["accuracy"] == pytest.approx(2 / 3)
    assert "r2" in streamed(scores, done).metrics


def test_integer_targets_are_a_regression_when_the_task_says_so() -> None:
    assert streamed(np.array([20.0, 30.0]), np.array([21, 30]), task="regression").metrics["mae"] == 0.5


@pytest.mark.parametrize("convert", BOTH)
@pytest.mark.parametrize("probabilities", [False, True])
def test_several_labels_agree_with_scikit_learn(convert: Convert, probabilities: bool) -> None:
    generator = np.random.default_rng(7)
    truth = (generator.random((50, 5)) < 0.4).astype(int)
    truth[:, 4] = 0  # a label that never occurs
    scores = generator.normal(size=(50, 5)) + truth
    scores[:, 4] = -1
    predicted = (scores > 0).astype(int)
    observed = streamed(1 / (1 + np.exp(-scores)) if probabilities else scores, truth, [11, 12], convert)
    expected = {
        f"f1_{kind}": f1_score(truth, predicted, average=kind, zero_division=0.0) for kind in ("macro", "micro")
    }
    expected["f1_weighted"] = f1_score(truth, predicted, average="weighted", zero_division=0.0)
    expected["accuracy"] = accuracy_score(truth, predicted)
    per_label = f1_score(truth, predicted, average=None, zero_division=0.0)
    expected |= {f"f1/{label}": per_label[label] for label in range(4)}
    assert observed.metrics == pytest.approx(expected)
    assert observed.classes is not None
    assert observed.classes["truth"] == truth.sum(axis=0).tolist()
    assert observed.classes["predicted"] == predicted.sum(axis=0).tolist()
    assert observed.classes["confusion"] is None


def test_an_element_with_a_score_that_is_no_number_is_left_out_whole() -> None:
    scores = np.array([[0.9, math.nan], [0.9, 0.1]])
    observed = streamed(scores, np.array([[0, 0], [1, 0]]))
    assert observed.metrics["accuracy"] == 1.0
    assert observed.metrics["nonfinite_predictions"] == 1


@pytest.mark.parametrize("convert", BOTH)
def test_the_ignored_target_leaves_an_element_out(convert: Convert) -> None:
    truth, predicted = np.array([0, -100, 1, 1]), np.array([0, 1, 1, 0])
    assert streamed(predicted, truth, [2], convert).metrics == pytest.approx(
        reference(truth[[0, 2, 3]], predicted[[0, 2, 3]])
    )


@pytest.mark.parametrize("convert", BOTH)
@pytest.mark.parametrize(
    ("prediction", "target"),
    [([0, 1], [0, -1]), ([-2, 1], [0, 1]), ([0, 1], [0, 1 << 20]), ([[0.1, 0.9], [0.5, 0.5]], [0, 2])],
)
def test_a_class_out_of_range_is_refused(convert: Convert, prediction: Any, target: Any) -> None:
    with pytest.raises(ValueError, match=r"given class -?\d+, expected indices 0 to \d+"):
        streamed(np.array(prediction), np.array(target), (), convert)


def test_scores_for_many_valued_integers_are_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="for a regression pass float targets"):
        streamed(np.array([20.5, 31.0]), np.array([20, 31]))


def test_batches_of_two_kinds_in_one_epoch_are_refused() -> None:
    stream = PredictionStream()
    stream.observe(np.array([0, 1]), np.array([0, 1]))
    with pytest.raises(ValueError, match="given a regression after class indices"):
        stream.observe(np.array([0.5]), np.array([0.5]))


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'auto'"):
        PredictionStream("ranking")  # type: ignore[arg-type]  # what a user may well write


def test_classes_go_by_their_labels() -> None:
    observed = streamed(np.array([0, 1, 2]), np.array([0, 1, 1]), labels=["normal", "ab\nnormal", "normal"])
    assert observed.classes is not None
    assert observed.classes["labels"] == ["normal (0)", "ab normal (1)", "normal (2)"]
    assert streamed(np.array([0, 3]), np.array([0, 3]), labels=["on"]).classes == {
        "labels": ["on", "3"], "truth": [1, 1], "predicted": [1, 1], "confusion": [[1, 0], [0, 1]], "f1": [1.0, 1.0],
    }  # fmt: skip


def test_bool_predictions_and_targets_are_two_classes() -> None:
    observed = streamed(torch.tensor([True, False, True]), torch.tensor([True, True, True]))
    assert observed.metrics["accuracy"] == pytest.approx(2 / 3)


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=1, max_size=40))
def test_counting_blindly_as_on_a_device_gives_the_same(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = torch.tensor(pairs).T.contiguous()
    counts = ClassCounts(DEVICE_LIKE, -100)
    for part in (slice(0, 5), slice(5, None)):
        counts.add(truth[part], predicted[part], torch.ones_like(truth[part], dtype=torch.bool))
    metrics, classes = counts.result(ClassNames())
    assert Observed(metrics, classes) == streamed(predicted, truth)


def test_a_class_out_of_range_on_a_device_is_counted_and_cannot_fault_there() -> None:
    counts = ClassCounts(DEVICE_LIKE, -100)
    truth, predicted = torch.tensor([0, 1, -1, 1 << 40, -100]), torch.tensor([0, 1, 1, 1, 1 << 50])
    counts.add(truth, predicted, torch.ones(5, dtype=torch.bool))
    metrics, _ = counts.result(ClassNames())
    assert metrics["accuracy"] == 1.0
    assert metrics["invalid_classes"] == 2


def test_scores_and_labels_counted_as_on_a_device_give_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    scores, truth = torch.randn(40, generator=generator), torch.randint(0, 2, (40,), generator=generator)
    binary = BinaryCounts(DEVICE_LIKE, -100, ScoreThreshold())
    binary.add(truth, scores)
    assert Observed(*binary.result(ClassNames())) == streamed(scores, truth)
    labels = LabelCounts(DEVICE_LIKE, ScoreThreshold())
    labels.add(truth.reshape(8, 5), scores.reshape(8, 5))
    assert Observed(*labels.result(ClassNames())) == streamed(scores.reshape(8, 5), truth.reshape(8, 5))


@pytest.mark.parametrize("shape", [(8,), (8, 5), (8, 70), (8, 5, 6)])
@pytest.mark.parametrize("kind", [torch.float32, torch.int64])
def test_nothing_is_read_from_a_device_before_finish(shape: tuple[int, ...], kind: torch.dtype) -> None:
    """Tensors on `meta` have no values: whatever tried to look at one would fail here."""
    stream = PredictionStream()
    for _ in range(3):
        stream.observe(
            torch.ones(shape, device="meta", dtype=kind), torch.ones(shape, device="meta", dtype=torch.int64)
        )
    if kind == torch.float32 and len(shape) > 1:
        logits, truth = torch.ones(shape, device="meta"), torch.ones(shape[:1] + shape[2:], device="meta").long()
        PredictionStream().observe(logits, truth)
