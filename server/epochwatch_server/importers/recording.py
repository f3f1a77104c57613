"""Read recordings, one JSON object a line (also gzipped), and simple CSV tables into what the engine replays."""

import csv
import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording

SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz")
MAX_BYTES = 512 * 1024 * 1024  # unpacked; a gzip file could grow without end
_EPOCH_COLUMNS = ("epoch", "epochs")
_STEP_COLUMNS = ("step", "global_step", "iteration")
_TIME_COLUMNS = ("time", "timestamp", "wall_time")


def find_recordings(path: Path) -> list[Path]:
    """Return the recordings that a path names: itself, or those directly inside a folder, by name."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InvalidInput(f"{path} does not exist; expected a recording ({', '.join(SUFFIXES)}) or a folder of them")
    found = sorted(inner for inner in path.iterdir() if inner.is_file() and inner.name.endswith(SUFFIXES))
    if not found:
        raise InvalidInput(f"{path} holds no recording; expected files ending in {', '.join(SUFFIXES)}")
    return found


def read_recording(path: Path) -> Recording:
    """Read one recording. Raises InvalidInput saying what was found and what was expected."""
    name = name_of(path)
    try:
        text = _read_text(path)
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}") from problem
    if path.name.endswith((".csv", ".csv.gz")):
        return _from_table(name, text, path)
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        raise InvalidInput(f"{path} is no recording; expected a name ending in {', '.join(SUFFIXES)}")
    return from_objects(name, _objects(text, path), path)


def name_of(path: Path) -> str:
    """Return a recording's name: its file's, without the endings."""
    return next(
        (path.name.removesuffix(suffix) for suffix in reversed(SUFFIXES) if path.name.endswith(suffix)), path.name
    )


def from_objects(name: str, objects: Sequence[Mapping[str, Any]], where: object = "recording") -> Recording:
    """Build a recording from its lines. The first line of type `run` says what the run plans."""
    facts = RunFacts()
    records: list[Record] = []
    for number, line in enumerate(objects, 1):
        try:
            if line["type"] == "run":
                facts = facts_from(line)
            else:
                records.append(_record(line))
        except (KeyError, TypeError, ValueError) as problem:
            raise InvalidInput(
                f"{where}, line {number}: {type(problem).__name__} {problem} in {str(line)[:120]}"
            ) from problem
    if not objects:
        raise InvalidInput(f"{where} is empty; expected one JSON object a line, the first of type run")
    return Recording(name, facts, tuple(records))


def facts_from(header: Mapping[str, Any]) -> RunFacts:
    """Read what a run declares, from its header line."""
    config = header.get("config") or {}
    return RunFacts(
        config=config,
        planned_epochs=_whole(header.get("planned_epochs")),
        tracked_metric=header.get("tracked_metric"),
        mode=header.get("mode"),
        patience=_whole(header.get("patience")),
        components=tuple(header.get("components") or ()),
        weights=_weights(config),
        milestones=tuple(_milestones(config)),
        bands={
            metric: dict(band) for metric, band in (config.get("targets") or {}).items() if isinstance(band, Mapping)
        },
        roles=dict(header.get("roles") or {}),
        failed_starts=tuple(header.get("failed_starts") or ()),
    )


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = (gzip.GzipFile(fileobj=file) if path.name.endswith(".gz") else file).read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{path} holds more than {MAX_BYTES // 1024**2} MiB; expected a smaller recording")
    return data.decode("utf-8")


def _objects(text: str, path: Path) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as problem:
            raise InvalidInput(f"{path}, line {number}: no JSON ({problem.msg}); got {line[:80]!r}") from problem
        if not isinstance(value, dict) or "type" not in value:
            raise InvalidInput(f"{path}, line {number}: expected a JSON object with a type, got {line[:80]!r}")
        found.append(value)
    return found


def _record(line: Mapping[str, Any]) -> Record:
    kind, time = line["type"], float(line.get("time", 0.0))
    metrics = _metrics(line.get("metrics") or {})
    if kind == "step":
        return Record("step", time, int(line["step"]), _whole(line.get("epoch")), metrics)
    if kind == "epoch":
        return Record("epoch", time, int(line["epoch"]), int(line["epoch"]), metrics)
    if kind == "clock":
        return Record("clock", time)
    if kind == "end":
        error = line.get("error")
        return Record(
            "end", time, ending=RunEnding(str(line["status"]), None if error is None else str(error), time, metrics)
        )
    raise ValueError(f"type {kind!r}; expected run, step, epoch, clock or end")


def _metrics(given: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in given.items() if value is not None and not isinstance(value, bool)}


def _weights(config: Mapping[str, Any]) -> dict[str, float]:
    given = config.get("loss_weights") or {}
    if not isinstance(given, Mapping):
        return {}
    return {str(name): float(value) for name, value in given.items() if isinstance(value, int | float)}


def _milestones(config: Mapping[str, Any]) -> Iterator[tuple[str, int, float]]:
    for stone in config.get("milestones") or ():
        value = stone.get("min", stone.get("max")) if isinstance(stone, Mapping) else None
        if value is not None:
            yield str(stone["metric"]), int(stone["epoch"]), float(value)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _from_table(name: str, text: str, path: Path) -> Recording:
    """Read a table with a row per epoch or step: a column named epoch or step, an optional time, metrics besides."""
    rows = list(csv.DictReader(text.splitlines()))
    columns = {column.lower().strip(): column for column in (rows[0] if rows else {}) if column}
    epoch, step, time = (_first(columns, names) for names in (_EPOCH_COLUMNS, _STEP_COLUMNS, _TIME_COLUMNS))
    if epoch is None and step is None:
        found = ", ".join(columns) or "none"
        raise InvalidInput(f"{path}: expected a column named epoch or step, found {found}")
    places = {column for column in (epoch, step, time) if column}
    by_epoch = epoch is not None and len({row[epoch] for row in rows}) == len(rows)
    records = []
    for number, row in enumerate(rows):
        metrics = {column: _cell(value) for column, value in row.items() if column and column not in places}
        kept = {column: value for column, value in metrics.items() if value is not None}
        at = _cell(row[time]) if time else None
        moment = float(number) if at is None else at
        in_epoch = _whole(_cell(row[epoch])) if epoch else None
        if by_epoch or step is None:
            records.append(Record("epoch", moment, in_epoch or 0, in_epoch, kept))
        else:
            records.append(Record("step", moment, _whole(_cell(row[step])) or number, in_epoch, kept))
    return Recording(name, RunFacts(), tuple(records))


def _first(columns: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _cell(value: str | None) -> float | None:
    """Read a cell; empty cells and words are no value, `nan` and `inf` are."""
    try:
        return float(value) if value and value.strip() else None
    except ValueError:
        return None
