"""W&B's offline runs while they are written, and what is no number in them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.importers.foreign import (
    EPOCHS,
    LOGGERS,
    PATIENCE_SECONDS,
    STEPS,
    assert_equal,
    import_it,
    points_of,
    run_called,
    started,
    wait_for,
)  # fmt: skip
from tests.server_process import Client, RunningServer

LOGGED = EPOCHS * (STEPS + 1)  # calls of `log` for numbers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


def test_a_run_that_is_written_is_followed_to_its_end(server: RunningServer, tmp_path: Path) -> None:
    folder = tmp_path / "wandb"
    follower = started(server, "wandb", folder)  # before there is anything
    logger = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(LOGGERS), "wandb_step_by_step", str(tmp_path)],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert logger.stdin is not None
    with server.client() as client:
        for logged in range(LOGGED):
            logger.stdin.write("\n")
            logger.stdin.flush()
            if logged in (3, 10):  # W&B writes a step when the next one begins, and the newest one may not be whole
                wait_for(lambda logged=logged: len(train_loss(client)) >= logged - 2)  # type: ignore[misc]
                wait_for(lambda: state_of(client) == "running")
        said, problems = logger.communicate(timeout=PATIENCE_SECONDS)
        assert logger.returncode == 0, problems
        run = run_called(client, "stepwise")
        wait_for(lambda: state_of(client) == "crashed")
        follower.send_signal(signal.SIGINT)
        out, errors = follower.communicate(timeout=PATIENCE_SECONDS)
        assert follower.returncode == 0, errors
        assert "waiting:" in errors
        assert "not kept: 1 histogram" in out
        told = json.loads(said.strip().splitlines()[-1])["stepwise"]
        whole = {metric: [(step, value) for step, value in points] for metric, points in told.items()}
        assert_equal(client, run, whole)
        assert client.get(f"/api/runs/{run}")["epochs_done"] == EPOCHS
        assert_media(client, run)
        before = client.get(f"/api/runs/{run}/events")["events"]
        status, again, _ = import_it(server, "wandb", folder, "--json")
        assert (status, [one["run"] for one in json.loads(again)["runs"]]) == (0, [run])
        assert_equal(client, run, whole)
        assert client.get(f"/api/runs/{run}/events")["events"] == before


def train_loss(client: Client) -> list[tuple[int, float]]:
    run = run_called(client, "stepwise")
    return points_of(client, run, "train/loss") if run else []


def state_of(client: Client) -> str:
    return str(client.get(f"/api/runs/{run_called(client, 'stepwise')}")["state"])


def assert_media(client: Client, run: str) -> None:
    """Boxes, a confusion matrix, a scatter, an alert, and what was measured of the machine."""
    (sample,) = client.get(f"/api/runs/{run}/samples?split=val&epoch={EPOCHS - 1}")["samples"]
    assert (sample["width"], sample["caption"]) == (8, "black")
    layers = {layer["of"]: layer for layer in sample["layers"]}
    assert (layers["pred"]["boxes"], layers["pred"]["labels"], layers["pred"]["scores"]) == (
        [[2, 0, 4, 8]],
        ["cat"],
        [0.75],
    )
    assert layers["gt"]["boxes"] == [[3, 2, 5, 6]]
    exported = [json.loads(line) for line in client.ask("GET", f"/api/runs/{run}/export.jsonl").body.splitlines()]
    events = {line["event"]: line["data"] for line in exported if line["type"] == "event"}
    assert (events["classes"]["labels"], events["classes"]["confusion"]) == (["a", "b"], [[1, 0], [1, 1]])
    assert (events["scatter"]["target"], events["scatter"]["prediction"]) == ([1.0, 2.0], [1.5, 1.75])
    assert (events["alert"]["title"], events["alert"]["level"]) == ("Low accuracy", "critical")
    assert points_of(client, run, "system/memory_percent")
