"""A hook behind a connection that misbehaves: the server did the work and the hook cannot know it."""

import csv
import time
from pathlib import Path

import pytest
from benchmarks.faults.fault_proxy import FaultProxy
from tests.server_process import RunningServer

import epochwatch

STEPS = 300
PATIENCE_SECONDS = 20.0  # the hook tries again ever more rarely, every ten seconds at last


@pytest.mark.parametrize("mode", ["lose_answer", "cut_answer", "refuse"])
def test_what_was_sent_while_the_connection_misbehaved_is_stored_once(tmp_path: Path, mode: str) -> None:
    with RunningServer(tmp_path / "data") as server, FaultProxy(int(server.url.rpartition(":")[2])) as proxy:
        proxy.mode = mode
        run = epochwatch.init(
            project="walk", name=mode, id=f"walk-{mode}", console=False, spool=str(tmp_path / "spool"),
            server=f"http://127.0.0.1:{proxy.port}", token=server.token,
        )  # fmt: skip
        for step in range(STEPS):
            run.log({"train/loss": 1 / (1 + step)}, step=step)
            time.sleep(0.005)
        assert proxy.met[mode] > 0
        proxy.mode = "pass"
        end = time.monotonic() + PATIENCE_SECONDS
        while len(stored_steps(server, run.id)) < STEPS and time.monotonic() < end:
            time.sleep(0.1)
        run.finish()

        assert stored_steps(server, run.id) == list(range(STEPS))


def test_a_hanging_server_holds_up_neither_the_loop_nor_its_end(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as server, FaultProxy(int(server.url.rpartition(":")[2])) as proxy:
        proxy.mode = "hang"
        run = epochwatch.init(
            project="walk", name="hang", console=False, spool=str(tmp_path / "spool"),
            server=f"http://127.0.0.1:{proxy.port}", token=server.token,
        )  # fmt: skip
        began = time.monotonic()
        for step in range(STEPS):
            run.log({"train/loss": 1.0}, step=step)
        assert time.monotonic() - began < 5, "an answer is awaited for longer than that"
        run.finish()
        assert time.monotonic() - began < 15


def stored_steps(server: RunningServer, run: str) -> list[int]:
    with server.client() as client:
        answer = client.ask("GET", f"/api/runs/{run}/export.csv?metric=train/loss")
    return [int(row["step"]) for row in csv.DictReader(answer.body.decode().splitlines())]
