"""A real server for the tests of a module, with one run in it."""

from collections.abc import Iterator

import pytest
from tests.postgres import postgres
from tests.server.images import png
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

__all__ = ["postgres"]

KEY = "ab" * 16


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def run_id(server: RunningServer) -> str:
    """One run with points, epochs, a sample, a note and a crash."""
    writer = HandMadeWriter("run1")
    epoch = {"type": "epoch", "epoch": 0, "step": 3, "seconds": 2.0, "metrics": {"val/acc": [1, 0.5, 0.0, 0.5, 0.5, 0]}}
    samples = {"type": "samples", "split": "val", "epoch": 0, "step": 3, "samples": [{"id": "s", "image": KEY}]}
    start = start_event(
        name="first run", tags=["blue"], config={"lr": "5e-5"}, tracked={"metric": "val/acc", "mode": "max"}
    )
    rows = Rows(["train/loss", "lr"], [0, 1, 2], [[3.0, 0.1], [float("nan"), 0.1], [1.0, 0.1]])
    end = {"type": "end", "reason": "crashed", "traceback": "Traceback: <b>", "summary": {"acc": 0.5}}
    with server.client() as client:
        body = writer.packet(
            rows=[rows], events=[start, epoch, samples, {"type": "note", "text": "hi"}], images={KEY: png(8, 6)}
        )
        assert client.post_packet(body).json()["rejected"] == []
        assert client.post_packet(writer.packet(events=[end])).status == 200
    return writer.run
