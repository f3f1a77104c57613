"""CSV tables as runs: wide and long, one run or many, whole or growing."""

import math
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.csv_survey import Cells, Survey, cells_of, survey
from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.file_names import file_key, run_name
from epochwatch_server.importers.format import Format, Mood, NothingThere
from epochwatch_server.importers.imported import ImportedRun, Item, Pause, Row
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.scratch_table import Cell, ScratchTable
from epochwatch_server.importers.table import read_number
from epochwatch_server.importers.times import LineClock, read_time

SUFFIXES = (".csv", ".csv.gz", ".tsv")
_MAX_STEP = 2**53
_EPOCH = "epoch"


def looks_like(path: Path) -> bool:
    """Say whether there are tables at or below a path."""
    return next(_tables(path), None) is not None


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read a run from each table, or several where a column names them.

    Raises:
        InvalidInput: There is no table, or the only one has no column that says where a row belongs.
    """
    tables = list(_tables(path))
    if not tables:
        raise NothingThere(f"{path} holds no table; expected files ending in {', '.join(SUFFIXES)}")
    problems = []
    for table in tables:
        try:
            yield from _read_table(table, mood)
        except InvalidInput as problem:
            problems.append(problem)
    if len(problems) == len(tables):
        raise problems[0]


def _tables(path: Path) -> Iterator[Path]:
    return (file for file in files_below(path) if file.name.endswith(SUFFIXES))


def _read_table(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    found = survey(path, mood)
    if found is None:
        return
    if found.columns.run is None and (found.is_in_order or not found.columns.is_long):
        clock, losses = LineClock(path, found.rows), LossList()
        items = with_epochs(_rows(path, mood, found, clock, losses), is_whole=mood is Mood.WHOLE)
        yield _run(path, found, clock, items, losses)
        return
    yield from _sorted_runs(path, mood, found)


def _sorted_runs(path: Path, mood: Mood, found: Survey) -> Iterator[ImportedRun]:
    """Sort the values of a table that is ordered by metric, or holds several runs."""
    clock, losses = LineClock(path, found.rows), LossList()
    still = Mood.GROWING if mood is Mood.LIVE else mood
    table = ScratchTable(_cells(path, still, found, clock, losses))
    try:
        for name in table.runs():
            items = with_epochs(_together(table.of(name)), is_whole=mood is Mood.WHOLE)
            yield _run(path, found, clock, items, losses, name)
    finally:
        table.close()


def _run(
    path: Path, found: Survey, clock: LineClock, items: Iterator[Item], losses: LossList, name: str = ""
) -> ImportedRun:
    own, project = run_name(path, SUFFIXES)
    first = next((row for row in _rows(path, Mood.GROWING, found, clock, LossList()) if isinstance(row, Row)), None)
    return ImportedRun(
        key=f"{file_key(path, found.fingerprint)} {name}",
        name=name or own,
        project=project,
        created=first.time if first is not None else clock.begin,
        items=items,
        end="finished",
        losses=losses,
    )


def _rows(path: Path, mood: Mood, found: Survey, clock: LineClock, losses: LossList) -> Iterator[Row | Pause]:
    make = partial(_long_cells if found.columns.is_long else _wide_cells, found=found, losses=losses)
    for place, cells in _numbered(cells_of(path, mood, losses)):
        if isinstance(cells, Pause):
            clock.go_live()
            yield cells
            continue
        step, epoch = _place(cells, found, place)
        metrics = make(cells, place)
        if metrics and step is not None:
            yield Row(step, epoch, clock.at(place, _time(cells, found)), metrics)


def _numbered(rows: Iterable[Cells | Pause]) -> Iterator[tuple[int, Cells | Pause]]:
    place = 0
    for row in rows:
        yield place, row
        place += not isinstance(row, Pause)


def _place(cells: Cells, found: Survey, place: int) -> tuple[int | None, int | None]:
    """Say which step and epoch a row belongs to; where no column counts steps, epochs or the rows themselves do."""
    epoch = _whole(cells, found.columns.epoch) if found.is_whole_epochs else None
    if found.columns.step is not None:
        step = _whole(cells, found.columns.step)
        return (place if step is None and not found.columns.is_long else step), epoch
    is_counted_by_epochs = found.is_of_epochs or found.columns.is_long
    return (epoch if is_counted_by_epochs and found.is_whole_epochs else place), epoch


def _wide_cells(cells: Cells, place: int, found: Survey, losses: LossList) -> dict[str, float]:
    places = found.columns.places
    metrics = {
        name: value for name, cell in cells.items() if name not in places and (value := read_number(cell)) is not None
    }
    epoch = read_number(cells.get(found.columns.epoch)) if found.columns.epoch else None
    if epoch is not None and not found.is_whole_epochs and metrics:
        metrics[_EPOCH] = epoch  # fractions are read as what is done of an epoch
    return metrics


def _long_cells(cells: Cells, place: int, found: Survey, losses: LossList) -> dict[str, float]:
    columns = found.columns
    metric, value = cells.get(columns.metric or "", ""), read_number(cells.get(columns.value or ""))
    if not metric or value is None or _place(cells, found, place)[0] is None:
        losses.note(f"row {place + 1}: expected a metric, a place and a number")
        return {}
    return {metric.removeprefix("'"): value}  # a quote keeps a spreadsheet from running the cell


def _cells(path: Path, mood: Mood, found: Survey, clock: LineClock, losses: LossList) -> Iterator[Cell]:
    make = _long_cells if found.columns.is_long else _wide_cells
    counts: dict[str, int] = {}
    for place, cells in _numbered(cells_of(path, mood, losses)):
        if isinstance(cells, Pause):
            continue
        run = cells.get(found.columns.run or "", "")
        own = counts[run] = counts.get(run, -1) + 1
        step, epoch = _place(cells, found, own)
        if step is not None:
            # Rows that tell no time are spaced by their steps: they stand in another order.
            time = clock.at(min(max(step, 0), found.rows), _time(cells, found))
            for metric, value in make(cells, place, found, losses).items():
                yield Cell(run, step, epoch, time, metric, value)


def _together(cells: Iterable[Cell]) -> Iterator[Row]:
    """Put values together that share step, epoch and time."""
    place: tuple[int, int | None, float] | None = None
    metrics: dict[str, float] = {}
    for cell in cells:
        here = (cell.step, cell.epoch, cell.time)
        if place is not None and (here != place or cell.metric in metrics):
            yield Row(*place, metrics)
            metrics = {}
        place = here
        metrics[cell.metric] = cell.value
    if place is not None:
        yield Row(*place, metrics)


def _whole(cells: Cells, column: str | None) -> int | None:
    value = read_number(cells.get(column)) if column else None
    if value is None or not math.isfinite(value) or abs(value) > _MAX_STEP:
        return None
    return int(value)


def _time(cells: Cells, found: Survey) -> float | None:
    return read_time(cells.get(found.columns.time)) if found.columns.time else None


FORMAT = Format("csv", "CSV tables, wide or long", looks_like, read)
