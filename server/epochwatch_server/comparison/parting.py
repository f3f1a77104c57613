"""Where two runs part: the first epoch from which they differ by more than their own noise, for good."""

import math
from dataclasses import dataclass

import numpy as np

from epochwatch_server.comparison.compared import Compared, noise_of

_LEAST_SHARED = 4  # epochs; of fewer nothing can be told
_TIMES_NOISE = 2.0
_LEAST_SHARE = 0.01  # of the metric's level: less than that is no parting, however quiet the runs


@dataclass(frozen=True, slots=True)
class Parting:
    """From `epoch` on `first` and `second` stay apart; gap: first minus second there; noise: what was demanded."""

    metric: str
    epoch: int
    first_value: float
    second_value: float
    noise: float
    shared_epochs: int

    @property
    def gap(self) -> float:
        """First minus second at that epoch."""
        return self.first_value - self.second_value


def find_parting(first: Compared, second: Compared, metric: str) -> Parting | None:
    """Find the first epoch from which the difference keeps its sign and stays above the noise to the last shared one.

    Returns: None when they never part, share too few epochs, or only part in the last one.
    """
    values = [
        {point.epoch: point.value for point in compared.epochs.get(metric, ()) if math.isfinite(point.value)}
        for compared in (first, second)
    ]
    shared = sorted(values[0].keys() & values[1].keys())
    if len(shared) < _LEAST_SHARED:
        return None
    ours = np.array([values[0][epoch] for epoch in shared])
    theirs = np.array([values[1][epoch] for epoch in shared])
    level = float(np.median(np.abs(np.concatenate([ours, theirs]))))
    limit = max(_TIMES_NOISE * max(noise_of(first, metric), noise_of(second, metric)), _LEAST_SHARE * level)
    gap = ours - theirs
    apart = (np.abs(gap) > limit) & (np.sign(gap) == np.sign(gap[-1]))
    together = np.flatnonzero(~apart)
    begin = int(together[-1]) + 1 if len(together) else 0
    if begin >= len(shared) - 1:
        return None
    return Parting(metric, shared[begin], float(ours[begin]), float(theirs[begin]), limit, len(shared))
