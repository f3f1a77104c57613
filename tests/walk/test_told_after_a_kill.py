"""From a point that is no number to a message: also when trainer and server die right after the alert."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.receiver import Receiver
from tests.server_process import Client, HandMadeWriter, Rows, ServerProcess, start_event

PATIENCE_SECONDS = 60.0


def test_an_alert_whose_server_dies_at_once_is_told_by_the_next_one(tmp_path: Path) -> None:
    with Receiver() as receiver, ServerProcess(tmp_path, "--notify-private") as server:
        with server.client() as client:
            settings = {"name": "hook", "kind": "webhook", "fields": {"address": receiver.url}}
            assert client.send("POST", "/api/notifiers", settings).status == 201
            post_a_loss_that_is_no_number(client)
            wait_for(lambda: client.get("/api/alerts")["alerts"])
        server.kill()
        assert receiver.received == []
        server.start()
        wait_for(lambda: receiver.received)
        (message,) = [one.json() for one in receiver.received]
        assert message["title"] == "[critical] a run: Not a number"
        assert message["url"].startswith(f"{server.url}/runs/run1?alert=")


def post_a_loss_that_is_no_number(client: Client) -> None:
    writer = HandMadeWriter("run1")
    epoch = {
        "type": "epoch",
        "epoch": 0,
        "step": 2,
        "seconds": 1.0,
        "metrics": {"train/loss": [3, 1.0, 0.0, 0.9, 1.0, 1]},
    }
    rows = Rows(["train/loss"], [0, 1, 2], [[1.0], [0.9], [float("nan")]], epoch=0)
    for packet in (writer.packet(events=[start_event()], rows=[rows]), writer.packet(events=[epoch])):
        assert client.post_packet(packet).status == 200


def wait_for(claim: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
