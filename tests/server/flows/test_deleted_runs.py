"""A run that was deleted, and a trainer that does not know."""

import time

from tests.server_process import Client, HandMadeWriter, Rows, start_event


def test_a_deleted_run_stays_deleted_when_its_trainer_is_heard_again(client: Client) -> None:
    writer = HandMadeWriter("deleted", "r0-00000001")
    assert client.post_packet(writer.packet(events=[start_event(heartbeat_seconds=0.01)])).status == 200
    deadline = time.monotonic() + 10
    while client.ask("DELETE", "/api/runs/deleted").status != 204:  # not before it is lost
        assert time.monotonic() < deadline
    for packet in (writer.packet(rows=[Rows(["a"], [1], [[1.0]])]), writer.packet()):
        answer = client.post_packet(packet)
        assert (answer.status, answer.json()["confirmed"]) == (200, writer.next)
        assert client.ask("GET", "/api/runs/deleted").status == 404
    # Another process that goes on with the run is somebody's wish, not an echo.
    other = HandMadeWriter("deleted", "r0-00000002")
    assert client.post_packet(other.packet(events=[start_event()])).status == 200
    assert client.get("/api/runs/deleted")["state"] == "starting"
