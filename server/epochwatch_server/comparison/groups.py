"""Runs grouped by a config key: mean and spread of a metric over each group, such as over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epochwatch_server.comparison.compared import Compared, standing_of
from epochwatch_server.comparison.config_table import flatten, value_text
from epochwatch_server.domain.series import Floats, Int64s


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that share a value. epochs: int64 (n,); mean, low, high: float64 (n,), over the runs that reached each.

    low and high are one standard deviation around the mean (n - 1); equal to it where one run is left.
    """

    value: str
    runs: tuple[Compared, ...]
    epochs: Int64s
    mean: Floats
    low: Floats
    high: Floats
    best_mean: float | None
    best_std: float | None


def group_by(group: Sequence[Compared], key: str, metric: str) -> list[Group]:
    """Group runs by a config key; those without the key form the group "not set"."""
    found: dict[str, list[Compared]] = {}
    for compared in group:
        config = dict(flatten(compared.run.config))
        found.setdefault(value_text(config[key]) if key in config else "not set", []).append(compared)
    return [_summarise(value, runs, metric) for value, runs in found.items()]


def _summarise(value: str, runs: Sequence[Compared], metric: str) -> Group:
    curves = [{point.epoch: point.value for point in compared.epochs.get(metric, ())} for compared in runs]
    epochs = sorted({epoch for curve in curves for epoch in curve})
    means, spreads = [], []
    for epoch in epochs:
        values = np.array([curve[epoch] for curve in curves if epoch in curve])
        finite = values[np.isfinite(values)]
        means.append(float(finite.mean()) if len(finite) else np.nan)
        spreads.append(float(finite.std(ddof=1)) if len(finite) > 1 else 0.0)
    standings = [standing_of(compared, metric) for compared in runs]
    best = np.array([found.best for found in standings if found is not None and found.best is not None])
    mean, spread = np.array(means, dtype=np.float64), np.array(spreads, dtype=np.float64)
    return Group(
        value=value,
        runs=tuple(runs),
        epochs=np.array(epochs, dtype=np.int64),
        mean=mean,
        low=mean - spread,
        high=mean + spread,
        best_mean=float(best.mean()) if len(best) else None,
        best_std=float(best.std(ddof=1)) if len(best) > 1 else None,
    )
