"""The numbers of a packet: tables of rows become one series of points for each metric, without a loop over points."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import Floats, Int64s, Points
from epochwatch_server.flows.packet_header import MAX_STEP, MAX_TIME, MIN_TIME, Refusals, name_problem


@dataclass(frozen=True, slots=True)
class _Table:
    """The good rows of a block by rising step, one row for each step. values: float64 array (columns, rows)."""

    numbers: Int64s
    steps: Int64s
    epochs: Int64s
    times_ms: Int64s
    values: Floats


@lru_cache(maxsize=256)
def row_type(columns: int) -> np.dtype[np.void]:
    """Describe one row as it stands on the wire: little-endian, no padding."""
    return np.dtype(
        [("number", "<u8"), ("step", "<i8"), ("epoch", "<i4"), ("time", "<f8"), ("values", "<f8", (columns,))]
    )


def read_blocks(
    blocks: Iterable[tuple[list[str], int, memoryview]], first: int, count: int, refusals: Refusals
) -> tuple[dict[str, Points], int | None]:
    """Sort the rows of all blocks into series.

    Args:
        blocks: Names, number of rows and bytes of each block.
        first: Number of the packet's first record; numbers lie in `first .. first + count - 1`.
        count: How many records the packet has.
        refusals: Takes what is refused: rows out of range, names that are none.

    Returns:
        Points by metric: steps strictly increasing, of equal steps the one with the highest record number; and the
        trainer's clock at the newest row in ms, None without rows.
    """
    columns: dict[str, list[tuple[_Table, int]]] = {}
    newest: int | None = None
    for index, (names, rows, section) in enumerate(blocks):
        raw = np.frombuffer(section, row_type(len(names)), rows)
        table = _read_table(_good_rows(raw, index, first, count, refusals))
        if not len(table.steps):
            continue
        newest = newest_time(newest, int(table.times_ms.max()))
        for column, name in enumerate(names):
            problem = name_problem(name)
            if problem is None:
                columns.setdefault(name, []).append((table, column))
            else:
                refusals.add(f"blocks[{index}].names[{column}]", name, problem)
    return {name: _merge(parts) for name, parts in columns.items()}, newest


def newest_time(one: int | None, other: int | None) -> int | None:
    """Take the later of two times of which either may be unknown."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def _good_rows(raw: NDArray[np.void], index: int, first: int, count: int, refusals: Refusals) -> NDArray[np.void]:
    limits = (
        ("step", (raw["step"] >= -MAX_STEP) & (raw["step"] <= MAX_STEP), f"a whole number within ±{MAX_STEP}"),
        ("time", (raw["time"] >= MIN_TIME) & (raw["time"] < MAX_TIME), "seconds since 1970, years 2000 to 2100"),
        ("epoch", raw["epoch"] >= -1, "a whole number from 0, or -1 for none"),
        ("number", (raw["number"] >= first) & (raw["number"] < first + count), f"{first} to {first + count - 1}"),
    )
    good = np.ones(len(raw), dtype=bool)
    for field, is_right, expected in limits:
        if not is_right.all():
            wrong = raw[field][~is_right]
            refusals.add(f"blocks[{index}].{field}", f"{len(wrong)} rows, the first with {wrong[0]}", expected)
            good &= is_right
    return raw if good.all() else raw[good]


def _read_table(rows: NDArray[np.void]) -> _Table:
    steps = rows["step"].astype(np.int64)
    numbers = rows["number"].astype(np.int64)
    latest = _latest_of_each_step(steps, numbers)
    if latest is not None:
        rows, steps, numbers = rows[latest], steps[latest], numbers[latest]
    return _Table(
        numbers=numbers,
        steps=steps,
        epochs=rows["epoch"].astype(np.int64),
        times_ms=np.rint(rows["time"] * 1000).astype(np.int64),
        values=np.ascontiguousarray(rows["values"].T, dtype=np.float64),
    )


def _merge(parts: list[tuple[_Table, int]]) -> Points:
    """Join the columns of one name; most names stand in one block only."""
    if len(parts) == 1:
        table, column = parts[0]
        return Points(table.steps, table.epochs, table.times_ms, table.values[column])
    steps = np.concatenate([table.steps for table, _ in parts])
    epochs = np.concatenate([table.epochs for table, _ in parts])
    times_ms = np.concatenate([table.times_ms for table, _ in parts])
    values = np.concatenate([table.values[column] for table, column in parts])
    latest = _latest_of_each_step(steps, np.concatenate([table.numbers for table, _ in parts]))
    if latest is None:
        return Points(steps, epochs, times_ms, values)
    return Points(steps[latest], epochs[latest], times_ms[latest], values[latest])


def _latest_of_each_step(steps: Int64s, numbers: Int64s) -> NDArray[np.intp] | None:
    """Choose the rows to keep, by rising step; None when all are to be kept as they stand."""
    if (steps[1:] > steps[:-1]).all():
        return None
    order = np.lexsort((numbers, steps))
    ordered = steps[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True)
    latest: NDArray[np.intp] = order[is_last]
    return latest
