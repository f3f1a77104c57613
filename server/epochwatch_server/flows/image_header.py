"""What an image file says of itself in its header: kind and size, read by hand, never decoded."""

import struct
from collections.abc import Callable

MAX_IMAGE_BYTES = 4 * 2**20
MAX_SIDE_PIXELS = 4096
MAX_FRAMES = 100  # an animation of thousands of large frames is small on the wire and keeps a browser busy for minutes
_SIDE = f"an image of 1 to {MAX_SIDE_PIXELS} pixels a side"


class BadImage(Exception):
    """An image that is not taken."""

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(f"given {given}, expected {expected}")
        self.given = given
        self.expected = expected


def read_image_header(data: bytes) -> tuple[str, int, int]:
    """Read media type, width and height of a PNG, JPEG, WebP or GIF.

    Raises:
        BadImage: It is none of them, cut short, too large, or has too many frames.
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise BadImage(f"{len(data)} bytes", f"at most {MAX_IMAGE_BYTES} bytes")
    kind, read_size = _kind_of(data)
    try:
        width, height = read_size(data)
    except (struct.error, IndexError) as error:
        raise BadImage(f"{len(data)} bytes of {kind}", "a whole file") from error
    if not (1 <= width <= MAX_SIDE_PIXELS and 1 <= height <= MAX_SIDE_PIXELS):
        raise BadImage(f"{width} x {height} pixels", _SIDE)
    return kind, width, height


def _kind_of(data: bytes) -> tuple[str, Callable[[bytes], tuple[int, int]]]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", _png_size
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg_size
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp", _webp_size
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif", _gif_size
    raise BadImage(f"a file that begins with {data[:8]!r}", "PNG, JPEG, WebP or GIF")


def _png_size(data: bytes) -> tuple[int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if name != b"IHDR" or length != 13:
        raise BadImage("a PNG without a header chunk", "a whole PNG")
    at = 33  # behind the signature and the header chunk
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            return width, height
        if name == b"acTL":
            _check_frames(struct.unpack_from(">I", data, at + 8)[0])
        at += 12 + length
    raise BadImage("a PNG without pixels", "a whole PNG")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1  # fill bytes may stand before a marker
        if data[at] != 0xFF:
            raise BadImage("a JPEG with a damaged marker", "a whole JPEG")
        marker = data[at + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers that carry nothing
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        # Every start of frame but the three codes that mean tables and extensions.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in (0xD9, 0xDA) or length < 2:
            raise BadImage("a JPEG without a frame header", "a whole JPEG")
        at += 2 + length


def _webp_size(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            raise BadImage("a WebP with a damaged frame", "a whole WebP")
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        if data[20] != 0x2F:
            raise BadImage("a WebP with a damaged frame", "a whole WebP")
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":
        _check_frames(_webp_frames(data))
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise BadImage(f"a WebP of form {form!r}", "a WebP of form VP8, VP8L or VP8X")


def _webp_frames(data: bytes) -> int:
    at, frames = 12, 0
    while at + 8 <= len(data) and frames <= MAX_FRAMES:
        name, length = struct.unpack_from("<4sI", data, at)
        frames += name == b"ANMF"
        at += 8 + length + (length & 1)
    return frames


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13 + _gif_colours(flags), 0
    while data[at] != 0x3B:  # the trailer
        if data[at] == 0x2C:  # an image: descriptor, colours, code size
            frames += 1
            _check_frames(frames)
            at += 11 + _gif_colours(data[at + 9])
        elif data[at] == 0x21:  # an extension: its label
            at += 2
        else:
            raise BadImage("a GIF with a damaged block", "a whole GIF")
        while data[at]:
            at += 1 + data[at]
        at += 1
    if not frames:
        raise BadImage("a GIF without pixels", "a whole GIF")
    return width, height


def _gif_colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _check_frames(frames: int) -> None:
    if frames > MAX_FRAMES:
        raise BadImage(f"more than {MAX_FRAMES} frames", f"at most {MAX_FRAMES} frames")
