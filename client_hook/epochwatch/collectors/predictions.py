"""Follow predictions and targets through an epoch and say how good and how alive the predictions are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from epochwatch.collectors.arrays import Home, kind_of, read_pair
from epochwatch.collectors.classification import BinaryCounts, ClassCounts, LabelCounts, ScoreThreshold
from epochwatch.collectors.f1 import ClassNames
from epochwatch.collectors.regression import RegressionSums

Task = Literal["auto", "regression", "classification"]
_IGNORED_CLASS = -100  # torch's default `ignore_index`

_Sums = RegressionSums | ClassCounts | BinaryCounts | LabelCounts
_Kind = TypeVar("_Kind", RegressionSums, ClassCounts, BinaryCounts, LabelCounts)


@dataclass(frozen=True, slots=True)
class Observed:
    """What an epoch's predictions came to.

    metrics: see `regression.RegressionSums.metrics` and `f1.of_classes`; names without a split.
    classes: for a classification {labels, truth, predicted, confusion or None beyond 50 classes, f1}, else None.
    scatter: for a regression {target, prediction, n}, see `pairs.Pairs.result`, else None.
    """

    metrics: dict[str, float]
    classes: dict[str, Any] | None
    scatter: dict[str, Any] | None = None


class PredictionStream:
    """Predictions against targets, one split of a run, epoch by epoch. Called from the training thread only.

    Predictions and targets may be tensors on any device (summed there, read only by `finish`), numpy arrays or
    lists. With float targets it is a regression, with integer or bool targets a classification, unless `task` says
    otherwise. A classification takes, for targets of shape (n, ...):

    - class indices of the same shape as integers or bools,
    - logits or probabilities (n, classes, ...), or with the classes last,
    - one score per element, of the same shape, for targets 0 and 1: cut at 0.5 when every score of the epoch lies in
      0..1, else at 0,
    - multi-label: float scores (n, labels) for integer targets of the same shape, cut likewise.

    The target -100 leaves an element out. Elements whose prediction is not finite are left out and counted as
    `nonfinite_predictions`; classes out of range raise, or on a device are counted as `invalid_classes`.
    """

    def __init__(self, task: Task = "auto", labels: Sequence[object] | None = None) -> None:
        if task not in ("auto", "regression", "classification"):
            raise ValueError(f"given task {task!r}, expected 'auto', 'regression' or 'classification'")
        self._task = task
        self._names = ClassNames(None if labels is None else list(labels))
        self._threshold = ScoreThreshold()
        self._home: Home | None = None
        self._sums: _Sums | None = None

    def observe(self, prediction: object, target: object) -> None:
        """Add a batch of predictions and their targets to the epoch.

        Raises:
            TypeError: something that is no array of numbers.
            ValueError: shapes that do not fit each other, or a batch of another kind than those before it.
        """
        home, predicted, truth = read_pair(prediction, target, self._home)
        predicted, truth = (array.reshape(1) if array.ndim == 0 else array for array in (predicted, truth))
        _, kind = kind_of(predicted), kind_of(truth)  # both, so that text is refused here
        if self._task == "regression" or (self._task == "auto" and kind == "float"):
            regression = self._sums_of(RegressionSums, lambda: RegressionSums(home))
            regression.add(_shaped_like(predicted, truth), truth)
            self._sums = regression
        else:
            self._sums = self._with_classes(home, predicted, truth)
        self._home = home

    def finish(self) -> Observed | None:
        """Return what the epoch came to, None when nothing was observed, and begin the next epoch."""
        sums, self._sums, self._home = self._sums, None, None
        if sums is None:
            return None
        if isinstance(sums, RegressionSums):
            return Observed(sums.metrics(), None, sums.pairs.result())
        return Observed(*sums.result(self._names))

    def _with_classes(self, home: Home, predicted: Any, truth: Any) -> _Sums:
        if kind_of(truth) == "float":  # BCEWithLogitsLoss wants its targets as floats
            truth = home.library.round(truth)
        truth = home.as_integer(truth)
        is_scores = kind_of(predicted) == "float"
        axis = _class_axis(predicted, truth) if is_scores else None
        if axis is not None:
            return self._with_logits(home, predicted, truth, axis)
        predicted = _shaped_like(predicted, truth)
        if is_scores and truth.ndim == 2 and truth.shape[1] > 1:
            labels = self._sums_of(LabelCounts, lambda: LabelCounts(home, self._threshold))
            labels.add(truth, predicted)
            return labels
        truth, predicted = truth.reshape(-1), predicted.reshape(-1)
        if is_scores:
            binary = self._sums_of(BinaryCounts, lambda: BinaryCounts(home, _IGNORED_CLASS, self._threshold))
            binary.add(truth, predicted)
            return binary
        counts = self._sums_of(ClassCounts, lambda: ClassCounts(home, _IGNORED_CLASS))
        counts.add(truth, home.as_integer(predicted), home.library.isfinite(predicted))
        return counts

    def _with_logits(self, home: Home, scores: Any, truth: Any, axis: int) -> _Sums:
        top, winner = home.top(scores, axis)  # NaN on top when any score is; -inf alone is a mask, not trouble
        counts = self._sums_of(ClassCounts, lambda: ClassCounts(home, _IGNORED_CLASS))
        counts.add(
            truth.reshape(-1), winner.reshape(-1), home.library.isfinite(top).reshape(-1), columns=scores.shape[axis]
        )
        return counts

    def _sums_of(self, kind: type[_Kind], make: Callable[[], _Kind]) -> _Kind:
        sums = make() if self._sums is None else self._sums
        if not isinstance(sums, kind):
            raise ValueError(
                f"given {kind.title} after {sums.title}, expected one kind of batch within an epoch; "
                "name the task if it was guessed wrongly"
            )
        return sums


def _class_axis(scores: Any, truth: Any) -> int | None:
    """Return the axis of the classes in (n, classes, ...) or (n, ..., classes) against (n, ...), None if there is none.

    A single column of scores is no class axis: it is one score per element.
    """
    if scores.ndim == truth.ndim and truth.ndim > 1 and truth.shape[1] == 1 != scores.shape[1]:
        truth = truth[:, 0]  # targets kept as (n, 1, ...)
    if scores.ndim != truth.ndim + 1 or scores.shape[0] != truth.shape[0]:
        return None
    for axis in (1, scores.ndim - 1):
        if scores.shape[:axis] + scores.shape[axis + 1 :] == truth.shape and scores.shape[axis] > 1:
            return axis
    return None


def _shaped_like(predicted: Any, truth: Any) -> Any:
    """Give predictions the shape of the targets when they differ in axes of length 1 only.

    Raises:
        ValueError: they differ otherwise; (n, 1) against (n,) is meant, (n,) against (m,) is a mistake.
    """
    if predicted.shape == truth.shape:
        return predicted
    if [size for size in predicted.shape if size != 1] == [size for size in truth.shape if size != 1]:
        return predicted.reshape(truth.shape)
    raise ValueError(
        f"given predictions of shape {tuple(predicted.shape)} for targets of shape {tuple(truth.shape)}, expected the "
        "same shape, or for classes (n, classes, ...) for targets (n, ...)"
    )
