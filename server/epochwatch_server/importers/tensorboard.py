"""TensorBoard's event files: scalars, images, text and hyper-parameters, read with TensorBoard's own messages."""

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.epochs import by_own_steps, with_epochs
from epochwatch_server.importers.format import Format, Mood, NothingThere, tell_unreadable
from epochwatch_server.importers.imported import ImportedRun, Item, Pause
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.merging import WRITE_OUT_SECONDS, Source, may_write_out, merged
from epochwatch_server.importers.tensorboard_records import events_of
from epochwatch_server.importers.tensorboard_values import ValueReader, settings_of, time_of

_MARK = "tfevents"
_OF_THE_PROFILER = ".profile-empty"  # says only that there is a profile
_SPLIT_FOLDERS = {"train": "train", "validation": "val", "val": "val", "test": "test"}  # Keras has a folder a split
_HEAD_EVENTS = 2_000  # enough to see what a run was given
Part = tuple[str, Path]  # a split, and a file that tells about it
Value = tuple[Any, Any, str]  # an event, one of its values, and the split


def looks_like(path: Path) -> bool:
    """Say whether there are event files at or below a path."""
    return next(iter(_event_files(path)), None) is not None


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read a run from each folder of event files; folders of splits and of hyper-parameters belong to the one above.

    Raises:
        InvalidInput: TensorBoard is not installed, or there is no event file.
    """
    if find_spec("tensorboard") is None:
        raise InvalidInput("reading event files needs TensorBoard: pip install 'epochwatch[import]'")
    folders = _folders(path)
    if not folders:
        raise NothingThere(f"{path} holds no event file; expected files with {_MARK} in their name")
    root = (path if path.is_dir() else path.parent).resolve()
    problems = []
    for folder, parts in sorted(folders.items()):
        log = _Log(folder, path, mood, parts)
        created = log.created()
        if created is not None:
            yield _read_run(log, root, created)
        elif mood is Mood.WHOLE:
            problems.append(f"{parts[0][1]} holds no event that can be read")
    tell_unreadable(problems, is_any_read=len(problems) < len(folders))


def _event_files(path: Path) -> Iterator[Path]:
    found = files_below(path)
    return (file for file in found if _MARK in file.name and not file.name.endswith(_OF_THE_PROFILER))


def _folders(path: Path) -> dict[Path, list[Part]]:
    folders: dict[Path, list[Part]] = {}
    for file in _event_files(path):
        folder, split = _run_folder(file.parent, path)
        folders.setdefault(folder, []).append((split, file))
    return folders


def _run_folder(folder: Path, top: Path) -> tuple[Path, str]:
    """Name the folder that stands for the run, and the split that the folder's files tell about."""
    if folder == top:
        return folder, ""
    split = _SPLIT_FOLDERS.get(folder.name)
    if split is not None:
        return folder.parent, split
    return (folder.parent, "") if _is_stamp(folder) else (folder, "")


def _is_stamp(folder: Path) -> bool:
    """`add_hparams` writes into a folder named by the time, below the run's own, and closes its file at once."""
    is_number = folder.name.replace(".", "", 1).isdecimal()
    return is_number and any(_MARK in one.name for one in folder.parent.iterdir())


def _read_run(log: "_Log", root: Path, created: float) -> ImportedRun:
    folder = log.folder.resolve()
    is_whole = log.mood is Mood.WHOLE
    return ImportedRun(
        key=f"{log.fingerprint()} {created!r}",
        name=folder.name if folder == root else str(folder.relative_to(root)),
        project=root.name or "tensorboard",
        created=created,
        items=with_epochs(by_own_steps(log.items(), is_whole=is_whole), is_whole=is_whole),
        config=log.settings(),
        end="finished",
        losses=log.losses,
        remarks=log.remarks,
    )


@dataclass(slots=True)
class _Log:
    """The event files of one run. parts: those that are known; one that is followed finds more of them."""

    folder: Path
    top: Path
    mood: Mood
    parts: list[Part]
    losses: LossList = field(default_factory=LossList)
    remarks: list[str] = field(default_factory=list)
    over: set[Path] = field(default_factory=set)

    def fingerprint(self) -> str:
        """Name a run by its first event file, whose name holds the time, the host and the process that wrote it."""
        return hashlib.sha256(min(file.name for _, file in self.parts).encode()).hexdigest()

    def created(self) -> float | None:
        """Say when the run began; None while no event of it can be read."""
        firsts = (next(self._head(file, 1), None) for _, file in self.parts)
        return next((time_of(event) for event in firsts if event is not None), None)

    def settings(self) -> dict[str, Any]:
        """Read what the run was given."""
        config: dict[str, Any] = {}
        for _, file in self.parts:
            for event in self._head(file, _HEAD_EVENTS):
                for value in event.summary.value:
                    config |= settings_of(value)
        return config

    def _head(self, file: Path, limit: int) -> Iterator[Any]:
        return islice(events_of(file, Mood.GROWING, LossList()), limit)

    def items(self) -> Iterator[Item]:
        """Yield what the files hold, by time."""
        reader = ValueReader()
        for thing in merged([self._source(*part) for part in self.parts], self._more):
            if isinstance(thing, Pause):
                self.remarks[:] = reader.remark()
                yield thing
            else:
                yield from reader.read(*thing)
        self.remarks[:] = reader.remark()

    def _more(self) -> list[Source[Value]]:
        """Look for files that came since, as those of a validation do, and of a training that was resumed."""
        if self.top.is_file():
            return []
        known = {file for _, file in self.parts}
        new = [file for file in _event_files(self.folder) if file not in known]
        places = [(*_run_folder(file.parent, self.top), file) for file in new]
        found = [(split, file) for folder, split, file in places if folder == self.folder]
        self.parts += found
        return [self._source(*part) for part in found]

    def _source(self, split: str, file: Path) -> Source[Value]:
        if self.mood is Mood.WHOLE or _is_stamp(file.parent):
            return Source(self._timed(split, file, Mood.WHOLE))
        return Source(self._timed(split, file, self.mood), lambda: self._silent_until(file))

    def _silent_until(self, file: Path) -> float:
        """A file that another one has followed, and that nobody writes to any more, is at its end."""
        if file in self.over:
            return math.inf
        until = may_write_out()
        beside = [other.name for _, other in self.parts if other.parent == file.parent]
        if file.name == max(beside):
            return until
        try:
            return math.inf if time.time() - file.stat().st_mtime > WRITE_OUT_SECONDS else until
        except OSError:
            return math.inf

    def _timed(self, split: str, file: Path, mood: Mood) -> Iterator[tuple[float, Value] | Pause]:
        for event in events_of(file, mood, self.losses):
            if isinstance(event, Pause):
                yield event
                continue
            for value in event.summary.value:
                yield time_of(event), (event, value, split)
        if mood is Mood.LIVE:  # it only ends where it cannot be read any further
            self.over.add(file)


FORMAT = Format("tensorboard", "TensorBoard event files", looks_like, read)
