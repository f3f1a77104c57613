"""The records of a W&B run file: a log of framed protobuf messages, each part with its checksum."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import PAUSE, Pause
from epochwatch_server.importers.losses import LossList

_BLOCK_BYTES = 32_768  # parts never cross the border of a block, as in LevelDB's log
_HEAD = struct.Struct("<IHB")  # crc32 of kind and bytes, length, kind
_FILE_HEAD = struct.Struct("<4sHB")
_IDENT, _MAGIC = b":W&B", 0xBEE1
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MAX_RECORD_BYTES = 256 << 20


def records_of(path: Path, mood: Mood, losses: LossList) -> Iterator[bytes | Pause]:
    """Yield the records of a file that are whole. Behind a damaged part it goes on at the next block.

    Raises:
        InvalidInput: It is no such file.
    """
    parts: list[bytes] = []
    for kind, data in _parts(path, mood, losses):
        if kind == 0:
            yield PAUSE
        elif kind == _FULL:
            parts = []
            yield data
        elif kind == _FIRST:
            parts = [data]
        elif parts and kind in (_MIDDLE, _LAST) and sum(map(len, parts)) <= _MAX_RECORD_BYTES:
            parts.append(data)
            if kind == _LAST:
                yield b"".join(parts)
                parts = []
        else:
            parts = []


def _parts(path: Path, mood: Mood, losses: LossList) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        head = file.read(_FILE_HEAD.size)
        if len(head) < _FILE_HEAD.size or _FILE_HEAD.unpack(head)[:2] != (_IDENT, _MAGIC):
            raise InvalidInput(f"{path} is no W&B run file; expected {_IDENT!r} at its beginning")
        place = _FILE_HEAD.size
        while True:
            left = _BLOCK_BYTES - place % _BLOCK_BYTES
            if left < _HEAD.size:
                place += left
                continue
            file.seek(place)
            data = file.read(left)
            part = _part(data)
            if isinstance(part, bytes):
                yield data[_HEAD.size - 1], part
                place += _HEAD.size + len(part)
            elif part is None and mood is Mood.LIVE:
                yield 0, b""
            elif part is None:
                if data and mood is Mood.WHOLE:
                    losses.note(f"{path.name}: its last {len(data):,} bytes are no whole record")
                return
            else:
                losses.note(f"{path.name}: damaged at byte {place:,}; up to {left:,} bytes are lost")
                place += left


def _part(block: bytes) -> bytes | bool | None:
    """Take the first part of what is left of a block: None when it is not whole yet, False when it is damaged."""
    if len(block) < _HEAD.size:
        return None
    crc, length, kind = _HEAD.unpack_from(block)
    data = block[_HEAD.size : _HEAD.size + length]
    if len(data) < length:
        return None
    is_right = _FULL <= kind <= _LAST and zlib.crc32(block[_HEAD.size - 1 : _HEAD.size + length]) == crc
    return data if is_right else False
