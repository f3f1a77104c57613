"""Everything about series in one place to import from: append, read, sum up, seal."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from epochwatch_server.domain.series import Series
from epochwatch_server.store.appending import append_points
from epochwatch_server.store.columns import join_float
from epochwatch_server.store.epoch_points import append_epoch_points, read_epoch_points
from epochwatch_server.store.sealing import seal
from epochwatch_server.store.slices import read_points, read_slices
from epochwatch_server.store.sparklines import sparklines
from epochwatch_server.store.statement import Statement, portions, question_marks

__all__ = [
    "append_epoch_points",
    "append_points",
    "last_values",
    "list_series",
    "read_epoch_points",
    "read_points",
    "read_slices",
    "seal",
    "series_of_runs",
    "sparklines",
]

# As the fields of Series, so that ten thousand rows become series without a look at each field; then the flag.
_COLUMNS = (
    "id, run_id, metric, n, nonfinite, last_step, last_epoch, last_time_ms, last_value, "
    "min_value, min_step, max_value, max_step, last_flag"
)
_LAST, _FLAG = 8, 13
_RUNS_A_QUERY = 10_000


def list_series(connection: Connection, run_id: str) -> list[Series]:
    """Sum up every series of a run, in the order of their names."""
    return sorted(series_of_runs(connection, [run_id])[run_id].values(), key=lambda series: series.metric)


def series_of_runs(connection: Connection, run_ids: Sequence[str]) -> dict[str, dict[str, Series]]:
    """Sum up every series of many runs, by run and metric, in one query."""
    found: dict[str, dict[str, Series]] = {run_id: {} for run_id in run_ids}
    for ids in portions(run_ids, _RUNS_A_QUERY):
        statement = Statement(
            "SELECT {columns} FROM series WHERE run_id IN ({ids})", columns=_COLUMNS, ids=question_marks(ids)
        )
        for row in statement.rows(connection, *ids):
            found[row[1]][row[2]] = Series(*row[:_FLAG]) if not row[_FLAG] else _with_special_last(row)
    return found


def last_values(connection: Connection, run_ids: Sequence[str], metrics: Sequence[str]) -> dict[str, dict[str, float]]:
    """Read the last value of these metrics in many runs, by run and metric: the runs table's one query.

    Only what a table shows is fetched and nothing is made of it: a third of the time that whole series take.
    """
    found: dict[str, dict[str, float]] = {run_id: {} for run_id in run_ids}
    if not metrics:
        return found
    for ids in portions(run_ids, _RUNS_A_QUERY):
        statement = Statement(
            "SELECT run_id, metric, last_value, last_flag FROM series "
            "WHERE run_id IN ({ids}) AND metric IN ({metrics}) AND n > 0",
            ids=question_marks(ids),
            metrics=question_marks(metrics),
        )
        for run_id, metric, value, flag in statement.rows(connection, *ids, *metrics):
            found[run_id][metric] = join_float(None, flag) if flag else value
    return found


def _with_special_last(row: tuple[Any, ...]) -> Series:
    fields = list(row[:_FLAG])
    fields[_LAST] = join_float(None, row[_FLAG])
    return Series(*fields)
