"""From the store to how a run stands against its targets and bands."""

from epochwatch_server.charts.standing import Standing, standings
from epochwatch_server.domain.run import Run
from epochwatch_server.store import series
from epochwatch_server.store.database import Connection


def targets_of(connection: Connection, run: Run) -> list[Standing]:
    """Score every metric for which the script declared targets or bands."""
    metrics = list(dict.fromkeys([*run.declared.targets, *run.declared.bands]))
    return standings(run, series.read_epoch_points(connection, run.id, metrics)) if metrics else []
