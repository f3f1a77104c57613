"""TensorBoard's event files: scalars, images, text and hyper-parameters, read with TensorBoard's own reader."""

import hashlib
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.epochs import by_steps, steps_are_epochs, with_epochs
from epochwatch_server.importers.format import Format, Mood
from epochwatch_server.importers.imported import PAUSE, Happening, ImportedRun, Item, Pause, Picture, Row
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.merging import Source, merged, one_after_the_other

_MARK = "tfevents"
_SPLIT_FOLDERS = {"train": "train", "validation": "val", "val": "val", "test": "test"}  # Keras has a folder a split
_MAX_IMAGES_A_STEP = 8
_MAX_IMAGE_BYTES = 4 << 20
_WRITTEN_SECONDS = 60.0  # a record that is written just now is not lost
_FRAME_BYTES = 16  # around each record: its length, and a checksum of that and of the record
_HEAD_ITEMS = 2_000  # enough to see how a log counts, and what it was given
_MAX_WHOLE = 2**53  # beyond it a float is not exact


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
    folders: dict[Path, list[tuple[str, Path]]] = {}
    for file in _event_files(path):
        folder, split = _run_folder(file.parent, path)
        folders.setdefault(folder, []).append((split, file))
    if not folders:
        raise InvalidInput(f"{path} holds no event file; expected files with {_MARK} in their name")
    root = path if path.is_dir() else path.parent
    for folder, files in sorted(folders.items()):
        yield _read_run(folder, root.resolve(), files, mood)


def _event_files(path: Path) -> Iterator[Path]:
    return (file for file in files_below(path) if _MARK in file.name)


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


def _read_run(folder: Path, root: Path, files: list[tuple[str, Path]], mood: Mood) -> ImportedRun:
    losses = LossList()
    name = folder.name if folder.resolve() == root else str(folder.resolve().relative_to(root))
    still = Mood.GROWING if mood is Mood.LIVE else mood
    head = list(islice((item for item in _items(files, still, LossList())), _HEAD_ITEMS))
    created = _created(files)
    items: Iterable[Item] = _items(files, mood, losses)
    if steps_are_epochs(head):
        items = by_steps(items)
    return ImportedRun(
        key=f"{_fingerprint(files)} {created!r}",
        name=name,
        project=root.name or "tensorboard",
        created=created,
        items=with_epochs(items, is_whole=mood is Mood.WHOLE),
        config=_hyper_parameters(files),
        end="finished",
        losses=losses,
    )


def _created(files: list[tuple[str, Path]]) -> float:
    firsts = (next(iter(_events(file, Mood.GROWING, LossList())), None) for _, file in files)
    times = [first.wall_time for first in firsts if first is not None and not isinstance(first, Pause)]
    return times[0] if times else 0.0


def _fingerprint(files: list[tuple[str, Path]]) -> str:
    """Name a run by its event files, whose names hold the time, the host and the process that wrote them."""
    return hashlib.sha256(min(file.name for _, file in files).encode()).hexdigest()


def _items(files: list[tuple[str, Path]], mood: Mood, losses: LossList) -> Iterator[Item]:
    """Yield what the files of a run hold: splits by time, files of one split one after the other."""
    groups: dict[tuple[str, Path], list[Path]] = {}
    for split, file in files:
        groups.setdefault((split, file.parent), []).append(file)
    sources = []
    for (split, folder), parts in groups.items():
        is_closed = _is_stamp(folder)
        mood_here = Mood.WHOLE if is_closed else mood
        whole = one_after_the_other([_timed(file, split, mood_here, losses) for file in parts])
        sources.append(Source(whole, may_grow=mood is not Mood.WHOLE and not is_closed))
    return merged(sources)


def _timed(file: Path, split: str, mood: Mood, losses: LossList) -> Iterator[tuple[float, Item] | Pause]:
    for event in _events(file, mood, losses):
        if isinstance(event, Pause):
            yield event
            continue
        for value in event.summary.value:
            for item in _item(event, value, split):
                yield event.wall_time, item


