"""One metric's values, as rules see them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.health.signals import Signal

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """One metric's values over epochs (or steps). Arrays have shape (n,); a value may be NaN or infinite.

    places: epoch numbers (or steps), rising; epochs: the epoch of each.
    """

    signal: Signal
    places: Ints
    epochs: Ints
    values: Floats

    @property
    def metric(self) -> str:
        """The metric's name as logged."""
        return self.signal.metric

    def __len__(self) -> int:
        return len(self.values)

    @property
    def last(self) -> float:
        """The newest value."""
        return float(self.values[-1])

    @property
    def first(self) -> float:
        """The oldest value."""
        return float(self.values[0])

    def finite(self) -> "Track":
        """Return the track without its non-finite values."""
        keep = np.isfinite(self.values)
        return self if keep.all() else Track(self.signal, self.places[keep], self.epochs[keep], self.values[keep])

    def since(self, epoch: int) -> Floats:
        """Return the values from an epoch on."""
        return self.values[self.epochs >= epoch]

    def before(self, epoch: int) -> Floats:
        """Return the values before an epoch."""
        return self.values[self.epochs < epoch]

    def from_epoch(self, epoch: int) -> "Track":
        """Return the part from an epoch on."""
        keep = self.epochs >= epoch
        return self if keep.all() else Track(self.signal, self.places[keep], self.epochs[keep], self.values[keep])
