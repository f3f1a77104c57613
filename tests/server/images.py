"""Small image files of each kind, made by hand."""

import struct
import zlib


def png(width: int, height: int, frames: int = 0) -> bytes:
    """A grey PNG; with frames it claims to be an animation."""
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))]
    if frames:
        parts.append(_chunk(b"acTL", struct.pack(">II", frames, 0)))
    pixels = (b"\0" + b"\x80" * width) * height if width * height < 1_000_000 else b""
    return b"".join([*parts, _chunk(b"IDAT", zlib.compress(pixels)), _chunk(b"IEND", b"")])


def jpeg(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A JPEG up to its first scan: an APP0, fill bytes, a quantisation table, the frame header."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        [
            b"\xff\xd8",
            b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9,
            b"\xff\xff\xff\xdb" + struct.pack(">H", 67) + b"\0" * 65,
            (b"\xff\xc2" if progressive else b"\xff\xc0") + struct.pack(">H", 2 + len(frame)) + frame,
            b"\xff\xda" + struct.pack(">H", 8) + b"\0" * 6 + b"\xff\xd9",
        ]
    )


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF with a global palette, a comment, and frames of which each has a palette of its own."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0" * 6
    comment = b"!\xfe\x05hello\x00"
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0x80) + b"\0" * 6 + b"\x02\x02\x4c\x01\x00"
    return head + comment + frame * frames + b";"


def webp_lossy(width: int, height: int) -> bytes:
    """The beginning of a lossy WebP."""
    return _riff(_riff_chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 8))


def webp_lossless(width: int, height: int) -> bytes:
    """The beginning of a lossless WebP."""
    bits = (width - 1) | (height - 1) << 14
    return _riff(_riff_chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits) + b"\0" * 8))


def webp_extended(width: int, height: int, frames: int = 1) -> bytes:
    """A WebP with a canvas and frames."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _riff(_riff_chunk(b"VP8X", b"\x02\0\0\0" + size) + _riff_chunk(b"ANMF", b"\0" * 16) * frames)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
