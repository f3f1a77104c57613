"""MLflow's SQLite store."""

import math
from collections.abc import Iterator
from pathlib import Path

from epochwatch_server.importers.mlflow_run import StoredRun, Value
from epochwatch_server.importers.sqlite_store import opened, rows_of

_RUNS = """
SELECT run_uuid, runs.name, experiments.name, start_time, status FROM runs
JOIN experiments ON experiments.experiment_id = runs.experiment_id
WHERE runs.lifecycle_stage = 'active' ORDER BY start_time, run_uuid
"""
_PARAMS = "SELECT key, value FROM params WHERE run_uuid = ? ORDER BY key"
_TAGS = "SELECT key, value FROM tags WHERE run_uuid = ? ORDER BY key"
_VALUES = "SELECT key, value, step, timestamp, is_nan FROM metrics WHERE run_uuid = ? ORDER BY rowid"
_INFINITY = 1.7976931348623157e308  # MLflow keeps infinities as the largest numbers there are


def runs_of(path: Path) -> Iterator[StoredRun]:
    """Yield the runs of a database, the oldest first."""
    with opened(path) as store:
        found = list(rows_of(store, _RUNS))
        details = [
            (
                dict(rows_of(store, _PARAMS, (run[0],))),
                {key: value or "" for key, value in rows_of(store, _TAGS, (run[0],))},
            )
            for run in found
        ]
    for (id_, name, experiment, begun, status), (params, tags) in zip(found, details, strict=True):
        yield StoredRun(
            id=id_,
            name=name or tags.get("mlflow.runName", ""),
            experiment=experiment,
            begun=(begun or 0) / 1000,
            status=status or "RUNNING",
            params=params,
            tags=tags,
            values=lambda id_=id_: _values(path, id_),  # type: ignore[misc]  # a default of a lambda
        )


def _values(path: Path, id_: str) -> Iterator[Value]:
    with opened(path) as store:
        for metric, value, step, moment, is_nan in rows_of(store, _VALUES, (id_,)):
            yield metric, math.nan if is_nan else _true(value), step, moment


def _true(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) >= _INFINITY else float(value)
