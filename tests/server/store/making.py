"""Runs and points for the store's tests: only what a test cares about has to be said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from epochwatch_server.domain.packet import Rejection
from epochwatch_server.domain.run import Declared, Run, RunState
from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.store import runs
from epochwatch_server.store.series import append_points

NOW_MS = 1_763_600_000_000

_RUN = Run(
    id="run1",
    project="project",
    name="a run",
    state=RunState.RUNNING,
    hue=0,
    created_ms=NOW_MS,
    last_seen_ms=NOW_MS,
    last_point_ms=None,
    ended_ms=None,
    heartbeat_seconds=5.0,
    planned_epochs=None,
    epoch=None,
    epochs_done=0,
    epoch_seconds=None,
    step=None,
    learning_rate=None,
    parameters=None,
    dropped=0,
    tracked=None,
    declared=Declared(),
    config={},
    environment={},
    end=None,
)


def a_run(run_id: str = "run1", **fields: Any) -> Run:
    return replace(_RUN, id=run_id, **fields)


def adding_run(run_id: str = "run1", **fields: Any) -> Callable[[Connection], None]:
    """A job that stores a run."""
    return lambda connection: runs.insert_run(connection, a_run(run_id, **fields))


def appending(points: Points | Mapping[str, Points], run_id: str = "run1") -> Callable[[Connection], list[Rejection]]:
    """A job that appends points, of the metric `loss` when none is named."""
    given = {"loss": points} if isinstance(points, Points) else points
    return lambda connection: append_points(connection, run_id, given)


def points_of(
    steps: Sequence[int] | range | NDArray[np.int64],
    values: Sequence[float] | NDArray[np.float64] | float = 0.5,
    *,
    epoch: int = 0,
    time_ms: int | None = None,
) -> Points:
    """Points at these steps; one value for all or one for each; a step takes 50 ms unless a time is given."""
    at = np.asarray(list(steps) if isinstance(steps, range) else steps, np.int64)
    times = NOW_MS + 50 * (at % 1_000_000) if time_ms is None else np.full(len(at), time_ms)
    return Points(
        at, np.full(len(at), epoch, np.int64), times.astype(np.int64), np.broadcast_to(values, at.shape).astype(float)
    )


def an_epoch(epoch: int, value: float, **fields: Any) -> EpochPoint:
    point = EpochPoint(
        epoch=epoch,
        value=value,
        n=10,
        std=0.1,
        min=value - 0.2,
        max=value + 0.2,
        nonfinite=0,
        step=10 * epoch + 9,
        time_ms=NOW_MS + 1_000 * epoch,
    )
    return replace(point, **fields)


def same_points(first: Points, second: Points) -> bool:
    """Compare bit for bit, NaN equal to NaN."""
    return (
        np.array_equal(first.steps, second.steps)
        and np.array_equal(first.epochs, second.epochs)
        and np.array_equal(first.times_ms, second.times_ms)
        and np.array_equal(first.values.view(np.int64), second.values.view(np.int64))
    )