def _events(file: Path, mood: Mood, losses: LossList) -> Iterator[Any]:
    """Read events until the end, or until a record that is damaged; the reader itself says nothing of those."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    loader = EventFileLoader(str(file))
    size = file.stat().st_size  # what is written from here on is for the next time
    read = 0
    for event in loader.Load():
        read += 1
        yield event
    while mood is Mood.LIVE:
        yield PAUSE
        yield from loader.Load()
    whole, rest = _records(file, size)
    if read < whole:
        losses.note(
            f"{file.name}: record {read + 1} is damaged; it and the {whole - read - 1} or more behind it are lost"
        )
    elif rest and time.time() - file.stat().st_mtime > _WRITTEN_SECONDS:
        losses.note(f"{file.name}: its last {rest:,} bytes are no whole record")


def _records(file: Path, size: int) -> tuple[int, int]:
    """Count the records in the first `size` bytes by their lengths, and the bytes behind the last whole one."""
    count, place = 0, 0
    with file.open("rb") as data:
        while place + _FRAME_BYTES <= size:
            data.seek(place)
            after = place + _FRAME_BYTES + int.from_bytes(data.read(8), "little")
            if after > size:
                break
            count, place = count + 1, after
    return count, size - place


def _item(event: Any, value: Any, split: str) -> Iterator[Item]:
    plugin = value.metadata.plugin_data.plugin_name
    if plugin == "scalars" and not value.tag.startswith("_hparams_"):
        number = _number(value.tensor)
        if number is not None:
            yield Row(event.step, None, event.wall_time, {_name(value.tag, split): number})
    elif plugin == "text":
        text = b"\n".join(value.tensor.string_val).decode("utf-8", "replace")
        fields = {"text": f"{value.tag.removesuffix('/text_summary')}: {text}", "step": event.step}
        yield Happening("note", event.wall_time, fields)
    elif plugin == "images":
        yield from _pictures(event, value)


def _name(tag: str, split: str) -> str:
    """Keras writes `epoch_loss` into a folder of its split."""
    return f"{split}/{tag.removeprefix('epoch_')}" if split else tag


def _number(tensor: Any) -> float | None:
    """Read the one number of a tensor, in whichever field it stands."""
    for values in (tensor.float_val, tensor.double_val, tensor.int_val, tensor.int64_val):
        if values:
            return float(values[0])
    formats = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}  # DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64
    layout = formats.get(tensor.dtype)
    if layout is not None and len(tensor.tensor_content) == struct.calcsize(layout):
        return float(struct.unpack(layout, tensor.tensor_content)[0])
    return None


def _pictures(event: Any, value: Any) -> Iterator[Item]:
    """Take the images of a tag as samples; the tensor holds width, height, and then the files."""
    shown = [data for data in value.tensor.string_val[2:] if len(data) <= _MAX_IMAGE_BYTES][:_MAX_IMAGES_A_STEP]
    if not shown or event.step < 0:
        return
    samples = []
    for place, data in enumerate(shown):
        key = hashlib.sha256(data).digest()[:16]
        yield Picture(key, data)
        samples.append({"id": f"{value.tag}/{place}", "image": key.hex(), "caption": value.tag})
    fields: Mapping[str, Any] = {"split": "val", "epoch": event.step, "step": event.step, "samples": samples}
    yield Happening("samples", event.wall_time, fields)


def _hyper_parameters(files: list[tuple[str, Path]]) -> dict[str, Any]:
    """Read what `add_hparams` and Lightning's logger wrote about the run's settings."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    config: dict[str, Any] = {}
    for _, file in files:
        for event in islice(_events(file, Mood.GROWING, LossList()), _HEAD_ITEMS):
            for value in event.summary.value:
                if value.tag == "_hparams_/session_start_info":
                    data = HParamsPluginData.FromString(value.metadata.plugin_data.content)
                    for name, given in data.session_start_info.hparams.items():
                        kind = given.WhichOneof("kind")
                        config[name] = _plain(getattr(given, kind)) if kind else None
    return config


def _plain(value: Any) -> Any:
    """The format keeps every number as a float: a whole one was most likely given as one."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_WHOLE else value


FORMAT = Format("tensorboard", "TensorBoard event files", looks_like, read)
