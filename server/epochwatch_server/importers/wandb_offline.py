"""W&B's offline run folders: config, history, images and how the run ended, read with its own message types."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.format import Format, Mood
from epochwatch_server.importers.imported import Happening, ImportedRun, Item, Pause, Picture, Row
from epochwatch_server.importers.inner_files import read_inner
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.wandb_records import records_of

_SUFFIX = ".wandb"
_FAILED, _INTERRUPTED = "crashed", (130, 143, 255)  # exit codes of Ctrl-C, of an end that was asked for, of W&B's own
_OWN = ("_step", "_runtime", "_timestamp", "_wandb")
_MAX_STEP = 2**53
_SUMMARY_KEYS = 500


def looks_like(path: Path) -> bool:
    """Say whether there are run files at or below a path."""
    return next(_run_files(path), None) is not None


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read a run from each run file.

    Raises:
        InvalidInput: W&B is not installed, or there is no run file that can be read.
    """
    if find_spec("wandb") is None:
        raise InvalidInput("reading W&B's run files needs wandb: pip install 'epochwatch[import]'")
    files = list(_run_files(path))
    if not files:
        raise InvalidInput(f"{path} holds no offline run; expected offline-run-*/run-*{_SUFFIX}")
    for file in files:
        found = _read_file(file, mood)
        if found is not None:
            yield found
        elif len(files) == 1 and mood is Mood.WHOLE:
            raise InvalidInput(f"{file} does not say which run it is of; its beginning is lost")


def _run_files(path: Path) -> Iterator[Path]:
    # `latest-run` is a link to one of the folders beside it; links to folders are not followed.
    return (file for file in files_below(path) if file.name.endswith(_SUFFIX) and file.name.startswith("run-"))


def _read_file(path: Path, mood: Mood) -> ImportedRun | None:
    still = Mood.GROWING if mood is Mood.LIVE else mood
    run: Any = None
    ended: Any = None
    about: dict[str, Any] = {}
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    for record in _messages(path, still, LossList()):
        kind = None if isinstance(record, Pause) else record.WhichOneof("record_type")
        if kind == "run":
            run = run or record.run
            _update(config, record.run.config.update)
        elif kind == "config":
            _update(config, record.config.update)
        elif kind == "summary":
            _update(summary, record.summary.update)
        elif kind == "environment":
            about |= _environment(record.environment)
        elif kind == "exit":
            ended = record.exit
    if run is None:
        return None
    return _run(path, mood, run, ended, about, config, summary)


def _run(
    path: Path,
    mood: Mood,
    run: Any,
    ended: Any,
    about: Mapping[str, Any],
    config: dict[str, Any],
    summary: Mapping[str, Any],
) -> ImportedRun:
    losses = LossList()
    begun = run.start_time.seconds + run.start_time.nanos / 1e9
    config.pop("_wandb", None)
    is_whole = ended is not None or mood is Mood.WHOLE
    kept = {name: value for name, value in summary.items() if name not in _OWN and not isinstance(value, dict | list)}
    names = (run.run_group and ("group", run.run_group), run.job_type and ("job_type", run.job_type))
    return ImportedRun(
        key=f"{run.run_id} {run.start_time.seconds}.{run.start_time.nanos:09d}",
        name=run.display_name or run.run_id,
        project=run.project or "wandb",
        created=begun,
        items=with_epochs(_items(path, mood, begun, losses), is_whole=is_whole),
        config=config,
        environment={**about, "wandb": {"run": run.run_id, **dict(name for name in names if name)}},
        tags=tuple(run.tags),
        note=run.notes,
        end=None if ended is None else _reason(ended.exit_code),
        end_fields={"summary": dict(list(kept.items())[:_SUMMARY_KEYS])},
        is_over=True if ended is not None else None,
        losses=losses,
    )


def _reason(exit_code: int) -> str:
    if exit_code == 0:
        return "finished"
    return "interrupted" if exit_code in _INTERRUPTED else _FAILED


