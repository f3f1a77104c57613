"""Points as bytes and back, bit for bit: the inside of a chunk."""

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import Floats, Int64s, Points
from epochwatch_server.store.scratch import Scratch

FORMAT = 1  # first byte of every chunk; a later format keeps reading this one
_ZLIB_LEVEL = 1  # level 6 takes five times as long for a few per cent
_WORTH_IT = 0.7  # compress only what gets this small: inflating noise costs a reader more than its bytes
_PROBE = 128  # values that tell whether a whole column is noise, at an eighth of the price
_COMPRESSED = 0x80  # set in a column's code byte: its bytes are shuffled and deflated

# format, points; for steps, epochs and times: code, first value, smallest difference, bytes; for values: code, bytes
_HEADER = struct.Struct("<BI" + "BqqI" * 3 + "BI")
_WIDTHS: dict[int, np.dtype[Any]] = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}
_FLOATS: dict[int, np.dtype[Any]] = {width: np.dtype(f"<f{width}") for width in (4, 8)}


def encode(points: Points) -> bytes:
    """Pack points into bytes.

    Integers are kept as differences less the smallest of them, in the narrowest width that holds them (none at all for
    regular steps); values as float32 where that loses no bit, else as float64; each column is byte-shuffled and
    deflated where that pays.

    Args:
        points: at least one; any int64 and any float64.
    """
    fields: list[int] = []
    payloads = []
    for column in (points.steps, points.epochs, points.times_ms):
        code, first, smallest, payload = _encode_integers(column)
        fields += (code, first, smallest, len(payload))
        payloads.append(payload)
    code, payload = _encode_values(points.values)
    header = _HEADER.pack(FORMAT, len(points), *fields, code, len(payload))
    return b"".join([header, *payloads, payload])


def decode(chunks: Sequence[bytes], *, behind: Points | None = None, scratch: Scratch | None = None) -> Points:
    """Unpack chunks into one set of points, in the order given.

    All chunks of a read are unpacked together: integers stay differences until one running sum over everything turns
    them back, which costs a fraction of a sum per chunk.

    Args:
        behind: points to put behind those of the last chunk.
        scratch: memory to unpack into; the points must not outlive it.
    """
    headers = [_HEADER.unpack_from(chunk) for chunk in chunks]
    total = sum(header[1] for header in headers)
    integers, values = (scratch or Scratch()).take(total + (0 if behind is None else len(behind)))
    starts: list[int] = []
    firsts: list[tuple[int, int, int]] = []
    place = 0
    for chunk, header in zip(chunks, headers, strict=True):
        _check_format(header[0])
        offset, end = _HEADER.size, place + header[1]
        for column in range(3):
            code, _, smallest, size = header[2 + 4 * column : 6 + 4 * column]
            _decode_integers(chunk, offset, size, code, smallest, integers[column, place + 1 : end])
            offset += size
        _decode_values(chunk, offset, header[15], header[14], values[place:end])
        starts.append(place)
        firsts.append((header[3], header[7], header[11]))
        place = end
    _sum_up(integers[:, :total], starts, firsts)
    if behind is not None:
        integers[:, total:] = behind.steps, behind.epochs, behind.times_ms
        values[total:] = behind.values
    return Points(integers[0], integers[1], integers[2], values)


def _encode_integers(column: Int64s) -> tuple[int, int, int, bytes]:
    """Code a column as (code, first, smallest difference, bytes); sums modulo 2**64, so no difference overflows."""
    first = int(column[0])
    differences = np.diff(column)
    if not len(differences):
        return 0, first, 0, b""
    smallest = int(differences.min())
    above = differences.view(np.uint64) - np.uint64(smallest & 0xFFFF_FFFF_FFFF_FFFF)
    largest = int(above.max())
    if largest == 0:
        return 0, first, smallest, b""
    width = next(width for width in (1, 2, 4, 8) if largest < 1 << (8 * width))
    code, payload = _pack(above.astype(_WIDTHS[width]), width)
    return code, first, smallest, payload


def _encode_values(values: Floats) -> tuple[int, bytes]:
    with np.errstate(over="ignore", invalid="ignore"):
        short = values.astype(np.float32)
    if np.array_equal(short.astype(np.float64).view(np.int64), values.view(np.int64)):
        return _pack(short.astype(_FLOATS[4], copy=False), 4)
    return _pack(values.astype(_FLOATS[8], copy=False), 8)


def _pack(column: NDArray[np.generic], width: int) -> tuple[int, bytes]:
    raw = column.tobytes()
    if len(column) > 2 * _PROBE:
        probe = zlib.compress(_shuffle(column[:_PROBE], width), _ZLIB_LEVEL)
        if len(probe) > 0.85 * _PROBE * width:  # looser than the whole, which shares one table
            return width, raw
    packed = zlib.compress(_shuffle(column, width), _ZLIB_LEVEL)
    return (width | _COMPRESSED, packed) if len(packed) < _WORTH_IT * len(raw) else (width, raw)


def _shuffle(column: NDArray[np.generic], width: int) -> bytes:
    """Put first bytes first, then second bytes, and so on: alike bytes next to one another deflate well."""
    return column.tobytes() if width == 1 else column.view(np.uint8).reshape(-1, width).T.tobytes()


def _inflate(packed: bytes, width: int, count: int) -> NDArray[np.uint8]:
    planes = np.frombuffer(zlib.decompress(packed, bufsize=width * count), np.uint8)
    return planes if width == 1 else planes.reshape(width, -1).T.ravel()


def _decode_integers(chunk: bytes, offset: int, size: int, code: int, smallest: int, into: Int64s) -> None:
    width = code & ~_COMPRESSED
    if width == 0:
        into[:] = smallest
        return
    if code & _COMPRESSED:
        into[:] = _inflate(chunk[offset : offset + size], width, len(into)).view(_WIDTHS[width])
    else:
        into[:] = np.frombuffer(chunk, _WIDTHS[width], len(into), offset)
    if smallest:
        into += smallest


def _decode_values(chunk: bytes, offset: int, size: int, code: int, into: Floats) -> None:
    width = code & ~_COMPRESSED
    if code & _COMPRESSED:
        into[:] = _inflate(chunk[offset : offset + size], width, len(into)).view(_FLOATS[width])
    else:
        into[:] = np.frombuffer(chunk, _FLOATS[width], len(into), offset)


def _sum_up(differences: NDArray[np.int64], starts: list[int], firsts: list[tuple[int, int, int]]) -> None:
    """Turn differences (3, n) in place into steps, epochs and times, given each chunk's place and first values."""
    if not starts:
        return
    first = np.array(firsts, np.int64).T
    differences[:, starts] = 0
    last = first + np.add.reduceat(differences, starts, axis=1)
    differences[:, starts[1:]] = first[:, 1:] - last[:, :-1]
    differences[:, 0] = first[:, 0]
    np.cumsum(differences, axis=1, out=differences)


def _check_format(found: int) -> None:
    if found != FORMAT:
        raise ValueError(f"A chunk of format {found} was found, this server reads format {FORMAT}: use a newer server.")
