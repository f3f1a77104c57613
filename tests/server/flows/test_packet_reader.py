"""Packets: what is right is read, what is wrong is named, nothing breaks the reader."""

import json
import math
import struct
import time
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server_process import HandMadeWriter, Rows, encode_packet, encode_rows, start_event

from epochwatch_server.domain.errors import MalformedPacket, TooLarge, WrongMediaType
from epochwatch_server.domain.packet import Packet
from epochwatch_server.flows.packet_header import MAX_PACKET_BYTES
from epochwatch_server.flows.packet_reader import read_packet

NOW = 1_800_000_000.0


def writer() -> HandMadeWriter:
    return HandMadeWriter("run1", sent=NOW)


def header(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "run": "r", "writer": "r0-ab12cd34", "first": 0, "count": 1, "sent": NOW, **fields}


def rejected(packet: Packet) -> list[str]:
    return [part.where for part in packet.rejected]


def test_rows_become_one_series_of_points_for_each_metric() -> None:
    rows = [Rows(["train/loss", "lr"], [0, 1, 2], [[3.0, 0.1], [2.0, 0.1], [1.0, 0.2]], epoch=4)]
    packet = read_packet(writer().packet(rows=rows))
    assert (packet.run_id, packet.writer, packet.first, packet.count) == ("run1", "r0-ab12cd34", 0, 3)
    loss = packet.points["train/loss"]
    assert loss.steps.tolist() == [0, 1, 2]
    assert loss.epochs.tolist() == [4, 4, 4]
    assert loss.times_ms.tolist() == [1_800_000_000_000] * 3
    assert loss.values.tolist() == [3.0, 2.0, 1.0]
    assert packet.points["lr"].values.tolist() == [0.1, 0.1, 0.2]
    assert packet.newest_ms == packet.sent_ms == 1_800_000_000_000


def test_non_finite_and_extreme_values_are_data() -> None:
    values = [math.nan, math.inf, -math.inf, 1e308, -0.0, 5e-324]
    packet = read_packet(writer().packet(rows=[Rows(["a"], range(6), [[value] for value in values])]))
    assert np.array(packet.points["a"].values).tobytes() == np.array(values).tobytes()
    assert packet.rejected == []


def test_of_repeated_steps_the_highest_record_number_wins_also_across_blocks() -> None:
    rows = [
        Rows(["a", "b"], [5, 3, 5, 4], [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]),
        Rows(["a"], [4, 9], [[5.0], [6.0]]),
    ]
    packet = read_packet(writer().packet(rows=rows))
    assert packet.points["a"].steps.tolist() == [3, 4, 5, 9]
    assert packet.points["a"].values.tolist() == [2.0, 5.0, 3.0, 6.0]
    assert packet.points["b"].steps.tolist() == [3, 4, 5]
    assert packet.points["b"].values.tolist() == [20.0, 40.0, 30.0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([("a",), ("b", "a"), ("c", "a", "b")]),
            st.lists(st.integers(-5, 5), min_size=1, max_size=6),
        ),
        max_size=5,
    )
)
def test_what_is_read_equals_writing_every_row_into_a_dict(tables: list[tuple[tuple[str, ...], list[int]]]) -> None:
    expected: dict[str, dict[int, float]] = {}
    rows, number = [], 0.0
    for names, steps in tables:
        values = []
        for step in steps:
            values.append([number + place / 10 for place in range(len(names))])
            for name, value in zip(names, values[-1], strict=True):
                expected.setdefault(name, {})[step] = value
            number += 1
        rows.append(Rows(names, steps, values))
    packet = read_packet(writer().packet(rows=rows))
    read = {name: dict(zip(p.steps.tolist(), p.values.tolist(), strict=True)) for name, p in packet.points.items()}
    assert read == expected
    assert all((np.diff(points.steps) > 0).all() for points in packet.points.values())


def test_rows_out_of_range_are_left_out_and_named() -> None:
    table = Rows(["a"], [0, 2**53 + 1, -(2**53) - 1, 3], [[0.0], [1.0], [2.0], [3.0]])
    packet = read_packet(writer().packet(rows=[table, Rows(["b"], [0], [[0.0]], time=1e9 * 9)]))
    assert packet.points["a"].steps.tolist() == [0, 3]
    assert "b" not in packet.points
    assert rejected(packet) == ["blocks[0].step", "blocks[1].time"]
    assert "2 rows" in packet.rejected[0].given


