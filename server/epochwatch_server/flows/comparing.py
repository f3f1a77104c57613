"""From the store to a comparison: what is known of some runs, or of all runs of a project."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from epochwatch_server.charts.alert_times import AlertedRun, alert_times_figure
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.many_runs import Quantity, RunQuantities
from epochwatch_server.charts.overlay import Overlay, RunLine, Spread, overlay_figure, spread_figure
from epochwatch_server.comparison.compared import MAX_RUNS, Compared, standing_of
from epochwatch_server.comparison.config_table import flatten
from epochwatch_server.comparison.groups import group_by
from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import EpochPoint, Series
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.store import alerts, runs, series
from epochwatch_server.store.database import Connection

_MAX_KEPT = 64  # ended runs whose epochs are kept in memory: a comparison is looked at again and again
MAX_PROJECT_RUNS = 5_000  # newest; beyond it a chart is a cloud
_TITLES = {rule.id: rule.title for rule in RULES}


class Comparing:
    """Reads comparisons. Safe to use from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], dict[str, list[EpochPoint]]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, connection: Connection, run_ids: Sequence[str]) -> list[Compared]:
        """Read what is known of some runs, in the order given.

        Raises:
            InvalidInput: Fewer than two runs are named, or more than eight.
            NotFound: One of them does not exist.
        """
        wanted = list(dict.fromkeys(run_ids))
        if not 2 <= len(wanted) <= MAX_RUNS:
            raise InvalidInput(f"{len(wanted)} runs were given to compare; give 2 to {MAX_RUNS}, as runs=ID,ID")
        sums = series.series_of_runs(connection, wanted)
        return [self._read_one(connection, run_id, sums[run_id]) for run_id in wanted]

    def _read_one(self, connection: Connection, run_id: str, sums: dict[str, Series]) -> Compared:
        run = runs.get_run(connection, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
        return Compared(run, self._epochs(connection, run), sums, alerts.list_alerts(connection, run_id=run_id))

    def _epochs(self, connection: Connection, run: Run) -> dict[str, list[EpochPoint]]:
        key = (run.id, run.last_seen_ms)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = series.read_epoch_points(connection, run.id)
        if run.state.is_over:
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > _MAX_KEPT:
                    self._kept.popitem(last=False)
        return found


def overlay_of(connection: Connection, group: Sequence[Compared], metric: str, asked: Overlay) -> Figure:
    """Draw one metric of the compared runs.

    Raises:
        InvalidInput: The baseline is not among them.
    """
    if asked.baseline is not None and asked.baseline not in {compared.run.id for compared in group}:
        raise InvalidInput(f"the baseline {asked.baseline[:64]!r} is not among the compared runs; give one of them")
    lines = []
    for compared in group:
        run, epochs = compared.run, compared.epochs.get(metric, [])
        by_step = asked.align in ("step", "time") or not epochs
        parts = series.read_slices(connection, run.id, [metric], buckets=asked.view.buckets) if by_step else []
        part = parts[0] if parts else None
        found = standing_of(compared, metric)
        best = found.best_epoch if found is not None else None
        lines.append(RunLine(run.id, compared.name, run.hue, run.created_ms, run.planned_epochs, epochs, part, best))
    return overlay_figure(lines, metric, asked)


def spread_of(group: Sequence[Compared], metric: str, key: str, asked: Overlay) -> Figure:
    """Draw mean and spread of one metric over the runs that share a setting."""
    groups = group_by(group, key, metric)
    spreads = [
        Spread(f"{key} {each.value}", place, len(each.runs), each.epochs, each.mean, each.low, each.high)
        for place, each in enumerate(groups)
    ]
    return spread_figure(spreads, metric, asked)


def alert_times_of(group: Sequence[Compared]) -> Figure:
    """Draw the alerts of the compared runs on one axis."""
    rows = [AlertedRun(compared.run.id, compared.name, compared.run.epoch or 0, compared.alerts) for compared in group]
    return alert_times_figure(rows, _TITLES)


def quantities_of(connection: Connection, project: str) -> list[RunQuantities]:
    """Say of every run of a project what can be laid on an axis: settings, and each score's best or last value.

    A metric stands for its best over the run by the direction its name tells, else for its last value.
    """
    found = runs.list_runs(connection, project=project, limit=MAX_PROJECT_RUNS, with_documents=True)
    sums = series.series_of_runs(connection, [run.id for run in found])
    told = []
    for run in found:
        metrics = _metrics(run, sums[run.id])
        values = {**_settings(run.config), **metrics}
        told.append(RunQuantities(run.id, run.name or run.id, run.hue, values, frozenset(metrics)))
    return told


def _settings(config: object) -> dict[str, Quantity]:
    return {key: _quantity(value) for key, value in flatten(config) if _quantity(value) is not None}


def _quantity(value: object) -> Quantity:
    if isinstance(value, bool) or value is None:
        return None if value is None else str(value)
    if isinstance(value, int | float):
        return float(value)
    return value[:200] if isinstance(value, str) else None


def _metrics(run: Run, sums: dict[str, Series]) -> dict[str, Quantity]:
    values: dict[str, Quantity] = {}
    for metric, found in sums.items():
        direction = read_metric_name(metric).direction
        best = {"min": found.min, "max": found.max}.get(direction or "")
        values[metric] = found.last if best is None else best
    if run.tracked is not None and run.tracked.best is not None:
        values[run.tracked.metric] = run.tracked.best
    return values
