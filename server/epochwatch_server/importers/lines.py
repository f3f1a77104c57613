"""The lines of a text file, one after the other and never all at once; of a growing one as far as they are whole."""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import PAUSE, Pause
from epochwatch_server.importers.losses import LossList

MAX_LINE_BYTES = 64 << 20  # an image in a line of JSON may be some megabytes
_PART_BYTES = 1 << 18
_PACKED_PART_BYTES = 1 << 12  # so much is lost at most in front of a damaged place
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, without its end. number: counted from 1. is_torn: the file ends within it."""

    number: int
    data: bytes
    is_torn: bool = False

    @property
    def text(self) -> str:
        """Read it as UTF-8; what is none stands as a question mark in a box."""
        return self.data.decode("utf-8", "replace")


def lines_of(path: Path, mood: Mood, losses: LossList, *, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line | Pause]:
    """Yield the lines of a file, unpacked if its name ends in `.gz`.

    A log that grows keeps its last line to itself until it is ended. One that is followed pauses at its end; when the
    file becomes shorter, or another one takes its place, it is over.

    Raises:
        InvalidInput: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            parts = _unpacked(file, losses) if path.name.endswith(".gz") else _parts(file, path, mood, losses)
            yield from _cut(parts, mood, losses, max_bytes)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}") from problem


def count_lines(path: Path) -> int:
    """Count the lines of a file, unpacked, without looking at them."""
    with path.open("rb") as file:
        parts = _unpacked(file, LossList()) if path.name.endswith(".gz") else iter(lambda: file.read(_PART_BYTES), b"")
        return sum(part.count(b"\n") for part in parts)


@dataclass(slots=True)
class _Held:
    """The beginning of a line whose end has not come. excess: bytes of it that were let go."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    excess: int = 0

    def add(self, data: bytes, max_bytes: int) -> None:
        kept = data[: max(0, max_bytes - self.size)]
        self.excess += len(data) - len(kept)
        self.size += len(kept)
        if kept:
            self.parts.append(kept)

    def take(self) -> bytes:
        data = b"".join(self.parts)
        self.parts, self.size, self.excess = [], 0, 0
        return data


def _cut(parts: Iterator[bytes | Pause], mood: Mood, losses: LossList, max_bytes: int) -> Iterator[Line | Pause]:
    number, held = 1, _Held()
    for part in parts:
        if isinstance(part, Pause):
            yield part
            continue
        *ended, rest = part.split(b"\n")
        for data in ended:
            held.add(data, max_bytes)
            yield from _line(number, held, losses)
            number += 1
        held.add(rest, max_bytes)
    if mood is Mood.WHOLE and held.size:
        yield Line(number, _bare(number, held.take()), is_torn=True)


def _line(number: int, held: _Held, losses: LossList) -> Iterator[Line]:
    if held.excess:
        losses.note(f"line {number}: longer than {held.size:,} bytes")
        held.take()
        return
    yield Line(number, _bare(number, held.take()))


def _bare(number: int, data: bytes) -> bytes:
    """Take away the mark of a byte order and Windows' second half of a line's end."""
    data = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
    return data.removesuffix(b"\r")


def _parts(file: BinaryIO, path: Path, mood: Mood, losses: LossList) -> Iterator[bytes | Pause]:
    while True:
        part = file.read(_PART_BYTES)
        if part:
            yield part
        elif mood is not Mood.LIVE:
            return
        elif _was_replaced(file, path):
            losses.note(f"{path.name}: it was begun anew while it was followed")
            return
        else:
            yield PAUSE


def _was_replaced(file: BinaryIO, path: Path) -> bool:
    try:
        now = path.stat()
    except OSError:
        return True
    before = file.seek(0, 1)
    opened = os.fstat(file.fileno())
    return now.st_size < before or (now.st_ino, now.st_dev) != (opened.st_ino, opened.st_dev)


def _unpacked(file: BinaryIO, losses: LossList) -> Iterator[bytes]:
    """Unpack part by part, so that what stands before the damage is kept; several packed files in one are one."""
    unpacker, is_within = zlib.decompressobj(_GZIP), False
    while part := file.read(_PACKED_PART_BYTES):
        try:
            while part:
                yield unpacker.decompress(part, _PART_BYTES)
                part, is_within = unpacker.unconsumed_tail or unpacker.unused_data, not unpacker.eof
                unpacker = unpacker if is_within else zlib.decompressobj(_GZIP)
        except zlib.error as problem:
            losses.note(f"the end of the file: it is damaged ({problem})")
            return
    if is_within:
        losses.note("the end of the file: it is cut off")
