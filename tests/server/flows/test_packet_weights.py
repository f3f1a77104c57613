"""A curriculum's weights, told epoch by epoch."""

from typing import Any

from tests.server_process import HandMadeWriter

from epochwatch_server.flows.packet_reader import read_packet


def test_the_weights_of_a_curriculum_become_epoch_points_of_their_own() -> None:
    epoch: dict[str, Any] = {"type": "epoch", "epoch": 3, "metrics": {}, "weights": {"peak": 0.25, "x" * 256: 1.0}}
    packet = read_packet(HandMadeWriter("run1", sent=1_800_000_000.0).packet(events=[epoch]))
    (peak,) = packet.epoch_points["weight/peak"]
    assert (peak.epoch, peak.value, peak.n) == (3, 0.25, 1)
    assert list(packet.epoch_points) == ["weight/peak"]
    assert [part.where for part in packet.rejected] == ["events[0].weights"]
