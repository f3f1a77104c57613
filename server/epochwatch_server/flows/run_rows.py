"""Rows of the runs table, made once and kept until their run changes: listing a thousand runs reads none of them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from epochwatch_server.domain.alert import HealthSummary
from epochwatch_server.domain.event import Command
from epochwatch_server.domain.run import Run
from epochwatch_server.live.messages import RunRow, run_row
from epochwatch_server.store import alerts, commands, series
from epochwatch_server.store.database import Connection

DEFAULT_SPARK = "train/loss"  # the small line of a run that tracks nothing
FRESH_MS = 10_000  # another server of the same database may have asked a run to stop, or judged it
MAX_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Kept:
    run: Run
    spark: Sequence[float]
    stop: Command | None
    health: HealthSummary | None
    row: RunRow
    read_ms: int


class RunRows:
    """Makes rows. Safe to use from any thread."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: Connection, runs: Sequence[Run]) -> list[RunRow]:
        """Make the rows of some runs; what a row needs beyond its run is read for those that changed only."""
        now_ms = self._clock_ms()
        with self._lock:
            kept = {run.id: found for run in runs if (found := self._kept.get(run.id)) and _holds(found, run, now_ms)}
        for made in self._make(connection, [run for run in runs if run.id not in kept], now_ms):
            kept[made.run.id] = made
            self._keep(made)
        return [kept[run.id].row for run in runs]

    def quick(self, run: Run) -> RunRow | None:
        """Make a row with the small line, the stop and the health as last read; None when that was never."""
        with self._lock:
            found = self._kept.get(run.id)
        return run_row(run, found.spark, found.stop, found.health) if found else None

    def forget(self, run_id: str) -> None:
        """Read a run's row anew at the next chance."""
        with self._lock:
            self._kept.pop(run_id, None)

    def _make(self, connection: Connection, runs: Sequence[Run], now_ms: int) -> list[_Kept]:
        if not runs:
            return []
        sparks = series.sparklines(connection, {run.id: spark_metric(run) for run in runs})
        # How an ended run was stopped stands in its end.
        stops = commands.latest_commands(connection, [run.id for run in runs if not run.state.is_over])
        healths = alerts.health_summaries(connection, [run.id for run in runs])
        made = []
        for run in runs:
            spark, stop, health = sparks.get(run.id, ()), stops.get(run.id), healths.get(run.id)
            made.append(_Kept(run, spark, stop, health, run_row(run, spark, stop, health), now_ms))
        return made

    def _keep(self, made: _Kept) -> None:
        with self._lock:
            self._kept[made.run.id] = made
            self._kept.move_to_end(made.run.id)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)


def spark_metric(run: Run) -> str:
    """Name the metric that a run's small line draws."""
    return run.tracked.metric if run.tracked else DEFAULT_SPARK


def _holds(kept: _Kept, run: Run, now_ms: int) -> bool:
    is_fresh = run.state.is_over or 0 <= now_ms - kept.read_ms < FRESH_MS
    return is_fresh and kept.run == run
