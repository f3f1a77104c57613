"""A table that is sorted on disk, for logs whose values do not stand in the order of the training."""

import math
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_MAKE = "CREATE TABLE cell (run TEXT, step INTEGER, epoch INTEGER, time REAL, metric TEXT, value REAL)"
_KEEP = "INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?)"
_RUNS = "SELECT run, min(rowid) FROM cell GROUP BY run ORDER BY min(rowid)"
_IN_ORDER = "SELECT step, epoch, time, metric, value FROM cell WHERE run = ? ORDER BY step, rowid"
_CACHE = "PRAGMA cache_size = -65536"  # 64 MiB; what is more goes to a file that nobody else sees


class Cell(NamedTuple):
    """One value of one metric."""

    run: str
    step: int
    epoch: int | None
    time: float
    metric: str
    value: float


class ScratchTable:
    """Holds cells until it is closed; one thread. SQLite keeps what memory should not, and deletes it at the end."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(_CACHE)
        self._connection.execute(_MAKE)
        self._connection.execute("BEGIN")
        self._connection.executemany(_KEEP, cells)  # NaN is kept as NULL
        self._connection.execute("CREATE INDEX place ON cell (run, step)")
        self._connection.execute("COMMIT")

    def runs(self) -> list[str]:
        """Name the runs in the order in which they begin."""
        return [run for run, _ in self._connection.execute(_RUNS)]

    def of(self, run: str) -> Iterator[Cell]:
        """Yield a run's cells by step, and within a step as they came."""
        for step, epoch, time, metric, value in self._connection.execute(_IN_ORDER, (run,)):
            yield Cell(run, step, epoch, time, metric, math.nan if value is None else value)

    def close(self) -> None:
        """Let it go."""
        self._connection.close()
