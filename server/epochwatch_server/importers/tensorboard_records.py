"""The records of an event file: frames with checksums, which hold TensorBoard's own messages."""

import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import PAUSE, Pause
from epochwatch_server.importers.losses import LossList

_HEAD = struct.Struct("<QI")  # the length of what follows, and a checksum of the length
_CHECK = struct.Struct("<I")
_MAX_RECORD_BYTES = 256 << 20
_WRITTEN_SECONDS = 60.0  # a record that is written just now is not lost


def events_of(file: Path, mood: Mood, losses: LossList) -> Iterator[Any | Pause]:
    """Yield TensorBoard's events in today's form, however old the program was that wrote them; simple values stay so.

    Behind a damaged record it goes on with the next one, as long as the lengths can be believed. A file that is
    followed pauses at its end; when it becomes shorter, or another one takes its place, it is over.
    """
    from google.protobuf.message import DecodeError
    from tensorboard import data_compat, dataclass_compat
    from tensorboard.compat.proto.event_pb2 import Event

    about_tags: dict[str, Any] = {}  # what the first value of a tag said of all that follow
    for record in _records(file, mood, losses):
        if isinstance(record, Pause):
            yield record
            continue
        try:
            event = Event.FromString(record.data)
            if not _is_plain(event):
                event = data_compat.migrate_event(event)
                yield from list(dataclass_compat.migrate_event(event, about_tags))
                continue
        except (DecodeError, ValueError, TypeError):
            losses.note(f"{file.name}: record {record.number} is no event of TensorBoard's")
            continue
        yield event


def _is_plain(event: Any) -> bool:
    """Say whether it holds nothing but simple values, as most do: to bring those to today's form is half the work."""
    return event.WhichOneof("what") == "summary" and all(
        value.HasField("simple_value") for value in event.summary.value
    )


@dataclass(frozen=True, slots=True)
class _Record:
    number: int  # counted from 1
    data: bytes


def _records(path: Path, mood: Mood, losses: LossList) -> Iterator[_Record | Pause]:
    try:
        with path.open("rb") as file:
            yield from _read(file, path, mood, losses)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}") from problem


def _read(file: BinaryIO, path: Path, mood: Mood, losses: LossList) -> Iterator[_Record | Pause]:
    place, number = 0, 0
    while True:
        head = file.read(_HEAD.size)
        length = _length(head)
        if length is None and len(head) == _HEAD.size:
            losses.note(f"{path.name}: damaged at byte {place:,}; it and all behind it are lost")
            return
        framed = b"" if length is None else file.read(length + _CHECK.size)
        if length is not None and len(framed) == length + _CHECK.size:
            place, number = place + _HEAD.size + len(framed), number + 1
            data = framed[:length]
            if _CHECK.pack(_checksum(data)) == framed[length:]:
                yield _Record(number, data)
            else:
                losses.note(f"{path.name}: record {number} is damaged")
            continue
        file.seek(place)
        if mood is not Mood.LIVE:
            _tell_rest(len(head) + len(framed), path, losses)
            return
        if _was_replaced(file, path, place):
            losses.note(f"{path.name}: it was begun anew while it was followed")
            return
        yield PAUSE


def _length(head: bytes) -> int | None:
    """Read a record's length; None when it is not whole yet, or not to be believed."""
    if len(head) < _HEAD.size:
        return None
    length, check = _HEAD.unpack(head)
    return int(length) if length <= _MAX_RECORD_BYTES and _checksum(head[:8]) == check else None


def _checksum(data: bytes) -> int:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    return int(masked_crc32c(data))


def _tell_rest(rest: int, path: Path, losses: LossList) -> None:
    if rest and time.time() - path.stat().st_mtime > _WRITTEN_SECONDS:
        losses.note(f"{path.name}: its last {rest:,} bytes are no whole record")


def _was_replaced(file: BinaryIO, path: Path, place: int) -> bool:
    try:
        now = path.stat()
    except OSError:
        return True
    opened = os.fstat(file.fileno())
    return opened.st_size < place or (now.st_ino, now.st_dev) != (opened.st_ino, opened.st_dev)
