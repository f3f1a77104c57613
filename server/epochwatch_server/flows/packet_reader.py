"""From the bytes of a packet to domain objects: bounded, strict, and keeping what is right of a packet partly wrong."""

import re
import struct
import zlib
from hashlib import sha256
from itertools import accumulate

from epochwatch_server.domain.errors import MalformedPacket, TooLarge, WrongMediaType
from epochwatch_server.domain.packet import Packet
from epochwatch_server.domain.sample import Image
from epochwatch_server.flows.image_header import BadImage, read_image_header
from epochwatch_server.flows.packet_events import read_events
from epochwatch_server.flows.packet_header import (
    MAX_HEADER_BYTES,
    MAX_PACKET_BYTES,
    PacketHeader,
    Refusals,
    read_header,
)
from epochwatch_server.flows.packet_points import newest_time, read_blocks, row_type

MAGIC = b"EWP1"
_LENGTH = struct.Struct("<I")
_KEY = re.compile(r"[0-9a-f]{32}")


def read_packet(body: bytes, encoding: str = "") -> Packet:
    """Turn the body of a request into a packet; parts that are wrong are left out and named in `rejected`.

    Args:
        body: As it came, at most `MAX_BODY_BYTES` (whoever reads from the network sees to that).
        encoding: The `Content-Encoding`: empty, `identity` or `deflate` (zlib format).

    Raises:
        MalformedPacket: It cannot be read at all.
        TooLarge: It holds more than `MAX_PACKET_BYTES`.
        WrongMediaType: The encoding is another one.
    """
    content = memoryview(inflate(body, encoding))
    header, start = _split_header(content)
    refusals = Refusals()
    if header.refused or header.count == 0:
        _check_is_bare(header, len(content) - start)
        return _bare(header)
    sections = iter(_cut(content[start:], _section_sizes(header)))
    blocks = [(block.names, block.rows, next(sections)) for block in header.blocks]
    points, newest = read_blocks(blocks, header.first, header.count, refusals)
    images = _read_images(header, [next(sections) for _ in header.images], refusals)
    told = read_events(header.events, header.first, header.count, refusals)
    return Packet(
        run_id=header.run,
        writer=header.writer,
        first=header.first,
        count=header.count,
        points=points,
        epoch_points=told.epoch_points,
        samples=told.samples,
        images=images,
        events=told.events,
        rejected=refusals.as_list(),
        sent_ms=round(header.sent * 1000),
        newest_ms=newest_time(newest, told.newest_ms),
        missing_from=header.missing_from,
    )


def inflate(body: bytes, encoding: str) -> bytes:
    """Undo the content encoding, stopping at the limit instead of believing the sender."""
    if encoding in ("", "identity"):
        return body
    if encoding != "deflate":
        raise WrongMediaType(f"Content-Encoding {encoding[:40]!r} is not taken; send deflate (zlib format) or none.")
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(body, MAX_PACKET_BYTES + 1)
    except zlib.error as error:
        raise MalformedPacket(f"The body is not in zlib format ({error}).") from error
    if len(content) > MAX_PACKET_BYTES:
        raise TooLarge(f"The packet inflates to more than {MAX_PACKET_BYTES} bytes; send less in each packet.")
    if not inflater.eof or inflater.unused_data:
        raise MalformedPacket("The zlib body is cut short or has something behind its end.")
    return content


def _split_header(content: memoryview) -> tuple[PacketHeader, int]:
    if len(content) < 8 or content[:4] != MAGIC:
        raise MalformedPacket(f"A packet begins with {MAGIC!r}, given {bytes(content[:4])!r}.")
    (length,) = _LENGTH.unpack_from(content, 4)
    if length > MAX_HEADER_BYTES or 8 + length > len(content):
        raise MalformedPacket(f"The header claims {length} bytes of {len(content)}, at most {MAX_HEADER_BYTES}.")
    return read_header(bytes(content[8 : 8 + length])), 8 + length


def _check_is_bare(header: PacketHeader, trailing: int) -> None:
    if trailing or header.blocks or header.events or header.images:
        raise MalformedPacket("A heartbeat (count 0) or a refused packet holds no blocks, events or images.")


def _bare(header: PacketHeader) -> Packet:
    return Packet(
        run_id=header.run,
        writer=header.writer,
        first=header.first,
        count=header.count,
        points={},
        epoch_points={},
        samples=[],
        images={},
        events=[],
        rejected=[],
        sent_ms=round(header.sent * 1000),
        missing_from=header.missing_from,
        was_refused=header.refused,
    )


def _section_sizes(header: PacketHeader) -> list[int]:
    tables = [row_type(len(block.names)).itemsize * block.rows for block in header.blocks]
    return tables + [image.bytes for image in header.images]


def _cut(content: memoryview, sizes: list[int]) -> list[memoryview]:
    if sum(sizes) != len(content):
        raise MalformedPacket(f"The header names {sum(sizes)} bytes of sections, {len(content)} follow it.")
    ends = list(accumulate(sizes))
    return [content[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _read_images(header: PacketHeader, sections: list[memoryview], refusals: Refusals) -> dict[str, Image]:
    images = {}
    for index, (image, section) in enumerate(zip(header.images, sections, strict=True)):
        if not _KEY.fullmatch(image.key):
            refusals.add(f"images[{index}].key", image.key, "32 hexadecimal digits")
            continue
        data = bytes(section)
        try:
            kind, width, height = read_image_header(data)
        except BadImage as problem:
            refusals.add(f"images[{index}]", problem.given, problem.expected)
            continue
        images[image.key] = Image(sha256(data).hexdigest(), kind, width, height, data)
    return images
