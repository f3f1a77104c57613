"""Averages what is logged in an epoch, for metrics of which the epoch's end tells nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from epochwatch_server.domain.series import NO_EPOCH, Points

MAX_EPOCHS = 2  # in progress at once: a validation may still be logged when the next epoch has begun


@dataclass(slots=True)
class EpochMeans:
    """Sums by epoch and metric. For one thread. newest: the newest epoch that any point was of."""

    newest: int = NO_EPOCH
    _sums: dict[int, dict[str, tuple[float, int]]] = field(default_factory=dict)

    def add(self, points: Mapping[str, Points]) -> None:
        """Take points in; a step that comes again counts twice, which no rule minds."""
        for metric, some in points.items():
            for epoch in np.unique(some.epochs).tolist():
                if epoch == NO_EPOCH:
                    continue
                values = some.values[some.epochs == epoch]
                total, count = self._sums.setdefault(epoch, {}).get(metric, (0.0, 0))
                with np.errstate(all="ignore"):  # infinities of both signs sum to NaN, which is what they are
                    self._sums[epoch][metric] = (total + float(values.sum()), count + len(values))
                self.newest = max(self.newest, epoch)
        while len(self._sums) > MAX_EPOCHS:
            del self._sums[min(self._sums)]

    def begin_another(self, points: Mapping[str, Points]) -> bool:
        """Say whether points are of a later epoch than any before."""
        newest = max((int(some.epochs.max()) for some in points.values()), default=NO_EPOCH)
        return NO_EPOCH != self.newest < newest

    def take(self, epoch: int) -> dict[str, float]:
        """Return an epoch's means and forget it."""
        return {metric: total / count for metric, (total, count) in self._sums.pop(epoch, {}).items()}
