"""Recordings and other logs with one JSON object a line: `epochwatch export` writes them, and nothing is lost here."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.file_names import file_key, run_name
from epochwatch_server.importers.format import Format, Mood, NothingThere, tell_unreadable
from epochwatch_server.importers.imported import Happening, ImportedRun, Item, Pause
from epochwatch_server.importers.jsonl_lines import WRONG_LINE, items_of, spelled
from epochwatch_server.importers.lines import Line, count_lines, lines_of
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.times import LineClock

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson")
_REASONS = {"killed": "stopped", "failed": "crashed"}
_KNOWN_REASONS = ("finished", "early_stopped", "stopped", "crashed", "interrupted")
_DECLARED = ("composite", "targets", "bands", "components", "weights", "verdict")
_SHORT_CHARS = 80


def looks_like(path: Path) -> bool:
    """Say whether there are such files at or below a path."""
    return next(_recordings(path), None) is not None


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read a run from each file; one that has no line yet is left for later.

    Raises:
        InvalidInput: There is no such file, or nothing of the only one can be read.
    """
    files = list(_recordings(path))
    if not files:
        raise NothingThere(f"{path} holds no recording; expected files ending in {', '.join(SUFFIXES)}")
    problems = []
    for file in files:
        found = _read_file(file, mood)
        if found is not None:
            yield found
        elif mood is Mood.WHOLE:
            problems.append(f"{file} holds no line that can be read; expected one JSON object a line")
    tell_unreadable(problems, is_any_read=len(problems) < len(files))


def _recordings(path: Path) -> Iterator[Path]:
    return (file for file in files_below(path) if file.name.endswith(SUFFIXES))


def _read_file(path: Path, mood: Mood) -> ImportedRun | None:
    still = Mood.GROWING if mood is Mood.LIVE else mood
    first = next((line for line in _objects(path, still, LossList()) if not isinstance(line, Pause)), None)
    if first is None:
        return None
    line, head = first
    losses, clock = LossList(), LineClock(path, count_lines(path))
    ending: dict[str, Any] = {}
    is_typed = isinstance(head.get("type"), str)
    items: Iterator[Item] = _items(path, mood, clock, losses, ending)
    if not is_typed:
        items = with_epochs(items, is_whole=mood is Mood.WHOLE)
    header = head if head.get("type") == "run" else {}
    return _run(path, header, line, items, clock, losses, ending)


def _run(
    path: Path,
    header: Mapping[str, Any],
    first: Line,
    items: Iterator[Item],
    clock: LineClock,
    losses: LossList,
    ending: dict[str, Any],
) -> ImportedRun:
    name, project = run_name(path, SUFFIXES)
    told = header.get("created")
    declared = {field: spelled(header[field]) for field in _DECLARED if header.get(field)}
    tracked = _tracked(header)
    return ImportedRun(
        # A run that was exported is the same run in whatever file; a log of another program is its file.
        key=f"{header['id']} {told}" if header.get("id") else file_key(path, first.data),
        name=str(header.get("name") or name),
        project=str(header.get("project") or project),
        created=clock.at(0, float(told)) if isinstance(told, int | float) else clock.at(0, None),
        items=items,
        config=_mapping(header.get("config")),
        environment=_mapping(header.get("environment")),
        tags=tuple(str(tag) for tag in header.get("tags") or ()),
        note=str(header.get("note") or ""),
        planned_epochs=header["planned_epochs"] if isinstance(header.get("planned_epochs"), int) else None,
        declared=declared | ({"tracked": tracked} if tracked else {}),
        end=None if header.get("id") else "finished",
        end_fields=ending,
        losses=losses,
    )


def _items(path: Path, mood: Mood, clock: LineClock, losses: LossList, ending: dict[str, Any]) -> Iterator[Item]:
    place = -1
    for found in _objects(path, mood, losses):
        if isinstance(found, Pause):
            clock.go_live()
            yield found
            continue
        line, value = found
        place += 1
        at = place
        try:
            if value.get("type") == "run":
                yield from _model(value, clock.at(at, None))
            elif value.get("type") == "end":
                told_at = value.get("time")
                ending |= _ending(value) | {"time": clock.at(at, told_at if isinstance(told_at, int | float) else None)}
                if mood is Mood.LIVE:
                    return
            else:
                yield from list(items_of(value, lambda told, at=at: clock.at(at, told), at))  # type: ignore[misc]  # a default of a lambda
        except WRONG_LINE as problem:
            losses.note(f"line {line.number}: {type(problem).__name__} {problem} in {_short(line)}")


def _objects(path: Path, mood: Mood, losses: LossList) -> Iterator[tuple[Line, Mapping[str, Any]] | Pause]:
    for line in lines_of(path, mood, losses):
        if isinstance(line, Pause):
            yield line
            continue
        if not line.data.strip():
            continue
        try:
            value = json.loads(line.data)
        except (ValueError, RecursionError) as problem:
            torn = "the file ends within it" if line.is_torn else str(problem)[:_SHORT_CHARS]
            losses.note(f"line {line.number}: no JSON ({torn})")
            continue
        if isinstance(value, dict):
            yield line, value
        else:
            losses.note(f"line {line.number}: expected a JSON object, got {_short(line)}")


def _model(header: Mapping[str, Any], time: float) -> Iterator[Happening]:
    """What `watch` saw of the model stands in the environment of an exported run."""
    model = _mapping(header.get("environment")).get("model")
    if isinstance(model, Mapping) and isinstance(model.get("parameters"), int):
        yield Happening("watch", time, model)


def _tracked(header: Mapping[str, Any]) -> dict[str, Any]:
    if not header.get("tracked_metric"):
        return {}
    stands = {name: spelled(value) for name, value in _mapping(header.get("tracked")).items() if value is not None}
    named = {
        "metric": header["tracked_metric"],
        "mode": header.get("mode") or "min",
        "patience": header.get("patience"),
    }
    least = {"min_delta": header["min_delta"]} if header.get("min_delta") is not None else {}
    return named | least | stands


def _ending(line: Mapping[str, Any]) -> dict[str, Any]:
    status = str(line.get("status"))
    reason = _REASONS.get(status, status)
    summary = {**_mapping(line.get("metrics")), **_mapping(line.get("summary"))}
    return {
        "reason": reason if reason in _KNOWN_REASONS else "stopped",
        "traceback": line.get("error"),
        "actor": line.get("actor"),
        "summary": summary,
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _short(line: Line) -> str:
    return repr(line.text[:_SHORT_CHARS])


FORMAT = Format("jsonl", "recordings and logs with one JSON object a line", looks_like, read)
