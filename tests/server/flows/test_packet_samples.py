"""Samples and pairs in a packet: what is right is read, what is wrong is named."""

import math

from tests.server_process import HandMadeWriter

from epochwatch_server.domain.packet import Packet
from epochwatch_server.flows.packet_reader import read_packet

NOW = 1_800_000_000.0


def writer() -> HandMadeWriter:
    return HandMadeWriter("run1", sent=NOW)


def rejected(packet: Packet) -> list[str]:
    return [part.where for part in packet.rejected]


def test_samples_are_read_one_by_one() -> None:
    good = {"id": "s1", "image": "ab" * 16, "gt": [[3, 4]], "pred": [[0.0, 0.0]], "gt_done": True, "pred_done": 0.25}
    event = {
        "type": "samples",
        "split": "val",
        "epoch": 1,
        "step": 9,
        "samples": [good, {"id": 7}, {"id": "s2", "pred": [["nan", 1.0]]}],
    }
    packet = read_packet(writer().packet(events=[event]))
    first, second = packet.samples
    assert (first.id, first.error_px, first.gt_done, first.pred_done) == ("s1", 5.0, 1.0, 0.25)
    assert second.pred == []
    assert rejected(packet) == ["events[0].samples[1].id"]


def test_a_wrong_layer_is_named_and_the_rest_of_its_sample_counts() -> None:
    layers = [
        {"kind": "box", "of": "gt", "boxes": [[0, 0, 1, 1]], "labels": [None], "scores": ["nan"]},
        {"kind": "box", "of": "gt", "boxes": [[0, 0, 1]]},
        {"kind": "cube", "of": "gt"},
        {"kind": "scores", "of": "pred", "classes": [1, 2], "values": [0.5]},
        {"kind": "signal", "of": "input", "values": [1.0, "inf"], "at": [0, 7], "n": 9},
        "a layer",
    ]
    sample = {"id": "s", "error": "nan", "error_unit": "u" * 99, "caption": "kept", "layers": layers}
    packet = read_packet(writer().packet(events=[{"type": "samples", "split": "val", "epoch": 1, "samples": [sample]}]))
    (found,) = packet.samples
    box, signal = found.layers
    assert (found.caption, found.error, len(found.error_unit)) == ("kept", None, 24)
    assert (box["boxes"], math.isnan(box["scores"][0])) == ([[0, 0, 1, 1]], True)
    assert (signal["values"], signal["at"]) == ([1.0, math.inf], [0, 7])
    assert [where.partition("layers")[2] for where in rejected(packet)] == [
        "[1].box.boxes.0",
        "[2]",
        "[3].scores",
        "[5]",
    ]


def test_pairs_are_an_event_whose_length_is_bounded() -> None:
    good = {"type": "scatter", "split": "val", "epoch": 1, "target": [1.0, "nan"], "prediction": [2.0, 3.0], "n": 9}
    long = {**good, "target": [0.0] * 5000}
    packet = read_packet(writer().packet(events=[good, long]))
    (event,) = packet.events
    assert (event.type, event.data["prediction"], event.data["n"]) == ("scatter", [2.0, 3.0], 9)
    assert rejected(packet)[0] == "events[1].target"