def _messages(path: Path, mood: Mood, losses: LossList) -> Iterator[Any]:
    parse = _parser()
    for place, data in enumerate(records_of(path, mood, losses), 1):
        if isinstance(data, Pause):
            yield data
            continue
        record = parse(data)
        if record is None:
            losses.note(f"{path.name}: record {place} is no message of W&B's")
        else:
            yield record


def _parser() -> Callable[[bytes], Any]:
    from google.protobuf.message import DecodeError
    from wandb.proto import wandb_internal_pb2

    messages: Any = wandb_internal_pb2  # its classes are made when it is imported

    def parse(data: bytes) -> Any:
        try:
            return messages.Record.FromString(data)
        except DecodeError:
            return None

    return parse


def _items(path: Path, mood: Mood, begun: float, losses: LossList) -> Iterator[Item]:
    for record in _messages(path, mood, losses):
        if isinstance(record, Pause):
            yield record
        elif record.WhichOneof("record_type") == "history":
            values: dict[str, Any] = {}
            _update(values, record.history.item)
            yield from _logged(path.parent / "files", values, record.history.step.num, begun, losses)
        elif record.WhichOneof("record_type") == "exit" and mood is Mood.LIVE:
            return


def _logged(files: Path, values: dict[str, Any], step: int, begun: float, losses: LossList) -> Iterator[Item]:
    told, seconds = values.get("_step"), values.get("_timestamp")
    step = int(told) if isinstance(told, int | float) and abs(told) <= _MAX_STEP else step
    at = float(seconds) if isinstance(seconds, int | float) else begun + float(values.get("_runtime") or 0.0)
    numbers = dict(_numbers({name: value for name, value in values.items() if name not in _OWN}, ""))
    if numbers:
        yield Row(step, None, at, numbers)
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _pictures(files, name, value, (step, at), losses)


def _numbers(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", _float(value)
        elif isinstance(value, dict) and "_type" not in value:
            yield from _numbers(value, f"{prefix}{name}.")


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _pictures(
    files: Path, name: str, value: Mapping[str, Any], place: tuple[int, float], losses: LossList
) -> Iterator[Item]:
    """Take images as samples; they lie beside the run file, and a path that leads elsewhere is not followed."""
    if value.get("_type") == "image-file":
        named, captions = [value.get("path")], [value.get("caption")]
    elif value.get("_type") == "images/separated":
        named = list(value.get("filenames") or ())
        captions = list(value.get("captions") or ()) if isinstance(value.get("captions"), list) else []
    else:
        return
    step, at = place
    samples = []
    for number, inner in enumerate(named):
        data = read_inner(files, str(inner or ""))
        if data is None:
            losses.note(f"image {str(inner)!r} is not there, or too large")
            continue
        key = hashlib.sha256(data).digest()[:16]
        yield Picture(key, data)
        caption = captions[number] if number < len(captions) else None
        samples.append({"id": f"{name}/{number}", "image": key.hex(), "caption": str(caption or name)})
    if samples:
        yield Happening("samples", at, {"split": "val", "epoch": max(0, step), "step": step, "samples": samples})


def _update(into: dict[str, Any], items: Iterable[Any]) -> None:
    """Apply W&B's items: a name, or the way to a nested one, with a value in its JSON, which spells NaN bare."""
    for item in items:
        way = list(item.nested_key) or [item.key]
        try:
            value = json.loads(item.value_json)
        except (ValueError, RecursionError):
            continue
        target = into
        for name in way[:-1]:
            inner = target.get(name)
            if not isinstance(inner, dict):
                inner = target[name] = {}
            target = inner
        target[way[-1]] = value


def _environment(said: Any) -> dict[str, Any]:
    known = {
        "platform": said.os,
        "python": said.python,
        "host": said.host,
        "script": said.program,
        "cpu_count": said.cpu_count,
        "cwd": said.root,
    }
    return {name: value for name, value in known.items() if value}


FORMAT = Format("wandb", "W&B's offline runs", looks_like, read)
