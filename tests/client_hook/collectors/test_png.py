"""The PNG writer against a decoder written from the specification, here and by hand."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epochwatch.collectors.png import encode_png


def decode(file: bytes) -> tuple[int, int, int, bytes]:
    """Decode an 8-bit PNG that uses the filters None and Up; check signature, chunk order and every checksum."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, position = [], 8
    while position < len(file):
        length, kind = struct.unpack_from(">I4s", file, position)
        data = file[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", file, position + 8 + length)
        assert checksum == zlib.crc32(kind + data)
        chunks.append((kind, data))
        position += 12 + length
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, compression, filtering, interlace, chunks[2][1]) == (8, 0, 0, 0, b"")
    channels = {0: 1, 2: 3, 6: 4}[colour]
    stride = width * channels
    rows, above = [], bytes(stride)
    data = zlib.decompress(chunks[1][1])
    assert len(data) == height * (stride + 1)
    for start in range(0, len(data), stride + 1):
        row = data[start + 1 : start + 1 + stride]
        if data[start] == 2:
            row = bytes((value + up) % 256 for value, up in zip(row, above, strict=True))
        else:
            assert data[start] == 0
        rows.append(row)
        above = row
    return width, height, channels, b"".join(rows)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), width=st.integers(1, 9), height=st.integers(1, 9), channels=st.sampled_from([1, 3, 4]))
def test_every_image_comes_back_as_it_was(data: st.DataObject, width: int, height: int, channels: int) -> None:
    size = width * height * channels
    raw = data.draw(st.binary(min_size=size, max_size=size))
    level = data.draw(st.integers(0, 9))
    assert decode(encode_png(width, height, channels, raw, level)) == (width, height, channels, raw)


def test_without_numpy_the_file_is_the_same() -> None:
    raw = np.random.default_rng(0).integers(0, 256, 40 * 31 * 3, dtype=np.uint8).tobytes()
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from epochwatch.collectors.png import encode_png\n"
        "sys.stdout.buffer.write(encode_png(31, 40, 3, sys.stdin.buffer.read()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=raw, capture_output=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout == encode_png(31, 40, 3, raw)
    assert decode(done.stdout)[3] == raw


def test_a_smooth_image_is_much_smaller_than_its_pixels() -> None:
    rows, columns = np.mgrid[0:200, 0:200]
    raw = ((rows + columns) // 2).astype(np.uint8).tobytes()
    assert len(encode_png(200, 200, 1, raw)) < len(raw) / 20


@pytest.mark.parametrize(("width", "height", "channels"), [(0, 1, 1), (2, 2, 2), (2, 2, 3), (-1, -3, 1)])
def test_sizes_that_do_not_fit_are_refused(width: int, height: int, channels: int) -> None:
    with pytest.raises(ValueError, match="given 3 bytes"):
        encode_png(width, height, channels, b"abc")
