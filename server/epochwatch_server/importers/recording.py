"""Read recordings, one JSON object a line (also gzipped), and CSV tables into what the engine replays."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.importers.damage import Losses, read_text
from epochwatch_server.importers.table import read_table

SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz")


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


def read_recordings(path: Path) -> list[Recording]:
    """Read a file as far as it can be read; a table may hold several runs. `lost` says what could not be.

    Raises:
        InvalidInput: Nothing of it can be read; says what was found and what was expected.
    """
    if not path.name.endswith(SUFFIXES):
        raise InvalidInput(f"{path} is no recording; expected a name ending in {', '.join(SUFFIXES)}")
    losses = Losses()
    text = read_text(path, losses)
    if path.name.endswith((".csv", ".csv.gz")):
        return read_table(name_of(path), text, path, losses)
    return [read_lines(name_of(path), text.splitlines(), path, losses)]


def read_recording(path: Path) -> Recording:
    """Read the one recording, or the first, that a file holds. Raises InvalidInput as `read_recordings` does."""
    return read_recordings(path)[0]


def name_of(path: Path) -> str:
    """Return a recording's name: its file's, without the endings."""
    return next(
        (path.name.removesuffix(suffix) for suffix in reversed(SUFFIXES) if path.name.endswith(suffix)), path.name
    )


def read_lines(
    name: str, lines: Iterable[str | bytes], where: object = "recording", losses: Losses | None = None
) -> Recording:
    """Read a recording from its lines; those that cannot be read are left out and told.

    Raises:
        InvalidInput: Not one of them can be read.
    """
    losses = losses or Losses()
    facts, records = RunFacts(), list[Record]()
    first_problem: str | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = _read(line)
        except InvalidInput as problem:
            first_problem = first_problem or f"{where}, line {number}: {problem}"
            losses.add(f"line {number}: {problem}")
            continue
        if isinstance(read, RunFacts):
            facts = read
        else:
            records.append(read)
    if not records and facts == RunFacts():
        empty = f"{where} is empty; expected one JSON object a line, the first of type run"
        raise InvalidInput(first_problem or empty)
    return Recording(name, facts, tuple(records), lost=losses.told())


def from_objects(name: str, objects: Iterable[Mapping[str, Any]], where: object = "recording") -> Recording:
    """Build a recording from its lines as objects. Raises InvalidInput as `read_lines` does."""
    return read_lines(name, (json.dumps(line) for line in objects), where)


def facts_from(header: Mapping[str, Any]) -> RunFacts:
    """Read what a run declares, from its header line: from fields of their own, else from its config."""
    config = header.get("config") or {}
    return RunFacts(
        config=config,
        planned_epochs=_whole(header.get("planned_epochs")),
        tracked_metric=header.get("tracked_metric"),
        mode=header.get("mode"),
        patience=_whole(header.get("patience")),
        components=tuple(header.get("components") or ()),
        weights=_weights(header.get("weights") or config.get("loss_weights")),
        milestones=tuple(_milestones(header.get("milestones") or config.get("milestones") or ())),
        bands=_bands(header.get("bands") or config.get("targets")),
        roles=dict(header.get("roles") or {}),
        failed_starts=tuple(header.get("failed_starts") or ()),
        stops_itself=header.get("stops_itself") is True,
    )


def _read(line: str | bytes) -> RunFacts | Record:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as problem:
        said = problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)
        raise InvalidInput(f"no JSON ({said}); got {_short(line)}") from problem
    if not isinstance(value, dict) or "type" not in value:
        raise InvalidInput(f"expected a JSON object with a type, got {_short(line)}")
    try:
        return facts_from(value) if value["type"] == "run" else _record(value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
        raise InvalidInput(f"{type(problem).__name__} {problem} in {_short(line)}") from problem


def _short(line: str | bytes) -> str:
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    return repr(text[:80])


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


def _weights(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping):
        return {}
    return {str(name): float(value) for name, value in given.items() if isinstance(value, int | float)}


def _bands(given: Any) -> dict[str, dict[str, float]]:
    if not isinstance(given, Mapping):
        return {}
    return {metric: dict(band) for metric, band in given.items() if isinstance(band, Mapping)}


def _milestones(given: Iterable[Any]) -> Iterator[tuple[str, int, float]]:
    """Read milestones, as a configuration spells them ({metric, epoch, min or max}) or as triples."""
    for stone in given:
        if isinstance(stone, Mapping):
            value = stone.get("min", stone.get("max"))
            if value is not None:
                yield str(stone["metric"]), int(stone["epoch"]), float(value)
        elif isinstance(stone, list | tuple):
            metric, epoch, value = stone
            yield str(metric), int(epoch), float(value)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else None
