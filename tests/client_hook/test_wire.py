"""Packets: how records are cut into them, and that nothing in them is too much for the server."""

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from epochwatch.layouts import LayoutTable
from epochwatch.spool import SpoolWriter
from epochwatch.spool_reader import SpoolReader
from epochwatch.wire import MAX_BYTES, MAX_RECORDS, Limits, cut, pack


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[tuple[SpoolWriter, SpoolReader]]:
    writer = SpoolWriter(tmp_path, "run1", "r0-aa", 1 << 30)
    writer.open()
    reader = SpoolReader(os.open(writer.path, os.O_RDONLY), is_live=True)
    yield writer, reader
    reader.close()
    writer.close()


def unpack(body: bytes) -> tuple[dict[str, object], bytes]:
    assert body[:4] == b"EWP1"
    (length,) = struct.unpack_from("<I", body, 4)
    return json.loads(body[8 : 8 + length]), body[8 + length :]


def test_a_packet_is_what_the_contract_says(ends: tuple[SpoolWriter, SpoolReader]) -> None:
    writer, reader = ends
    writer.append_event({"type": "start", "time": 1.5})
    table = LayoutTable(writer)
    for names, values in ((("a", "b"), (1.0, 2.0)), (("c",), (3.0,)), (("a", "b"), (4.0, 5.0))):
        layout = table.find(names, {})
        assert layout is not None
        writer.write(layout.fill(writer.number, 7, -1, 2.5, values), 1)
    writer.append_image(b"\x0f" * 16, None, b"GIF89a")
    batch = cut(reader, Limits())
    assert batch is not None
    header, sections = unpack(pack("run1", "r0-aa", batch))
    assert header.pop("sent")
    assert header == {
        "version": 1, "run": "run1", "writer": "r0-aa", "first": 0, "count": 7,
        "blocks": [{"names": ["a", "b"], "rows": 2}, {"names": ["c"], "rows": 1}],
        "images": [{"key": "0f" * 16, "bytes": 6}],
        "events": [{"number": 0, "type": "start", "time": 1.5}],
    }  # fmt: skip
    assert sections == (
        struct.pack("<Qqiddd", 2, 7, -1, 2.5, 1.0, 2.0) + struct.pack("<Qqiddd", 5, 7, -1, 2.5, 4.0, 5.0)
        + struct.pack("<Qqidd", 4, 7, -1, 2.5, 3.0) + b"GIF89a"
    )  # fmt: skip


def test_packets_are_cut_at_the_limits(ends: tuple[SpoolWriter, SpoolReader]) -> None:
    writer, reader = ends
    layout = LayoutTable(writer).find(("a",), {})
    assert layout is not None
    for step in range(MAX_RECORDS + 10):
        writer.write(layout.fill(writer.number, step, -1, 1.0, (1.0,)), 1)
    first, second = cut(reader, Limits()), cut(reader, Limits())
    assert first is not None
    assert second is not None
    assert (first.count, first.is_full) == (MAX_RECORDS, True)
    assert (second.first, second.count, second.is_full) == (MAX_RECORDS, 11, False)
    assert cut(reader, Limits()) is None


def test_names_count_towards_the_limit(ends: tuple[SpoolWriter, SpoolReader]) -> None:
    writer, reader = ends
    table = LayoutTable(writer)
    for set_of_names in range(40):
        layout = table.find(tuple(f"{set_of_names}/{'x' * 240}/{i}" for i in range(1000)), {})
        assert layout is not None
        writer.write(layout.fill(writer.number, 0, -1, 1.0, (1.0,) * 1000), 1)
    headers = []
    while (batch := cut(reader, Limits())) is not None:
        headers.append(len(json.dumps(unpack(pack("r", "w", batch))[0])))
    assert len(headers) > 4
    assert max(headers) < MAX_BYTES + 2**20  # the server takes 8 MiB


def test_an_image_too_large_is_left_out(ends: tuple[SpoolWriter, SpoolReader]) -> None:
    writer, reader = ends
    writer.append_image(b"k" * 16, (3, 1200, 1200), os.urandom(3 * 1200 * 1200))
    batch = cut(reader, Limits())
    assert batch is not None
    assert batch.images == []
    assert batch.count == 1
