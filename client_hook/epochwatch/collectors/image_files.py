"""Recognise image files by their first bytes, and read their size from the header without decoding them."""

import struct
from collections.abc import Iterator

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF markers; the three are tables
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length


def size_of_image_file(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a PNG, JPEG, GIF or WebP file.

    Raises:
        ValueError: another format, or a damaged header.
    """
    try:
        size = _read_size(data)
    except (struct.error, IndexError, StopIteration) as error:
        raise ValueError(f"given an image file of {len(data)} bytes with a damaged header") from error
    if size is None:
        raise ValueError(f"given bytes that begin with {data[:8]!r}, expected a PNG, JPEG, GIF or WebP file")
    return size


def _read_size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", data, 16)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"\xff\xd8\xff"):
        width, height = next(_jpeg_frames(data))
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        width, height = _webp_size(data)
    else:
        return None
    return width, height


def _jpeg_frames(data: bytes) -> Iterator[tuple[int, int]]:
    position = 2
    while True:
        while data[position] == 0xFF:  # any number of fill bytes may stand before a marker
            position += 1
        marker = data[position]
        position += 1
        if marker in _JPEG_BARE:
            position += 1
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 3)
            yield width, height
        position += struct.unpack_from(">H", data, position)[0]
        if data[position] != 0xFF:
            return


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
        return 1 + (high_width << 16 | low_width), 1 + (high_height << 16 | low_height)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF
