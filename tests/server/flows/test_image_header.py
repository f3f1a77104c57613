"""Images are known by their own header, without decoding, and what could hurt a browser is refused."""

import struct
import time
import zlib

import pytest
from tests.server.images import gif, jpeg, png, webp_extended, webp_lossless, webp_lossy

from epochwatch_server.flows.image_header import MAX_IMAGE_BYTES, BadImage, read_image_header


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(30, 20), "image/png"),
        (jpeg(30, 20), "image/jpeg"),
        (jpeg(30, 20, progressive=True), "image/jpeg"),
        (gif(30, 20), "image/gif"),
        (webp_lossy(30, 20), "image/webp"),
        (webp_lossless(30, 20), "image/webp"),
        (webp_extended(30, 20), "image/webp"),
    ],
)
def test_the_header_tells_kind_and_size(data: bytes, kind: str) -> None:
    assert read_image_header(data) == (kind, 30, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"BM" + b"\0" * 60,
        b"\x89PNG\r\n\x1a\n",
        png(30, 20)[:40],
        png(30, 20).replace(b"IHDR", b"IHDX"),
        png(0, 20),
        png(50_000, 50_000),
        png(4097, 1),
        jpeg(30, 20)[:30],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x01",
        gif(30, 20)[:-4],
        b"GIF89a" + struct.pack("<HHBBB", 30, 20, 0, 0, 0) + b";",
        gif(30, 20, frames=101),
        webp_lossy(30, 20)[:20],
        webp_extended(30, 20, frames=101),
        b"RIFF\x00\x00\x00\x00WEBPVP9 " + b"\0" * 40,
        png(30, 20) + b"\0" * MAX_IMAGE_BYTES,
        png(30, 20, frames=2_000),
    ],
)
def test_what_is_no_image_or_too_much_of_one_is_refused(data: bytes) -> None:
    with pytest.raises(BadImage) as refused:
        read_image_header(data)
    assert refused.value.expected


def test_every_prefix_of_an_image_is_answered() -> None:
    for whole in (png(3, 2), jpeg(3, 2), gif(3, 2), webp_extended(3, 2)):
        for end in range(len(whole)):
            try:
                read_image_header(whole[:end])
            except BadImage:
                continue


def test_a_file_made_of_nothing_but_blocks_is_answered_in_time() -> None:
    sub_blocks = b"GIF89a" + struct.pack("<HHBBB", 30, 20, 0, 0, 0) + b"!\xfe" + b"\x01x" * 1_000_000
    chunk = struct.pack(">I4sI", 0, b"teXt", zlib.crc32(b"teXt"))
    chunks = png(30, 20)[:33] + chunk * 300_000
    began = time.thread_time()
    for data in (sub_blocks, chunks):
        with pytest.raises(BadImage):
            read_image_header(data)
    assert time.thread_time() - began < 2.0