def test_a_time_that_is_no_number_is_refused() -> None:
    packet = read_packet(writer().packet(rows=[Rows(["a"], [0], [[0.0]], time=math.nan)]))
    assert packet.points == {}
    assert rejected(packet) == ["blocks[0].time"]


def test_record_numbers_outside_the_packet_are_refused() -> None:
    section = encode_rows(Rows(["a"], [0, 1], [[0.0], [1.0]]), 6, NOW)
    packet = read_packet(encode_packet(header(first=7, count=1, blocks=[{"names": ["a"], "rows": 2}]), [section]))
    assert packet.points["a"].steps.tolist() == [1]


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00", "\x1b[2J", "x" * 257, "a\u2028b"])
def test_a_bad_name_is_refused_and_the_rest_of_the_block_is_kept(name: str) -> None:
    packet = read_packet(writer().packet(rows=[Rows(["good", name], [0], [[1.0, 2.0]])]))
    assert list(packet.points) == ["good"]
    assert len(packet.rejected) == 1
    assert len(packet.rejected[0].given) <= 80


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "__proto__", "train/損失", "a;b", "'; DROP TABLE run", "x" * 256]
)
def test_a_strange_name_is_a_name(name: str) -> None:
    assert list(read_packet(writer().packet(rows=[Rows([name], [0], [[1.0]])])).points) == [name]


def test_many_refused_parts_are_counted_after_the_first_hundred() -> None:
    packet = read_packet(writer().packet(rows=[Rows(["\n"] * 500, [0], [[0.0] * 500])]))
    assert len(packet.rejected) == 101
    assert "400 more" in packet.rejected[-1].given


def test_ten_thousand_names_in_one_row_are_read() -> None:
    names = [f"n{i}" for i in range(10_000)]
    assert len(read_packet(writer().packet(rows=[Rows(names, [0], [[1.0] * 10_000])])).points) == 10_000


def test_a_million_points_are_read_in_less_than_a_second() -> None:
    values = np.random.default_rng(0).random((60_000, 20)).tolist()
    body = zlib.compress(writer().packet(rows=[Rows([f"m{i}" for i in range(20)], range(60_000), values)]), 1)
    began = time.thread_time()
    packet = read_packet(body, "deflate")
    assert time.thread_time() - began < 1.0
    assert sum(map(len, packet.points.values())) == 1_200_000


def test_an_epoch_becomes_epoch_points_and_its_event_keeps_the_rest() -> None:
    epoch: dict[str, Any] = {
        "type": "epoch",
        "epoch": 3,
        "step": 40,
        "seconds": 2.5,
        "metrics": {"a": [4, 1.5, 0.5, 1.0, 2.0, 1], "b": [0, "nan", None, None, None, 2], "c": [1, 2]},
        "tracked": {"metric": "a", "mode": "min", "value": "nan", "best": None, "best_epoch": None, "waited": 2},
    }
    packet = read_packet(writer().packet(events=[epoch]))
    (a,), (b,) = packet.epoch_points["a"], packet.epoch_points["b"]
    assert (a.epoch, a.value, a.n, a.std, a.min, a.max, a.nonfinite, a.step) == (3, 1.5, 4, 0.5, 1.0, 2.0, 1, 40)
    assert b.n == 0
    assert math.isnan(b.value)
    assert math.isnan(b.std)
    assert packet.events[0].data["seconds"] == 2.5
    assert math.isnan(packet.events[0].data["tracked"]["value"])
    assert "metrics" not in packet.events[0].data
    assert rejected(packet) == ["events[0].metrics.c"]


def test_a_wrong_field_of_an_event_is_named_and_the_rest_of_it_counts() -> None:
    start = start_event(config={"lr": "5e-5"}, targets={"a": "no"}, planned_epochs=True, tags=["x", 3])
    packet = read_packet(writer().packet(events=[start]))
    assert packet.events[0].data["config"] == {"lr": "5e-5"}
    assert packet.events[0].data["planned_epochs"] is None
    assert sorted(rejected(packet)) == ["events[0].planned_epochs", "events[0].tags", "events[0].targets"]


def test_an_event_that_is_none_is_named_and_the_others_count() -> None:
    events: list[dict[str, Any]] = [{"type": "what"}, {"type": "note", "text": "x"}, {"type": "note"}, {"type": 3}]
    packet = read_packet(writer().packet(events=events))
    assert [event.data["text"] for event in packet.events] == ["x"]
    assert rejected(packet) == ["events[0].type", "events[2].text", "events[2]", "events[3].type"]


