"""W&B's offline run folders: what a run is, read with W&B's own message types."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.format import Format, Mood, NothingThere, tell_unreadable
from epochwatch_server.importers.imported import ImportedRun, Item, Pause
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.wandb_items import ItemReader, update
from epochwatch_server.importers.wandb_records import records_of

_SUFFIX = ".wandb"


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
        raise NothingThere(f"{path} holds no offline run; expected offline-run-*/run-*{_SUFFIX}")
    problems = []
    for file in files:
        problem = f"{file} does not say which run it is of; its beginning is lost"
        try:
            found = _read_file(file, mood)
        except InvalidInput as wrong:
            found, problem = None, str(wrong)
        if found is not None:
            yield found
        elif mood is Mood.WHOLE:
            problems.append(problem)
    tell_unreadable(problems, is_any_read=len(problems) < len(files))


def _run_files(path: Path) -> Iterator[Path]:
    # `latest-run` is a link to one of the folders beside it; links to folders are not followed.
    return (file for file in files_below(path) if file.name.endswith(_SUFFIX) and file.name.startswith("run-"))


def _read_file(path: Path, mood: Mood) -> ImportedRun | None:
    still = Mood.GROWING if mood is Mood.LIVE else mood
    run: Any = None
    is_over = False
    about: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for record in _messages(path, still, LossList()):
        kind = None if isinstance(record, Pause) else record.WhichOneof("record_type")
        if kind == "run":
            run = run or record.run
            update(config, record.run.config.update)
        elif kind == "config":
            update(config, record.config.update)
        elif kind == "environment":
            about |= _environment(record.environment)
        is_over = is_over or kind == "exit"
    return None if run is None else _run(path, mood, run, is_over, about, config)


def _run(
    path: Path, mood: Mood, run: Any, is_over: bool, about: Mapping[str, Any], config: dict[str, Any]
) -> ImportedRun:
    losses, remarks, ending = LossList(), list[str](), dict[str, Any]()
    begun = run.start_time.seconds + run.start_time.nanos / 1e9
    config.pop("_wandb", None)
    reader = ItemReader(path.parent / "files", begun, losses, ending, remarks)
    names = (run.run_group and ("group", run.run_group), run.job_type and ("job_type", run.job_type))
    return ImportedRun(
        key=f"{run.run_id} {run.start_time.seconds}.{run.start_time.nanos:09d}",
        name=run.display_name or run.run_id,
        project=run.project or "wandb",
        created=begun,
        items=with_epochs(_items(path, mood, reader), is_whole=lambda: mood is Mood.WHOLE or "reason" in ending),
        config=config,
        environment={**about, "wandb": {"run": run.run_id, **dict(name for name in names if name)}},
        tags=tuple(run.tags),
        note=run.notes,
        end_fields=ending,
        is_over=True if is_over else None,
        losses=losses,
        remarks=remarks,
    )


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


def _items(path: Path, mood: Mood, reader: ItemReader) -> Iterator[Item]:
    for record in _messages(path, mood, reader.losses):
        if isinstance(record, Pause):
            reader.conclude()
            yield record
            continue
        yield from reader.read(record)
        if mood is Mood.LIVE and "reason" in reader.ending:
            break
    reader.conclude()


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
