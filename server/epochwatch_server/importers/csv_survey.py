"""What a CSV table looks like as a whole, found in one pass that keeps nothing."""

import csv
import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import PAUSE, Pause
from epochwatch_server.importers.lines import Line, lines_of
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.table import MAX_FIELD_BYTES, Columns, read_columns, read_number

MAX_ROW_BYTES = 4 << 20
_MAX_LINES_OF_A_ROW = 200  # text in quotes may hold line ends
_HEAD_ROWS = 5
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Survey:
    """A table as found. fingerprint: of its names and its first row. rows: how many it has.

    is_in_order: its steps never go back. is_of_epochs: each of its first rows is another epoch. is_whole_epochs: its
    epochs are whole numbers.
    """

    columns: Columns
    fingerprint: str
    rows: int
    is_in_order: bool
    is_of_epochs: bool
    is_whole_epochs: bool


def survey(path: Path, mood: Mood) -> Survey | None:
    """Look at a whole table; None when it has no row yet.

    Raises:
        InvalidInput: No column says where a row belongs.
    """
    columns: Columns | None = None
    digest, rows, last, head = hashlib.sha256(), 0, -math.inf, list[float | None]()
    is_in_order = is_whole = True
    for cells in cells_of(path, Mood.GROWING if mood is Mood.LIVE else mood, LossList()):
        if isinstance(cells, Pause):
            continue
        if columns is None:
            columns = read_columns(list(cells))
            if columns.epoch is None and columns.step is None:
                raise InvalidInput(
                    f"{path}: expected a column named epoch or step, found {', '.join(cells)[:300] or 'none'}"
                )
            digest.update(repr(sorted(cells.items())).encode())
        rows += 1
        epoch = read_number(cells.get(columns.epoch)) if columns.epoch else None
        step = read_number(cells.get(columns.step)) if columns.step else epoch
        is_whole = is_whole and (epoch is None or epoch == math.floor(epoch))
        is_in_order = is_in_order and (step is None or step >= last)
        last = last if step is None or math.isnan(step) else max(last, step)
        if len(head) < _HEAD_ROWS:
            head.append(epoch)
    if columns is None:
        return None
    is_of_epochs = None not in head and len(set(head)) == len(head)
    return Survey(columns, digest.hexdigest(), rows, is_in_order, is_of_epochs, is_whole)


def cells_of(path: Path, mood: Mood, losses: LossList) -> Iterator[Cells | Pause]:
    """Yield the rows of a table as cells by column; rows that do not match the columns are kept as far as they go."""
    csv.field_size_limit(MAX_FIELD_BYTES)
    names: list[str] | None = None
    delimiter = ","
    for line in _row_lines(path, mood, losses):
        if isinstance(line, Pause):
            yield PAUSE
            continue
        text = line.text.replace("\0", "\ufffd")
        if not text.strip():
            continue
        if names is None:
            delimiter = max(",;\t", key=text.count)
        cells = _split(text, delimiter, line, losses)
        if names is None:
            names = [cell.strip() for cell in cells]
            continue
        if len(cells) != len(names):
            losses.note(f"line {line.number}: its cells do not match the columns")
        yield {name: cell for name, cell in zip(names, cells, strict=False) if name}


def _row_lines(path: Path, mood: Mood, losses: LossList) -> Iterator[Line | Pause]:
    """Put lines together that belong to one row, for a cell in quotes may hold their ends."""
    held: list[Line] = []
    for line in lines_of(path, mood, losses, max_bytes=MAX_ROW_BYTES):
        if isinstance(line, Pause):
            yield line
            continue
        held.append(line)
        if sum(one.data.count(b'"') for one in held) % 2 == 0 or len(held) >= _MAX_LINES_OF_A_ROW:
            yield Line(held[0].number, b"\n".join(one.data for one in held), line.is_torn)
            held = []
    if held and mood is Mood.WHOLE:
        losses.note(f"line {held[0].number}: its quotes do not end")


def _split(text: str, delimiter: str, line: Line, losses: LossList) -> list[str]:
    try:
        return next(csv.reader(text.split("\n"), delimiter=delimiter), [])
    except csv.Error as problem:
        losses.note(f"line {line.number}: {problem}")
        return []
