"""The packet, version 1: the only thing that hook and server share. Records of a spool in, bytes of a request out."""

import json
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from epochwatch.free_values import encode
from epochwatch.guard import attempt, warn_once
from epochwatch.spool import EVENT, IMAGE, KEY_BYTES, LAYOUT, LAYOUT_ID, PIXEL_SIZE, PIXELS, POINTS, ROW_PREFIX_BYTES
from epochwatch.spool_reader import DAMAGED, Record, SpoolReader

VERSION = 1
MAGIC = b"EWP1"
MEDIA_TYPE = "application/vnd.epochwatch.packet"
MAX_RECORDS = 4096
MAX_BYTES = 4 << 20  # of spool records and names; the server takes 16 MiB
MAX_IMAGE_BYTES = 4 << 20
COMPRESS_FROM_BYTES = 1024
FIRST_TIME, LAST_TIME = 946_684_800.0, 4_102_444_799.0  # the years the server believes: a clock may be set wrong

_LENGTH = struct.Struct("<I")
_NUMBER = struct.Struct("<Q")
_VALUE_BYTES = 8


@dataclass(slots=True)
class Batch:
    """Records that go out together: `first` up to, not including, `next`."""

    first: int
    next: int
    offset: int = 0  # in the spool, behind the last of them
    is_full: bool = False  # there is probably more
    has_end: bool = False
    rows: dict[int, tuple[list[str], list[bytes]]] = field(default_factory=dict)  # by identity of the names
    events: list[bytes] = field(default_factory=list)
    images: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many record numbers this covers."""
        return self.next - self.first


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one packet; halved when something on the way finds it too large."""

    records: int = MAX_RECORDS
    nbytes: int = MAX_BYTES

    def halved(self) -> "Limits":
        """Return limits half as wide."""
        return Limits(max(1, self.records // 2), max(1024, self.nbytes // 2))


def cut(reader: SpoolReader, limits: Limits) -> Batch | None:
    """Take records from a spool until the limits are reached; None when there is none."""
    batch = Batch(reader.number, reader.number)
    taken = 0
    while True:
        record = reader.read()
        if record is None:
            break
        taken += _take(batch, record, reader.layouts)
        if taken >= limits.nbytes or reader.number - batch.first >= limits.records:
            batch.is_full = True
            break
    batch.next, batch.offset = reader.number, reader.offset
    return batch if batch.count else None


def pack(run: str, writer: str, batch: Batch, *, missing_from: int | None = None, is_refused: bool = False) -> bytes:
    """Put the body of a request together.

    Args:
        run, writer: whose records these are.
        batch: the records; one without any is a heartbeat.
        missing_from: the number that the server asks for, when the spool no longer has it.
        is_refused: the server could not take these records; only their numbers go out.
    """
    fields: dict[str, object] = {
        "version": VERSION, "run": run, "writer": writer, "first": batch.first, "count": batch.count,
        "sent": min(max(time.time(), FIRST_TIME), LAST_TIME),
    }  # fmt: skip
    if missing_from is not None:
        fields["missing_from"] = missing_from
    if is_refused:
        fields["refused"] = True
        return _assemble(encode(fields), [])
    fields["blocks"] = [{"names": names, "rows": len(rows)} for names, rows in batch.rows.values()]
    fields["images"] = [{"key": key, "bytes": len(data)} for key, data in batch.images]
    # The events are JSON already; they are put in as they are.
    header = encode(fields)[:-1] + b',"events":[' + b",".join(batch.events) + b"]}"
    sections = [row for _, rows in batch.rows.values() for row in rows]
    return _assemble(header, sections + [data for _, data in batch.images])


def compress(body: bytes) -> tuple[bytes, str]:
    """Return a body as it goes over a network, and its Content-Encoding."""
    return (zlib.compress(body, 1), "deflate") if len(body) > COMPRESS_FROM_BYTES else (body, "")


def _assemble(header: bytes, sections: Sequence[bytes]) -> bytes:
    return b"".join([MAGIC, _LENGTH.pack(len(header)), header, *sections])


def _take(batch: Batch, record: Record, layouts: dict[int, list[str]]) -> int:
    """Put a record into the batch; return the bytes that it adds."""
    body = record.body
    if record.kind == POINTS:
        names = layouts.get(LAYOUT_ID.unpack_from(body)[0])
        row = body[LAYOUT_ID.size :]
        if names is None or len(row) + _NUMBER.size != ROW_PREFIX_BYTES + _VALUE_BYTES * len(names):
            _lose(batch, record.number, 1)
            return 0
        table = batch.rows.get(id(names))
        added = 0
        if table is None:
            table = batch.rows[id(names)] = (names, [])
            added = sum(map(len, names))
        table[1].append(_NUMBER.pack(record.number) + row)
        return added + len(row)
    if record.kind == EVENT:
        batch.events.append(b'{"number":%d,' % record.number + body[1:])
        batch.has_end = batch.has_end or body.startswith(b'{"type":"end"')
    elif record.kind in (PIXELS, IMAGE):
        _take_image(batch, record)
    elif record.kind == DAMAGED:
        _lose(batch, record.number, record.count)
    elif record.kind != LAYOUT:
        _lose(batch, record.number, 1)
    return len(body)


def _take_image(batch: Batch, record: Record) -> None:
    key = record.body[:KEY_BYTES].hex()
    data = record.body[KEY_BYTES:]
    if record.kind == PIXELS:
        data = attempt("image", lambda: _encode_png(data), b"")
    if len(data) > MAX_IMAGE_BYTES:
        warn_once("image size", f"an image takes {len(data):,} bytes as PNG, at most {MAX_IMAGE_BYTES:,} are kept.")
    elif data:
        batch.images.append((key, data))


def _encode_png(data: bytes) -> bytes:
    from epochwatch.collectors.pixels import encode_png

    channels, width, height = PIXEL_SIZE.unpack_from(data)
    return encode_png(width, height, channels, data[PIXEL_SIZE.size :])


def _lose(batch: Batch, number: int, count: int) -> None:
    event = {"number": number, "type": "dropped", "time": time.time(), "n": count, "reason": "damaged in the spool"}
    batch.events.append(json.dumps(event).encode("ascii"))
