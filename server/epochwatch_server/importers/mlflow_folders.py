"""MLflow's file store: a folder for each experiment and run, a file for each metric, parameter and tag."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.mlflow_run import StoredRun, Value
from epochwatch_server.importers.table import read_number

_META = "meta.yaml"
_STATES = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
_MAX_META_BYTES = 64 * 1024
_MAX_TEXT_BYTES = 64 * 1024
_FIELD = re.compile(r"(\w+): ?(.*)")
_RUN_FOLDER = re.compile(r"[0-9a-f]{32}")
_RESERVED = frozenset({"models", "traces", "datasets", "tags"})


def is_store(path: Path) -> bool:
    """Say whether a folder holds experiments, or is one, or is a run."""
    return next(_run_folders(path), None) is not None


def runs_of(path: Path) -> Iterator[StoredRun]:
    """Yield the runs at or below a folder that were not deleted, by time."""
    found = [run for folder in _run_folders(path) if (run := _run(folder)) is not None]
    yield from sorted(found, key=lambda run: (run.begun, run.id))


def _run_folders(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        return
    if _is_run(path):
        yield path
        return
    for experiment in (path, *sorted(path.iterdir())):
        is_folder = experiment.is_dir() and not experiment.name.startswith(".") and experiment.name not in _RESERVED
        if is_folder and (experiment / _META).is_file():
            yield from (folder for folder in sorted(experiment.iterdir()) if _is_run(folder))


def _is_run(folder: Path) -> bool:
    return _RUN_FOLDER.fullmatch(folder.name) is not None and (folder / _META).is_file()


def _run(folder: Path) -> StoredRun | None:
    meta, experiment, losses = _meta(folder / _META), _meta(folder.parent / _META), LossList()
    if meta.get("lifecycle_stage") == "deleted":
        return None
    tags = _texts(folder / "tags")
    return StoredRun(
        id=folder.name,
        name=meta.get("run_name") or tags.get("mlflow.runName", ""),
        experiment=experiment.get("name") or folder.parent.name,
        begun=(read_number(meta.get("start_time")) or 0.0) / 1000,
        status=_STATES.get(meta.get("status", ""), meta.get("status", "RUNNING")),
        params=_texts(folder / "params"),
        tags=tags,
        values=lambda: _values(folder / "metrics", losses),
        losses=losses,
    )


def _meta(path: Path) -> Mapping[str, str]:
    """Read the plain fields of MLflow's own YAML: one a line, a word and a plain or quoted text."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_MAX_META_BYTES).splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match:
            found[match[1]] = _unquoted(match[2])
    return found


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    return "" if text == "null" else text


def _texts(folder: Path) -> dict[str, str]:
    found = {}
    for file in files_below(folder) if folder.is_dir() else ():
        with file.open(encoding="utf-8", errors="replace") as text:
            found[file.relative_to(folder).as_posix()] = text.read(_MAX_TEXT_BYTES)
    return found


def _values(folder: Path, losses: LossList) -> Iterator[Value]:
    """Read every metric's file and sort by time: a file store has no other order."""
    values = []
    for file in files_below(folder) if folder.is_dir() else ():
        metric = file.relative_to(folder).as_posix()
        with file.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                value = _value(metric, line)
                if value is not None:
                    values.append(value)
                elif line.strip():
                    losses.note(f"{metric}, line {number}: expected a time, a number and a step")
    yield from sorted(values, key=lambda value: (value[3], value[2], value[0]))


def _value(metric: str, line: str) -> Value | None:
    parts = line.split()
    if len(parts) < 2:
        return None
    moment, value = read_number(parts[0]), read_number(parts[1])
    step = read_number(parts[2]) if len(parts) > 2 else 0.0
    if moment is None or value is None or step is None:
        return None
    try:
        return metric, value, int(step), int(moment)
    except (ValueError, OverflowError):
        return None
