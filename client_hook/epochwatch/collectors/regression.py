"""Sums that say how well, and how lively, a regression predicts; streamed and merged without loss."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from epochwatch.collectors.arrays import Home
from epochwatch.collectors.pairs import Pairs

_CHUNK_ELEMENTS = 1 << 18  # temporaries stay at 2 MiB each, whatever the size of a batch
_ROWS_BEFORE_MERGE = 32  # summaries waiting to be merged; merging many at once costs as little as merging two
_MAX_OUTPUTS = 1024  # wider targets (images, signals) are summed as one output

# Rows of a summary, each with one number per output.
_N, _PRED_MEAN, _TARGET_MEAN, _PRED_M2, _TARGET_M2, _SQUARED, _ABSOLUTE = range(7)
_PRED_MIN, _TARGET_MIN, _PRED_MAX, _TARGET_MAX, _BAD_PRED, _BAD_TARGET = range(7, 13)


class RegressionSums:
    """Count, mean, squared deviation, errors and extremes of predictions and targets, for one epoch.

    An element whose prediction or target is not finite is left out and counted. All work stays at `home`; only
    `metrics` reads from a device. Called from the training thread only.
    """

    title = "a regression"

    def __init__(self, home: Home) -> None:
        self._home = home
        self._summaries: list[Any] = []
        self.pairs = Pairs(home)

    def add(self, prediction: Any, target: Any) -> None:
        """Add a batch.

        Args:
            prediction, target: arrays of the home, both (n, ...); what follows n are the outputs.
        """
        count = math.prod(target.shape)
        outputs = count // len(target) if len(target) else 0
        if not outputs:
            return
        self.pairs.add(prediction, target)
        if outputs > _MAX_OUTPUTS or (self._summaries and self._summaries[0].shape[1] != outputs):
            outputs = 1
            self._summaries = [_pooled(self._home, summary) for summary in self._summaries]
        prediction, target = prediction.reshape(-1, outputs), target.reshape(-1, outputs)
        rows = max(1, _CHUNK_ELEMENTS // outputs)
        with _quiet(self._home):
            for start in range(0, len(target), rows):
                part = slice(start, start + rows)
                self._summaries.append(_summary(self._home, prediction[part], target[part]))
                if len(self._summaries) >= _ROWS_BEFORE_MERGE:
                    self._summaries = [_merged(self._home, self._home.library.stack(self._summaries))]

    def metrics(self) -> dict[str, float]:
        """Return the metrics over all batches; what is not defined on this data is left out.

        r2: coefficient of determination, 1 - SSE / SST per output, averaged evenly over the outputs as
        scikit-learn's `r2_score` does (1 for a perfect and 0 for any other prediction of a constant target); needs
        two finite elements per output. Everything else is taken over all elements of all outputs:
        variance_ratio: standard deviation of the predictions over that of the targets; pred_std, pred_mean,
        pred_min, pred_max, pred_range (max - min), target_std, target_mean, mae, rmse. Standard deviations are of
        the population (divided by n). nonfinite_predictions, nonfinite_targets: elements left out, when there are any.

        Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
        1979, equation 2.1, for any number of parts. Does not hold beyond about 1e150, where squares overflow.
        """
        if not self._summaries:
            return {}
        with _quiet(self._home):
            summary = _merged(self._home, self._home.library.stack(self._summaries))
            both = self._home.library.concatenate([summary, _pooled(self._home, summary)], axis=1)
        outputs = [list(column) for column in zip(*both.tolist(), strict=True)]
        return _r2(outputs[:-1]) | _metrics_of(outputs[-1])


def _summary(home: Home, prediction: Any, target: Any) -> Any:
    """Sum up (n, k) predictions and targets to (13, k)."""
    xp = home.library
    pair = xp.stack([home.as_float(prediction), home.as_float(target)])
    finite = xp.isfinite(pair)
    used = finite.all(axis=0)
    n = home.as_float(used.sum(axis=0))
    values = home.filled(pair, ~used, 0.0)
    mean = values.sum(axis=1) / home.filled(n, n == 0, 1.0)
    deviation = home.filled(values - mean[:, None], ~used, 0.0)
    error = values[1] - values[0]
    return xp.concatenate(
        [
            n[None],
            mean,
            (deviation * deviation).sum(axis=1),
            (error * error).sum(axis=0)[None],
            xp.abs(error).sum(axis=0)[None],
            xp.amin(home.filled(pair, ~used, math.inf), axis=1),
            xp.amax(home.filled(pair, ~used, -math.inf), axis=1),
            home.as_float((~finite).sum(axis=1)),
        ]
    )


def _merged(home: Home, parts: Any) -> Any:
    """Merge summaries (m, 13, k) of disjoint data into one (13, k)."""
    xp = home.library
    n = parts[:, _N].sum(axis=0)
    means = parts[:, _PRED_MEAN : _TARGET_MEAN + 1]
    weights = parts[:, _N][:, None]
    mean = (means * weights).sum(axis=0) / home.filled(n, n == 0, 1.0)
    between = (weights * (means - mean) ** 2).sum(axis=0)
    return xp.concatenate(
        [
            n[None],
            mean,
            parts[:, _PRED_M2 : _TARGET_M2 + 1].sum(axis=0) + between,
            parts[:, _SQUARED : _ABSOLUTE + 1].sum(axis=0),
            xp.amin(parts[:, _PRED_MIN : _TARGET_MIN + 1], axis=0),
            xp.amax(parts[:, _PRED_MAX : _TARGET_MAX + 1], axis=0),
            parts[:, _BAD_PRED:].sum(axis=0),
        ]
    )


def _pooled(home: Home, summary: Any) -> Any:
    """Merge the outputs of a summary (13, k) into one (13, 1)."""
    return _merged(home, summary.T[:, :, None])


def _r2(outputs: list[list[float]]) -> dict[str, float]:
    scores = []
    for output in outputs:
        if output[_N] < 2:
            continue
        is_constant = output[_TARGET_MIN] == output[_TARGET_MAX]  # exact, where the summed deviation may be rounded
        if output[_SQUARED] == 0:
            scores.append(1.0)
        else:
            scores.append(0.0 if is_constant or not output[_TARGET_M2] else 1 - output[_SQUARED] / output[_TARGET_M2])
    return {"r2": math.fsum(scores) / len(scores)} if scores else {}


def _metrics_of(pooled: list[float]) -> dict[str, float]:
    metrics: dict[str, float] = {}
    n = pooled[_N]
    if n:
        pred_std, target_std = math.sqrt(pooled[_PRED_M2] / n), math.sqrt(pooled[_TARGET_M2] / n)
        if pooled[_TARGET_MIN] < pooled[_TARGET_MAX] and target_std:
            metrics["variance_ratio"] = pred_std / target_std
        metrics |= {
            "pred_std": pred_std,
            "pred_mean": pooled[_PRED_MEAN],
            "pred_min": pooled[_PRED_MIN],
            "pred_max": pooled[_PRED_MAX],
            "pred_range": pooled[_PRED_MAX] - pooled[_PRED_MIN],
            "target_std": target_std,
            "target_mean": pooled[_TARGET_MEAN],
            "mae": pooled[_ABSOLUTE] / n,
            "rmse": math.sqrt(pooled[_SQUARED] / n),
        }
    if pooled[_BAD_PRED]:
        metrics["nonfinite_predictions"] = pooled[_BAD_PRED]
    if pooled[_BAD_TARGET]:
        metrics["nonfinite_targets"] = pooled[_BAD_TARGET]
    return metrics


def _quiet(home: Home) -> AbstractContextManager[Any]:
    """Keep numpy from warning of an overflow in the user's training: an infinite sum is the answer."""
    return home.library.errstate(all="ignore") if home.device is None else nullcontext()
