"""What is known of each run that is compared, and the questions every table and finding asks of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from epochwatch_server.domain.alert import StoredAlert
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import EpochPoint, Series

MAX_RUNS = 8  # side by side; more are a project's scatter, not a comparison
_NOISE_EPOCHS = 10  # of the end of a run: by then the first fall is over
_ORDER_OF_CHOICE = ("accuracy", "f1", "r2", "error", "loss")


@dataclass(frozen=True, slots=True)
class Compared:
    """One run of a comparison. epochs: by metric, in order of epochs; series: what the store sums up of each metric."""

    run: Run
    epochs: Mapping[str, Sequence[EpochPoint]] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    alerts: Sequence[StoredAlert] = ()

    @property
    def name(self) -> str:
        """The run's name, with its id when it has none."""
        return self.run.name or self.run.id


@dataclass(frozen=True, slots=True)
class Standing:
    """How one metric of one run stands. Values None: never finite. n: epochs, or points where there are no epochs."""

    metric: str
    direction: str | None
    best: float | None
    best_epoch: int | None
    last: float | None
    n: int


def standing_of(compared: Compared, metric: str) -> Standing | None:
    """Sum a metric up: best by its direction, and last. None: the run never logged it."""
    direction = direction_of(compared.run, metric)
    points = compared.epochs.get(metric, ())
    if points:
        finite = [point for point in points if math.isfinite(point.value)]
        sign = -1.0 if direction == "min" else 1.0
        best = max(finite, key=lambda point: sign * point.value, default=None) if direction else None
        last = points[-1].value
        return Standing(
            metric, direction, best.value if best else None, best.epoch if best else None, last, len(points)
        )
    found = compared.series.get(metric)
    if found is None:
        return None
    extreme = {"min": found.min, "max": found.max}.get(direction or "")
    return Standing(metric, direction, extreme, None, found.last, found.n)


def direction_of(run: Run, metric: str) -> str | None:
    """Say which direction is better: as tracked, or as the name tells; None when neither is."""
    if run.tracked is not None and run.tracked.metric == metric:
        return run.tracked.mode
    return read_metric_name(metric).direction


def metrics_of(group: Sequence[Compared]) -> list[str]:
    """List every metric that any of the runs has, those of the validation first."""
    rank = {"val": 0, "test": 1, "train": 2}
    names = {name for compared in group for name in (*compared.series, *compared.epochs)}
    return sorted(names, key=lambda name: (rank.get(read_metric_name(name).split or "", 3), name))


def yardstick_of(group: Sequence[Compared]) -> str | None:
    """Choose the metric by which the runs are ranked: the one most of them track, else the best known they share."""
    votes: dict[str, int] = {}
    for compared in group:
        if compared.run.tracked is not None:
            votes[compared.run.tracked.metric] = votes.get(compared.run.tracked.metric, 0) + 1
    for metric in sorted(votes, key=lambda metric: -votes[metric]):
        if _is_shared(group, metric):
            return metric
    for role in _ORDER_OF_CHOICE:
        for metric in metrics_of(group):
            told = read_metric_name(metric)
            if told.split == "val" and told.role == role and _is_shared(group, metric):
                return metric
    return None


def rank_by(group: Sequence[Compared], metric: str) -> list[tuple[Compared, float]]:
    """Order the runs that have a finite best of this metric, the better first."""
    told = [(compared, standing_of(compared, metric)) for compared in group]
    known = [
        (compared, found.best, found.direction)
        for compared, found in told
        if found is not None and found.best is not None
    ]
    sign = 1.0 if any(direction == "min" for _, _, direction in known) else -1.0
    return sorted(((compared, best) for compared, best, _ in known), key=lambda pair: sign * pair[1])


def noise_of(compared: Compared, metric: str) -> float:
    """Measure how far a metric moves from one epoch to the next by itself, at the end of the run.

    1.5 x the median absolute difference of successive values around their trend: second differences, which a straight
    line leaves at 0, divided by sqrt(3) because noise makes them that much larger than first ones. 0: too few values.
    """
    values = [point.value for point in compared.epochs.get(metric, ()) if math.isfinite(point.value)]
    bends = np.abs(np.diff(np.array(values[-_NOISE_EPOCHS:], dtype=np.float64), n=2))
    return 1.5 * float(np.median(bends)) / math.sqrt(3) if len(bends) >= 3 else 0.0


def _is_shared(group: Sequence[Compared], metric: str) -> bool:
    return sum(standing_of(compared, metric) is not None for compared in group) >= 2
