"""Trackio's databases: one SQLite file a project, with a row of JSON for each call of `log`."""

import hashlib
import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.format import Format, Mood, NothingThere
from epochwatch_server.importers.imported import Happening, ImportedRun, Picture, Row, Told
from epochwatch_server.importers.inner_files import read_inner
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.sqlite_store import has_tables, opened, rows_of
from epochwatch_server.importers.times import read_time

_SUFFIX = ".db"
_QUIET_SECONDS = 60.0  # a run that logged nothing for so long is over; more of it is added when it comes
_SETTLE_SECONDS = 10.0  # rows are written in batches, each kind for itself
_RUNS = "SELECT run_id, min(run_name), min(timestamp), max(timestamp) FROM metrics GROUP BY run_id ORDER BY min(id)"
_CONFIG = "SELECT config FROM configs WHERE run_id = ?"
_ROWS = """
SELECT timestamp, step, metrics, 0 AS kind, id FROM metrics WHERE run_id = ?
UNION ALL SELECT timestamp, NULL, metrics, 1, id FROM system_metrics WHERE run_id = ?
ORDER BY timestamp, kind, id
"""
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def looks_like(path: Path) -> bool:
    """Say whether there are such databases at or directly in a folder."""
    return next(_databases(path), None) is not None


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read every run of each database.

    Raises:
        InvalidInput: There is no such database.
    """
    databases = list(_databases(path))
    if not databases:
        raise NothingThere(f"{path} holds no database of Trackio's; expected files ending in {_SUFFIX}")
    for database in databases:
        with opened(database) as store:
            for run in list(rows_of(store, _RUNS)):
                yield _run(store, database, *run)


def _databases(path: Path) -> Iterator[Path]:
    return (
        file
        for file in files_below(path, limit=2_000)
        if file.name.endswith(_SUFFIX) and has_tables(file, "metrics", "configs", "system_metrics")
    )


def _run(store: Any, database: Path, run_id: str, name: str, begun: str, ended: str) -> ImportedRun:
    created, newest = read_time(begun) or 0.0, read_time(ended) or 0.0
    is_over = time.time() - newest > _QUIET_SECONDS
    config = next((_object(row[0]) for row in rows_of(store, _CONFIG, (run_id,))), {})
    losses = LossList()
    items = _items(store, database, run_id, math.inf if is_over else newest - _SETTLE_SECONDS, losses)
    about = {name.lstrip("_").lower(): value for name, value in config.items() if name.startswith("_")}
    return ImportedRun(
        key=f"{run_id} {begun}",
        name=name,
        project=database.stem,
        created=created,
        items=with_epochs(items, is_whole=is_over),
        config={name: value for name, value in config.items() if not name.startswith("_")},
        environment={"user": about.pop("username", None), "trackio": about},
        end="finished",
        is_over=is_over,
        losses=losses,
    )


def _items(store: Any, database: Path, run_id: str, until: float, losses: LossList) -> Iterator[Told]:
    step = 0
    for moment, told, text, _, id_ in rows_of(store, _ROWS, (run_id, run_id)):
        at = read_time(moment)
        values = _object(text)
        if at is None or not values:
            losses.note(f"{database.name}: row {id_} cannot be read")
            continue
        if at > until:
            return
        step = step if told is None else int(told)
        numbers = dict(_numbers(values, "" if told is not None else "system/"))
        if numbers:
            yield Row(step, None, at, numbers)
        for name, value in values.items():
            if isinstance(value, Mapping) and value.get("_type") == "trackio.image":
                yield from _picture(database, name, value, step, at, losses)


def _numbers(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, str) and value in _WORDS:
            yield f"{prefix}{name}", _WORDS[value]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", float(value)
        elif isinstance(value, Mapping) and "_type" not in value:
            yield from _numbers(value, f"{prefix}{name}/")


def _picture(
    database: Path, name: str, value: Mapping[str, Any], step: int, at: float, losses: LossList
) -> Iterator[Told]:
    inner = str(value.get("file_path", ""))
    data = read_inner(database.parent / "media", inner)
    if data is None:
        losses.note(f"image {inner!r} is not there, or too large")
        return
    key = hashlib.sha256(data).digest()[:16]
    yield Picture(key, data)
    sample = {"id": name, "image": key.hex(), "caption": str(value.get("caption") or name)}
    yield replace(Happening("samples", at), fields={"split": "val", "epoch": step, "step": step, "samples": [sample]})


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


FORMAT = Format("trackio", "Trackio's databases", looks_like, read)
