"""Memory that reads use again and again: touching new memory takes longer than unpacking points into it."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from epochwatch_server.domain.series import Floats

_KEPT_POINTS = 131_072  # 4 MB: a series of 100,000 steps; larger ones get memory of their own
_NAME = "epochwatch.scratch"


class Scratch:
    """Room for the points of one read. One thread at a time may use it; each `take` overwrites the one before."""

    def __init__(self) -> None:
        self._integers = np.empty((3, 0), np.int64)
        self._values = np.empty(0, np.float64)

    def take(self, n: int) -> tuple[NDArray[np.int64], Floats]:
        """Lend integers (3, n) and values (n,), not cleared."""
        if n > _KEPT_POINTS:
            return np.empty((3, n), np.int64), np.empty(n, np.float64)
        if n > len(self._values):
            room = 1 << (n - 1).bit_length()
            self._integers, self._values = np.empty((3, room), np.int64), np.empty(room, np.float64)
        return self._integers[:, :n], self._values[:n]


def scratch_of(connection: Connection) -> Scratch:
    """Find the scratch of a connection, which one thread at a time uses; the next read on it overwrites the points."""
    found: Scratch = connection.info.setdefault(_NAME, Scratch())
    return found
