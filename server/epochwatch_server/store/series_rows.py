"""The rows of `series`: what is summed up of each series, kept exact with every write."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import Connection

from epochwatch_server.domain.packet import Rejection
from epochwatch_server.store.columns import clean_text
from epochwatch_server.store.statement import Statement, portions, question_marks

MAX_METRICS = 10_000  # names in one run: a name made from a step number shall not fill the disk

_COLUMNS = (
    "id, metric, time_base_ms, n, hot_n, nonfinite, last_step, last_epoch, last_time_ms, last_value, last_flag, "
    "min_value, min_step, max_value, max_step"
)
_OF_RUN = Statement("SELECT {columns} FROM series WHERE run_id = ?", columns=_COLUMNS)
_COUNT = Statement("SELECT count(*) FROM series WHERE run_id = ?")
_BY_ID = Statement("SELECT {columns} FROM series WHERE id = ?", columns=_COLUMNS)
_INSERT = Statement(
    "INSERT INTO series (run_id, metric, time_base_ms, n, hot_n, nonfinite, last_flag) VALUES (?, ?, ?, 0, 0, 0, 0)"
)
_UPDATE = Statement(
    "UPDATE series SET n = ?, hot_n = ?, nonfinite = ?, last_step = ?, last_epoch = ?, last_time_ms = ?, "
    "last_value = ?, last_flag = ?, min_value = ?, min_step = ?, max_value = ?, max_step = ? WHERE id = ?"
)
# The same for all rows at once, where each statement is a journey to the server.
_UPDATE_ARRAYS = Statement(
    "UPDATE series SET n = new.n, hot_n = new.hot_n, nonfinite = new.nonfinite, last_step = new.last_step, "
    "last_epoch = new.last_epoch, last_time_ms = new.last_time_ms, last_value = new.last_value, "
    "last_flag = new.last_flag, min_value = new.min_value, min_step = new.min_step, max_value = new.max_value, "
    "max_step = new.max_step FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], "
    "?::double precision[], ?::smallint[], ?::double precision[], ?::bigint[], ?::double precision[], ?::bigint[], "
    "?::bigint[]) AS new (n, hot_n, nonfinite, last_step, last_epoch, last_time_ms, last_value, last_flag, min_value, "
    "min_step, max_value, max_step, id) WHERE series.id = new.id"
)


@dataclass(slots=True)
class SeriesRow:
    """One row as the writer works on it; `n` 0 means that all it has are epochs' points."""

    id: int
    metric: str
    time_base_ms: int
    n: int
    hot_n: int
    nonfinite: int
    last_step: int | None
    last_epoch: int | None
    last_time_ms: int | None
    last_value: float | None
    last_flag: int
    min_value: float | None
    min_step: int | None
    max_value: float | None
    max_step: int | None


# Not `astuple`: it copies every value deeply, which takes fifty times as long.
_UPDATED = attrgetter(
    *("n", "hot_n", "nonfinite", "last_step", "last_epoch", "last_time_ms", "last_value", "last_flag"),
    *("min_value", "min_step", "max_value", "max_step", "id"),
)


def find_rows(connection: Connection, run_id: str, metrics: Sequence[str] | None = None) -> dict[str, SeriesRow]:
    """Read the rows of these metrics, or of all; a metric that the run does not have is left out."""
    if metrics is None:
        found = _OF_RUN.rows(connection, run_id)
    else:
        found = []
        for names in portions(metrics):
            statement = Statement(
                "SELECT {columns} FROM series WHERE run_id = ? AND metric IN ({names})",
                columns=_COLUMNS,
                names=question_marks(names),
            )
            found += statement.rows(connection, run_id, *names)
    return {row[1]: SeriesRow(*row) for row in found}


def find_row(connection: Connection, series_id: int) -> SeriesRow | None:
    """Read one row by its number."""
    row = _BY_ID.row(connection, series_id)
    return None if row is None else SeriesRow(*row)


def find_or_add_rows(
    connection: Connection, run_id: str, time_bases: Mapping[str, int]
) -> tuple[dict[str, SeriesRow], list[Rejection]]:
    """Read the rows of these metrics and add those that the run lacks.

    Args:
        time_bases: each metric's first time in milliseconds, the base of its hot rows' times if it is new.

    Returns:
        The rows by metric, and a rejection for each name that cannot be stored or goes beyond `MAX_METRICS`.
    """
    names = [metric for metric in time_bases if clean_text(metric) == metric]
    rows = find_rows(connection, run_id, names)
    missing = [metric for metric in names if metric not in rows]
    if missing:
        room = max(0, MAX_METRICS - _COUNT.rows(connection, run_id)[0][0])
        added, missing = missing[:room], missing[room:]
        _INSERT.run_all(connection, [(run_id, metric, time_bases[metric]) for metric in added])
        rows |= find_rows(connection, run_id, added)
    return rows, _rejections(time_bases.keys() - set(names), missing)


def save_rows(connection: Connection, rows: Iterable[SeriesRow]) -> None:
    """Write the rows back."""
    values = [_UPDATED(row) for row in rows]
    if values and connection.dialect.name == "postgresql":
        _UPDATE_ARRAYS.run(connection, *(list(column) for column in zip(*values, strict=True)))
    else:
        _UPDATE.run_all(connection, values)


def _rejections(unreadable: Set[str], beyond: Sequence[str]) -> list[Rejection]:
    expected = "a name without NUL characters and unpaired surrogates"
    refused = [Rejection("points", repr(metric), expected) for metric in sorted(unreadable)]
    full = [Rejection("points", metric, f"at most {MAX_METRICS:,} metric names in a run") for metric in beyond]
    return refused + full
