"""Runs as files: every value in each format, whole or not at all."""

import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.server.cli.test_process import epochwatch
from tests.server.images import png
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

STEPS = 5_000
KEY = "cd" * 16


@pytest.fixture(scope="module")
def exported(server: RunningServer) -> str:
    """A run with sealed and hot points, odd values, epochs, an event and a sample."""
    writer = HandMadeWriter("exported")
    values = [[math.sin(step), float(step)] for step in range(STEPS)]
    values[17][0], values[18][0], values[19][0] = math.nan, math.inf, -math.inf
    spread = {"train/loss": [10, 0.5, 0.1, 0.25, 1.0, 1], "val/r2": [1, 0.75, 0.0, 0.75, 0.75, 0]}
    samples = {
        "type": "samples",
        "split": "val",
        "epoch": 0,
        "step": 9,
        "samples": [{"id": "s", "image": KEY, "gt": [[1, 2]]}],
    }
    with server.client() as client:
        first = [start_event(project="files", name="=cmd()", config={"lr": "5e-5", "n": 3}, tags=["a"])]
        assert client.post_packet(writer.packet(events=first)).status == 200
        rows = Rows(["train/loss", "=evil"], list(range(STEPS)), values, epoch=0)
        events = [
            {"type": "epoch", "epoch": 0, "step": STEPS - 1, "seconds": 1.0, "metrics": spread},
            {"type": "note", "text": "half way", "epoch": 0},
            samples,
        ]
        packet = writer.packet(rows=[rows], events=events, images={KEY: png(8, 6)})
        assert client.post_packet(packet).json()["rejected"] == []
        end = {"type": "end", "reason": "finished", "summary": {"test/r2": 0.7}}
        assert client.post_packet(writer.packet(events=[end])).status == 200
    return writer.run


def lines_of(client: Client, run: str) -> list[dict[str, object]]:
    answer = client.ask("GET", f"/api/runs/{run}/export.jsonl")
    assert answer.status == 200
    return [json.loads(line) for line in answer.body.splitlines()]


def test_jsonl_holds_everything_in_the_order_of_the_steps(client: Client, exported: str) -> None:
    lines = lines_of(client, exported)
    assert lines[0]["type"] == "run"
    assert lines[0]["config"] == {"lr": "5e-5", "n": 3}
    steps = [line for line in lines if line["type"] == "step"]
    assert [step["step"] for step in steps] == list(range(STEPS))
    assert steps[100]["metrics"] == {"train/loss": math.sin(100), "=evil": 100.0}
    odd = [step["metrics"]["train/loss"] for step in steps[17:20]]  # type: ignore[index]
    assert odd == ["NaN", "Infinity", "-Infinity"]
    (epoch,) = [line for line in lines if line["type"] == "epoch"]
    assert epoch["stats"] == {"train/loss": [10, 0.1, 0.25, 1.0, 1], "val/r2": [1, 0.0, 0.75, 0.75, 0]}
    kinds = [line["type"] for line in lines]
    assert kinds.index("image") < kinds.index("sample")
    assert any(line["type"] == "event" and line["event"] == "note" for line in lines)
    assert kinds[-1] == "end"


def test_csv_has_every_point_and_no_cell_that_a_spreadsheet_would_run(client: Client, exported: str) -> None:
    text = client.ask("GET", f"/api/runs/{exported}/export.csv").body.decode()
    rows = text.splitlines()
    assert len(rows) == 1 + 2 * STEPS + 1  # r2 was only told by epoch
    assert "'=evil,100,0," in text
    assert "val/r2,4999,0," in text


def test_parquet_has_every_point(client: Client, exported: str) -> None:
    answer = client.ask("GET", f"/api/runs/{exported}/export.parquet")
    table = pq.read_table(io.BytesIO(answer.body))
    assert table.num_rows == 2 * STEPS + 1
    loss = table.filter(np.array([name == "train/loss" for name in table["metric"].to_pylist()]))
    values = loss["value"].to_numpy()
    assert values[100] == math.sin(100)
    assert np.isnan(values[17])
    assert np.isinf(values[18])
    assert loss["step"].to_pylist() == list(range(STEPS))


def test_an_event_file_is_read_by_tensorboard_itself(client: Client, exported: str, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    answer = client.ask("GET", f"/api/runs/{exported}/export.tensorboard")
    assert "events.out.tfevents." in answer.headers["content-disposition"]
    (tmp_path / "events.out.tfevents.1.x").write_bytes(answer.body)
    read = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    read.Reload()
    points = [(event.step, event.value) for event in read.Scalars("train/loss")]
    assert len(points) == STEPS
    assert points[100] == (100, float(np.float32(math.sin(100))))
    assert read.Images("val/s")[0].encoded_image_string == png(8, 6)


def test_a_project_is_one_archive(client: Client, exported: str) -> None:
    answer = client.ask("GET", "/api/export.jsonl?project=files")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        (name,) = archive.namelist()
        assert name == f"cmd-{exported}/{exported}.jsonl"
        whole = client.ask("GET", f"/api/runs/{exported}/export.jsonl").body
        assert archive.read(name) == whole
    assert client.ask("GET", "/api/export.jsonl?project=nothing").status == 404
    assert client.ask("GET", f"/api/runs/{exported}/export.exe").status == 404


def test_the_command_writes_the_file_whole_or_not_at_all(server: RunningServer, exported: str, tmp_path: Path) -> None:
    where = ("--data", str(server.data), "--server", server.url)
    out = tmp_path / "run.jsonl"
    done = epochwatch("export", exported, "--out", str(out), *where)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"wrote {out} (")
    with server.client() as client:
        assert out.read_bytes() == client.ask("GET", f"/api/runs/{exported}/export.jsonl").body
    missing = epochwatch("export", "nobody", "--out", str(tmp_path / "no.jsonl"), *where)
    assert missing.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]
    assert epochwatch("export", "--out", "x", *where).returncode == 2
