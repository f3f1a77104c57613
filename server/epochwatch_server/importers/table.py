"""Read CSV tables: wide, with a column for each metric, and long, with a row for each value."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.health.history import RunFacts
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.importers.damage import Losses

_EPOCH_COLUMNS = ("epoch", "epochs")
_STEP_COLUMNS = ("step", "global_step", "iteration", "_step")
_TIME_COLUMNS = ("time", "timestamp", "wall_time", "wall time", "time_ms", "_timestamp")
_METRIC_COLUMNS = ("metric", "tag", "name", "key")
_VALUE_COLUMNS = ("value",)
_RUN_COLUMNS = ("run", "run_id", "run_name")
MAX_FIELD_BYTES = 1 << 20
_WORDS_FOR_NOTHING = frozenset({"", "none", "null", "na", "n/a", "-"})

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that say where a row belongs; None where there is none of the kind."""

    epoch: str | None
    step: str | None
    time: str | None
    metric: str | None
    value: str | None
    run: str | None

    @property
    def is_long(self) -> bool:
        """Say whether each row is one value of one metric."""
        return self.metric is not None and self.value is not None

    @property
    def places(self) -> frozenset[str]:
        """The columns that are no metric."""
        return frozenset(name for name in (self.epoch, self.step, self.time, self.run) if name)


def read_table(name: str, text: str, where: object, losses: Losses) -> list[Recording]:
    """Read a table; one recording for each name in its column `run`, if it has one.

    Raises:
        InvalidInput: There is no column that says where a row belongs.
    """
    csv.field_size_limit(MAX_FIELD_BYTES)
    reader = csv.DictReader(text.replace("\0", "\ufffd").splitlines())
    rows = list(_rows(reader, losses))
    columns = read_columns(reader.fieldnames or ())
    if columns.epoch is None and columns.step is None:
        found = ", ".join(reader.fieldnames or ()) or "none"
        raise InvalidInput(f"{where}: expected a column named epoch or step, found {found[:300]}")
    read = _long_records if columns.is_long else _wide_records
    return [
        Recording(run or name, RunFacts(), tuple(read(of_run, columns, losses)), lost=losses.told())
        for run, of_run in _by_run(rows, columns.run).items()
    ]


def _rows(reader: "csv.DictReader[str]", losses: Losses) -> Iterator[Row]:
    try:
        for row in reader:
            # A file that is still being written, or was cut off, ends within a row.
            if None in row or None in row.values():
                losses.add(f"line {reader.line_num}: its cells do not match the columns")
            if row.keys() - {None}:
                yield {key: value for key, value in row.items() if key is not None}
    except csv.Error as problem:
        losses.add(f"everything from line {reader.line_num} on: {problem}")


def read_columns(names: Sequence[str]) -> Columns:
    """Find the columns that say where a row belongs, by their names."""
    known = {name.lower().strip(): name for name in reversed(names) if name}
    kinds = (_EPOCH_COLUMNS, _STEP_COLUMNS, _TIME_COLUMNS, _METRIC_COLUMNS, _VALUE_COLUMNS, _RUN_COLUMNS)
    return Columns(*(next((known[name] for name in kind if name in known), None) for kind in kinds))


def _by_run(rows: Iterable[Row], column: str | None) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault((row.get(column) or "") if column else "", []).append(row)
    return parts or {"": []}


def _wide_records(rows: Sequence[Row], columns: Columns, losses: Losses) -> Iterator[Record]:
    epochs = [row.get(columns.epoch) for row in rows] if columns.epoch else []
    by_epoch = columns.step is None or (columns.epoch is not None and len(set(epochs)) == len(rows))
    for number, row in enumerate(rows):
        metrics = {
            column: value
            for column, cell in row.items()
            if column not in columns.places and (value := read_number(cell)) is not None
        }
        place = _place(row, columns.epoch if by_epoch else columns.step)
        if place is None and by_epoch:
            losses.add(f"row {number + 1}: no epoch, given {str(row.get(columns.epoch or ''))[:40]!r}")
            continue
        place, epoch = number if place is None else place, _place(row, columns.epoch)
        yield Record("epoch" if by_epoch else "step", _time(row, columns, number), place, epoch, metrics)


def _long_records(rows: Sequence[Row], columns: Columns, losses: Losses) -> Iterator[Record]:
    """Put the values of one place together, in the order of the steps: a long table is sorted by metric."""
    found: dict[tuple[int, int | None], tuple[float, dict[str, float]]] = {}
    is_by_step = columns.step is not None
    for number, row in enumerate(rows):
        metric, value = row.get(columns.metric or "") or "", read_number(row.get(columns.value or ""))
        place = _place(row, columns.step if is_by_step else columns.epoch)
        if not metric or value is None or place is None:
            losses.add(f"row {number + 1}: expected a metric, a place and a number")
            continue
        epoch = _place(row, columns.epoch)
        _, metrics = found.setdefault((place, epoch if is_by_step else None), (_time(row, columns, place), {}))
        metrics[metric.removeprefix("'")] = value  # a quote keeps a spreadsheet from running the cell
    yield from _in_order(found, is_by_step=is_by_step)


def _in_order(
    found: Mapping[tuple[int, int | None], tuple[float, Mapping[str, float]]], *, is_by_step: bool
) -> Iterator[Record]:
    """Yield the steps in order; where an epoch is over, what it came to follows: the mean of each metric."""
    within: dict[str, list[float]] = {}
    open_epoch: int | None = None
    last_time = 0.0
    for (place, epoch), (time, metrics) in sorted(found.items(), key=lambda item: item[0][0]):
        if not is_by_step:
            yield Record("epoch", time, place, place, metrics)
            continue
        if epoch != open_epoch and open_epoch is not None:
            yield _epoch(open_epoch, last_time, within)
            within = {}
        open_epoch, last_time = epoch, time
        for metric, value in metrics.items():
            within.setdefault(metric, []).append(value)
        yield Record("step", time, place, epoch, metrics)
    if is_by_step and open_epoch is not None:
        yield _epoch(open_epoch, last_time, within)


def _epoch(epoch: int, time: float, within: Mapping[str, Sequence[float]]) -> Record:
    means = {}
    for metric, values in within.items():
        finite = [value for value in values if math.isfinite(value)]
        means[metric] = math.fsum(value / len(finite) for value in finite) if finite else values[-1]
    return Record("epoch", time, epoch, epoch, means)


def _place(row: Row, column: str | None) -> int | None:
    value = read_number(row.get(column)) if column else None
    return int(value) if value is not None and math.isfinite(value) else None


def _time(row: Row, columns: Columns, otherwise: float) -> float:
    value = read_number(row.get(columns.time)) if columns.time else None
    if value is None or not math.isfinite(value):
        return float(otherwise)
    return value / 1000 if columns.time and columns.time.lower().strip() == "time_ms" else value


def read_number(cell: str | None) -> float | None:
    """Read a cell; empty cells and words are no value, `nan` and `inf` are."""
    if cell is None or cell.strip().lower() in _WORDS_FOR_NOTHING:
        return None
    try:
        return float(cell)
    except ValueError:
        return None
