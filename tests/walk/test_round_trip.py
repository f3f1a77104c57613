"""A run leaves as JSONL and comes back elsewhere: every value equal, the odd ones too."""

import math
import time
from pathlib import Path
from typing import Any

import pytest
from tests.server.cli.test_process import epochwatch
from tests.server.images import png
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

KEY = "ef" * 16
STEPS = 3_000  # more than a chunk, so that sealed and hot points are among them


def train(client: Client, run: str) -> None:
    """Send a run with everything that a run can have."""
    writer = HandMadeWriter(run)
    tracked = {"metric": "val/acc", "mode": "max", "patience": 7, "min_delta": 0.01}
    start = start_event(
        project="trips", name="round trip", config={"lr": "5e-5", "deep": {"list": [1, {"a": None}]}}, tags=["x"],
        note="**bold**", tracked=tracked, planned_epochs=5, targets={"val/acc": {"3": 0.5}}, weights={"a": 0.25},
    )  # fmt: skip
    values = [[math.sin(step) * 10.0 ** (step % 300 - 150), step / 3] for step in range(STEPS)]
    values[7][0], values[8][0], values[9][0], values[10][0] = math.nan, math.inf, -math.inf, 5e-324
    assert client.post_packet(writer.packet(events=[start])).status == 200
    for part in range(3):
        steps = range(part * STEPS // 3, (part + 1) * STEPS // 3)
        spread = {
            "train/loss": [1000, 0.5 / (part + 1), 0.125, -1.5, 2.5, 4],
            "val/acc": [0, "nan", None, None, None, 1],
        }
        samples = [{"id": "s1", "image": KEY, "gt": [[1.5, 2]], "pred": [[3, "nan"]], "gt_done": 0, "pred_done": 0.12}]
        events: list[dict[str, Any]] = [
            {"type": "epoch", "epoch": part, "step": steps[-1], "seconds": 1.0, "metrics": spread},
            {"type": "note", "text": f"epoch {part} is over", "epoch": part},
            {"type": "samples", "split": "val", "epoch": part, "step": steps[-1], "samples": samples},
        ]
        rows = Rows(["train/loss", "lr"], list(steps), [values[step] for step in steps], epoch=part)
        images = {KEY: png(8, 6)} if part == 0 else None
        assert client.post_packet(writer.packet(rows=[rows], events=events, images=images)).json()["rejected"] == []
    end = {"type": "end", "reason": "crashed", "traceback": "Traceback: <b>", "summary": {"test/acc": 0.25}}
    assert client.post_packet(writer.packet(events=[end])).status == 200


def everything(client: Client, run: str) -> dict[str, Any]:
    """Read all that the API tells of a run, but for what a server gives it."""
    detail = client.get(f"/api/runs/{run}")
    own = {
        "id", "hue", "url", "created_ms", "last_seen_ms", "last_point_ms", "origin", "health", "environment",
        "heartbeat_seconds", "epoch_seconds", "ended_ms",
    }  # fmt: skip
    csv = client.ask("GET", f"/api/runs/{run}/export.csv").body
    kept = {name: value for name, value in detail.items() if name not in own}
    metrics = [each["metric"] for each in client.get(f"/api/runs/{run}/series")["series"]]
    asked = "&".join(f"metric={metric}" for metric in metrics)
    notes = [event["data"] for event in client.get(f"/api/runs/{run}/events")["events"] if event["type"] == "note"]
    shown = [client.get(f"/api/runs/{run}/samples?split=val&epoch={epoch}")["samples"] for epoch in range(3)]
    epochs = client.get(f"/api/runs/{run}/epochs?{asked}")["epochs"]
    return {"detail": kept, "points": sorted(csv.splitlines()), "epochs": epochs, "notes": notes, "samples": shown}


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_exported_comes_back_equal_and_once(tmp_path: Path, times: int) -> None:
    out = tmp_path / "run.jsonl"
    with RunningServer(tmp_path / "here") as here, here.client() as client:
        train(client, "there0and0back")
        before = everything(client, "there0and0back")
        source = ("--data", str(tmp_path / "here"), "--server", here.url)
        done = epochwatch("export", "trips/round trip", "--out", str(out), *source)
        assert done.returncode == 0, done.stderr
    with RunningServer(tmp_path / "elsewhere") as elsewhere, elsewhere.client() as client:
        where = ("--data", str(tmp_path / "elsewhere"), "--server", elsewhere.url, "--token", elsewhere.token or "")
        for _ in range(times):
            done = epochwatch("import", "jsonl", str(out), *where)
            assert done.returncode == 0, done.stderr
        (run,) = client.get("/api/runs")["runs"]
        assert run["origin"]["format"] == "jsonl"
        after = everything(client, run["id"])
        assert after["points"] == before["points"]
        assert len(after["points"]) == 2 * STEPS + 4  # and the head, and the accuracy, only ever told by epoch
        for part in before:
            assert after[part] == before[part], part


def test_what_would_have_fired_in_an_import_is_told_as_such_and_asks_for_nobody(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    with RunningServer(tmp_path / "here") as server, server.client() as client:
        train(client, "there0and0back")
        source = ("--data", str(tmp_path / "here"), "--server", server.url, "--token", server.token or "")
        assert epochwatch("export", "there0and0back", "--out", str(out), *source).returncode == 0
        client.ask("DELETE", "/api/runs/there0and0back")
        assert epochwatch("import", "jsonl", str(out), *source).returncode == 0
        (run,) = client.get("/api/runs")["runs"]
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + 30
        while not found and time.monotonic() < deadline:  # the rules read the run after it has come
            found = client.get(f"/api/alerts?run={run['id']}&rule=run_crashed")["alerts"]
        assert [alert["imported"] for alert in found] == [True]
        assert found[0]["seen_ms"] is not None
        assert client.get(f"/api/runs/{run['id']}")["health"]["unread"] == 0