def test_a_config_of_any_shape_is_made_safe_to_store() -> None:
    deep: Any = "bottom"
    for _ in range(60):
        deep = [deep]
    config = {
        "nul\x00": "a\x00b",
        "big": 10**30,
        "deep": deep,
        "text": "x" * 500_000,
        "none": None,
        "pair": "\U0001f600",
    }
    text = json.dumps(header(events=[{"number": 0, "time": NOW, **start_event(config=config)}]))
    text = text.replace('"none": null', '"none": NaN, "half": "\\ud800x", "path": "C:\\\\u0000"')
    packet = read_packet(b"EWP1" + struct.pack("<I", len(text)) + text.encode())
    kept = packet.events[0].data["config"]
    assert kept["nul\ufffd"] == "a\ufffdb"
    assert kept["big"]["$type"] == "int"
    assert kept["none"] == {"$float": "nan"}
    assert kept["half"] == "\ufffdx"
    assert kept["path"] == "C:\\u0000"
    assert kept["pair"] == "\U0001f600"
    assert kept["text"].endswith(f"({500_000 - 256 * 1024} characters left out)")
    assert len(kept["text"]) < 257 * 1024
    json.dumps(kept, allow_nan=False).encode()


def test_a_heartbeat_and_a_refused_packet_hold_nothing() -> None:
    heartbeat = read_packet(encode_packet(header(first=9, count=0)))
    assert (heartbeat.first, heartbeat.count, heartbeat.newest_ms) == (9, 0, None)
    assert read_packet(encode_packet(header(count=5, refused=True))).was_refused
    with pytest.raises(MalformedPacket):
        read_packet(encode_packet(header(count=0, events=[{"type": "note"}])))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"EWP",
        b"EWP2\x02\x00\x00\x00{}",
        b"EWP1\xff\xff\xff\xff{}",
        b"EWP1\x02\x00\x00\x00{}",
        b"EWP1\x02\x00\x00\x00[]",
        encode_packet(header(version=2)),
        encode_packet(header(run="../../etc/passwd")),
        encode_packet(header(run="")),
        encode_packet(header(writer="a b")),
        encode_packet(header(first=-1)),
        encode_packet(header(first=2**64)),
        encode_packet(header(first=True)),
        encode_packet(header(count=65_537)),
        encode_packet(header(count="1")),
        encode_packet(header(sent="now")),
        encode_packet(header(sent=0)),
        encode_packet(header(blocks=[{"names": ["a"], "rows": 1}])),
        encode_packet(header(blocks=[{"names": "a", "rows": 1}])),
        encode_packet(header(), [b"trailing"]),
        encode_packet(header(events={})),
        b"EWP1" + struct.pack("<I", 100_000) + b"[" * 100_000,
        b"EWP1" + struct.pack("<I", 100_012) + b'{"version":' + b"9" * 100_000 + b"}",
        b'EWP1\x08\x00\x00\x00{"a":"\xff',
        b"\xef\xbb\xbf" + encode_packet(header()),
    ],
)
def test_what_is_no_packet_is_refused_in_one_line(body: bytes) -> None:
    with pytest.raises(MalformedPacket) as refused:
        read_packet(body)
    assert "\n" not in refused.value.detail
    assert len(refused.value.detail) < 600


def test_a_zlib_bomb_is_stopped_at_the_limit() -> None:
    bomb = zlib.compress(b"\0" * (MAX_PACKET_BYTES + 2), 9)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        read_packet(bomb, "deflate")


def test_other_encodings_and_damaged_ones_are_refused() -> None:
    with pytest.raises(WrongMediaType):
        read_packet(b"", "gzip")
    whole = zlib.compress(encode_packet(header(count=0)))
    for damaged in (whole[:-3], whole + b"x", b"nothing", whole[:5] + b"\xff" + whole[6:]):
        with pytest.raises(MalformedPacket):
            read_packet(damaged, "deflate")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_packet_never_breaks_the_reader(data: st.DataObject) -> None:
    events = [start_event(), {"type": "epoch", "epoch": 0, "metrics": {"a": [1, 1.0, 0.0, 1.0, 1.0, 0]}}]
    body = bytearray(writer().packet(rows=[Rows(["a", "b"], [1, 2], [[1.0, 2.0], [3.0, 4.0]])], events=events))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedPacket):
        read_packet(bytes(body[: data.draw(st.integers(0, len(body)))]))
