"""The other end of a spool: whole records in their order, whatever a crash or a bad disk did to the file."""

import json
import os
import re
from dataclasses import dataclass
from zlib import crc32

from epochwatch.spool import HEAD, LAYOUT, LAYOUT_ID, MAGIC, START

CHUNK_BYTES = 1 << 20
MAX_RECORD_BYTES = 256 << 20  # a length beyond it is damage, not a record
MAX_JUMP = 1 << 32  # a number further ahead is no record that survived damage before it
DAMAGED = 0  # kind of the record that stands for those which cannot be read
# Where a payload may begin in damaged bytes: a kind, and a number whose upper half is zero. The checksum decides.
_CANDIDATE = re.compile(rb"(?=[\x01-\x05].{4}\x00{4})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Record:
    """One record. body: what follows kind and number; of a `DAMAGED` one, empty: `count` records are lost there."""

    kind: int
    number: int
    body: bytes
    count: int = 1


class NotASpool(Exception):
    """The file does not begin like a spool."""


class SpoolReader:
    """Reads a spool from a place onward. One thread at a time; the file may grow meanwhile.

    number: the next record to come. offset: where it begins. layouts: names by layout id, as in force there.
    base: the first number that the file has. damaged_bytes: what was no record.
    """

    def __init__(self, fd: int, *, is_live: bool) -> None:
        """Read from an open file, which is closed by `close`. is_live: somebody writes it, so its end may come yet."""
        self._fd = fd
        self._is_live = is_live
        self._chunk = b""
        self._start = 0  # offset of the chunk
        self._looked_to = 0  # size of the file when no further whole record was in it
        self.number = 0
        self.base = 0
        self.offset = 0
        self.layouts: dict[int, list[str]] = {}
        self.damaged_bytes = 0
        self.go_to(0)

    def go_to(self, number: int) -> None:
        """Go to record `number`, or to the first behind it that the file has, or to its end.

        Raises:
            NotASpool: The file begins with something else.
        """
        if os.pread(self._fd, len(MAGIC), 0) != MAGIC:
            raise NotASpool(f"expected {MAGIC!r} at its beginning")
        self.offset, self.layouts = len(MAGIC), {}
        self._chunk, self._start, self._looked_to = b"", 0, 0
        self.number = 0
        first = self._whole_payload()
        self.base = 0 if first is None else START.unpack_from(first)[1]
        self.offset = len(MAGIC)
        self.number = min(self.base, number)
        while self.number < number:
            before = self.number, self.offset
            record = self.read()
            if record is None:
                return
            if record.number >= number and record.kind != DAMAGED:
                self.number, self.offset = before
                break
        self.number = max(self.base, number)

    def read(self) -> Record | None:
        """Return the next record; None when no whole one is there."""
        while True:
            before = self.number
            payload = self._whole_payload() or self._second_look()
            if payload is None:
                if not self._skip_damage():
                    return None
                if self.number > before:
                    return Record(DAMAGED, before, b"", self.number - before)
                continue
            kind, number = START.unpack_from(payload)
            self.offset += HEAD.size + len(payload)
            if kind == LAYOUT:
                self._take_layout(payload)
            if number >= self.number:  # those before are confirmed already
                self.number = number + 1
                return Record(kind, number, payload[START.size :])

    def has_more(self) -> bool:
        """Say whether anything lies behind the offset that `read` has not found to be no whole record."""
        return os.fstat(self._fd).st_size not in (self.offset, self._looked_to)

    def replace_file(self, fd: int) -> None:
        """Go on at the same record in a fresh file."""
        os.close(self._fd)
        self._fd = fd
        self.go_to(self.number)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _whole_payload(self) -> bytes | None:
        """Return the payload of the record at the offset when it is whole and its checksum right."""
        head = self._bytes(self.offset, HEAD.size)
        if len(head) < HEAD.size:
            return None
        length, crc = HEAD.unpack(head)
        if not START.size <= length <= MAX_RECORD_BYTES:
            return None
        payload = self._bytes(self.offset + HEAD.size, length)
        return payload if len(payload) == length and crc32(payload) == crc else None

    def _second_look(self) -> bytes | None:
        """Try again at a size noted before, so that what is written meanwhile is news to `has_more`."""
        self._looked_to = os.fstat(self._fd).st_size
        return self._whole_payload() if self._looked_to > self.offset else None

    def _bytes(self, offset: int, count: int) -> bytes:
        place = offset - self._start
        if not 0 <= place <= len(self._chunk) - count:
            self._chunk = os.pread(self._fd, max(CHUNK_BYTES, count), offset)
            self._start, place = offset, 0
        return self._chunk[place : place + count]

    def _take_layout(self, payload: bytes) -> None:
        (layout_id,) = LAYOUT_ID.unpack_from(payload, START.size)
        self.layouts[layout_id] = json.loads(payload[START.size + LAYOUT_ID.size :])

    def _skip_damage(self) -> bool:
        """Go to the next whole record behind what is none; False when there is none, as after a torn last one."""
        size = os.fstat(self._fd).st_size
        if size - self.offset < HEAD.size + START.size or (self._is_live and self._is_short(size)):
            return False
        self._chunk = b""  # what was read before may be older than the size
        if self._whole_payload() is not None:  # it became whole between the look and the size
            return True
        found = self._find_record(self.offset + 1, size)
        if found is None:
            return False
        self.damaged_bytes += found[0] - self.offset
        self.offset, self.number = found[0], max(self.number, found[1])
        return True

    def _is_short(self, size: int) -> bool:
        length = HEAD.unpack(self._bytes(self.offset, HEAD.size))[0]
        return bool(self.offset + HEAD.size + length > size)

    def _find_record(self, start: int, size: int) -> tuple[int, int] | None:
        overlap = HEAD.size + START.size
        here = self.offset
        try:
            for window in range(start, size, CHUNK_BYTES):
                data = os.pread(self._fd, CHUNK_BYTES + overlap, window)
                for match in _CANDIDATE.finditer(data, HEAD.size):
                    self.offset = window + match.start() - HEAD.size
                    number = START.unpack_from(data, match.start())[1]
                    if 0 <= number - self.number < MAX_JUMP and self._whole_payload() is not None:
                        return self.offset, number
        finally:
            self.offset = here
        return None
