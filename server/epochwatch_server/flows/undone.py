"""Finds runs whose rules were not asked as far as the runs have come: a server died in between."""

from epochwatch_server.domain.run import RunState
from epochwatch_server.flows.health_keeping import position_of
from epochwatch_server.store import health, runs
from epochwatch_server.store.database import Connection

MAX_LOST_MS = 7 * 86_400_000  # a run silent for longer is not looked at again after a start


def undone_runs(connection: Connection, now_ms: int, *, is_start: bool) -> list[str]:
    """List the runs to look at.

    Args:
        is_start: The server has just started: every run that goes on is looked at.
    """
    found = health.unsettled_runs(connection)
    for run in runs.unfinished_runs(connection):
        if run.state is RunState.LOST and now_ms - run.last_seen_ms > MAX_LOST_MS:
            continue
        stored = health.get_health(connection, run.id)
        position = position_of(stored.state if stored else None)
        if is_start or (position.epoch is not None and position.epoch + 1 < run.epochs_done):
            found.append(run.id)
    return found
