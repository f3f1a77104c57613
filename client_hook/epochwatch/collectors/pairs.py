"""A few hundred pairs of prediction and target, taken evenly from an epoch of any length, for a scatter chart."""

from __future__ import annotations

import math
from typing import Any

from epochwatch.collectors.arrays import Home

MAX_PAIRS = 512  # as many dots as a chart can tell apart
_HASH = 2_654_435_761  # Knuth's multiplicative hash: 2^32 divided by the golden ratio


class Pairs:
    """Pairs of one epoch, at most 512 and at least half as many where there were enough; copies, never views.

    The stream of elements is cut into stretches of equal length, and one element of each is kept, at a place that a
    hash chooses, for otherwise one output of many would be all that is ever seen. When they become too many, every
    second one goes and the stretches are twice as long. Which ones are kept follows from the shapes alone, so nothing
    is read from a device before `result`. Called from the training thread only.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._kept: list[Any] = []  # arrays (2, m) of the home: targets, predictions
        self._stretch = 1
        self._next = 0  # the first stretch of which nothing was taken
        self.seen = 0  # elements

    def add(self, prediction: Any, target: Any) -> None:
        """Take from a batch of the home, both of one shape."""
        count = math.prod(target.shape)
        base, end = self.seen, self.seen + count
        while end // self._stretch >= MAX_PAIRS:
            self._halve()
        self.seen = end
        while self._place(self._next) < base:
            self._next += 1
        last = end // self._stretch
        stop = last + 1 if self._place(last) < end else last
        if stop > self._next:
            places = self._places(self._next, stop) - base
            self._kept.append(self._home.library.stack([self._taken(target, places), self._taken(prediction, places)]))
            self._next = stop

    def result(self) -> dict[str, Any] | None:
        """Return {target, prediction, n}, read from the device; n is how many elements there were. None without any."""
        if not self._kept:
            return None
        both = self._home.library.concatenate(self._kept, axis=1).tolist()
        usable = [(t, p) for t, p in zip(*both, strict=True) if math.isfinite(t) and math.isfinite(p)]
        usable = usable[:MAX_PAIRS]
        return {"target": [t for t, _ in usable], "prediction": [p for _, p in usable], "n": self.seen}

    def _halve(self) -> None:
        if self._kept:
            self._kept = [self._home.library.concatenate(self._kept, axis=1)[:, ::2]]
        self._stretch *= 2
        self._next = (self._next + 1) // 2

    def _taken(self, array: Any, places: Any) -> Any:
        return self._home.as_float(array.reshape(-1)[places])

    def _place(self, stretch: int) -> int:
        return stretch * self._stretch + ((stretch * _HASH % 2**32) >> 12) % self._stretch

    def _places(self, start: int, stop: int) -> Any:
        """Do the same as `_place` for stretches start .. stop - 1, on the device: a copy from here would wait."""
        numbers = self._home.counted(start, stop)
        return numbers * self._stretch + ((numbers * _HASH % 2**32) >> 12) % self._stretch
