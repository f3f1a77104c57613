"""What the rules see of an epoch, made of its points: one number a metric, and the spread where it tells something."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from epochwatch_server.domain.series import EpochPoint
from epochwatch_server.health.signals import Signal, read_signal


def epoch_metrics(points: Mapping[str, EpochPoint]) -> dict[str, float]:
    """Turn one epoch's points into what a recording's epoch holds.

    The hook sends each metric's spread over the steps; the rules know it as a metric of its own, `train/loss_std`, and
    of the gradients the largest, `grad_norm_max`. What the script logs under these names itself counts instead.
    """
    metrics = {metric: epoch_value(point) for metric, point in points.items()}
    for metric, point in points.items():
        if point.n < 2:
            continue
        signal = read_signal(metric)
        if signal.role == "loss" and signal.split == "train":
            metrics.setdefault(_spread_name(signal), point.std)
        elif signal.role == "grad_norm" and metric.endswith("grad_norm"):
            metrics.setdefault(f"{metric}_max", point.max)
    return metrics


def epoch_value(point: EpochPoint) -> float:
    """Say what an epoch is judged by: the mean, or NaN when a step of it was none."""
    return math.nan if point.nonfinite and point.n else point.value


def by_epoch(points: Mapping[str, Sequence[EpochPoint]]) -> dict[int, dict[str, EpochPoint]]:
    """Sort metrics' points by epoch, in the order of the epochs."""
    found: dict[int, dict[str, EpochPoint]] = {}
    for metric, some in points.items():
        for point in some:
            found.setdefault(point.epoch, {})[metric] = point
    return dict(sorted(found.items()))


def closed_at(points: Iterable[EpochPoint]) -> int:
    """Say by the trainer's clock, in milliseconds, when an epoch was over: when most of its points say.

    What is added behind the end, such as test metrics, and what an earlier attempt left there say other times.
    """
    return Counter(point.time_ms for point in points).most_common(1)[0][0]


def _spread_name(signal: Signal) -> str:
    name = f"{signal.metric}_std"
    return name if read_signal(name).role == "loss_std" else f"{signal.split}/loss_std"
