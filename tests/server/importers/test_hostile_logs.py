"""Logs as other people have them: odd names, impossible steps, files that are something else, killed imports."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.cli.test_process import environment
from tests.server.importers.foreign import age, import_it, run_called, wait_for
from tests.server_process import RunningServer

from epochwatch_server.cli.metric_names import MetricNames


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


def write_events(path: Path, *points: tuple[str, int, float]) -> None:
    """Write scalars with TensorBoard's own record writer, whatever they are called."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for name, step, value in points:
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.write(Event(wall_time=1.7e9 + abs(step) % 100, step=step, summary=summary).SerializeToString())


def test_names_and_steps_that_no_table_can_show_are_kept_or_told(server: RunningServer, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a\n<b>\x1b[31mb"
    points = [("a\nb", 0, 1.0), ("x" * 500, 1, 2.0), ("<script>", 2, 3.0), ("far", 2**62, 4.0), ("back", -5, 5.0)]
    write_events(folder / "events.out.tfevents.1", *points)
    (tmp_path / "runs" / "other").mkdir()
    (tmp_path / "runs" / "other" / "events.out.tfevents.2").write_bytes(os.urandom(500))
    age(tmp_path)
    status, out, errors = import_it(server, "tensorboard", tmp_path / "runs")
    assert status == 1
    assert r"the metric 'a\nb' is kept as 'a_b~" in out
    assert "1 steps beyond 2**53" in errors
    assert "events.out.tfevents.2 holds no event that can be read" in errors
    assert "\x1b" not in out + errors
    with server.client() as client:
        (run,) = [one["id"] for one in client.get("/api/runs")["runs"] if one["project"] == "runs"]
        exported = [json.loads(line) for line in client.ask("GET", f"/api/runs/{run}/export.jsonl").body.splitlines()]
        kept = {value for line in exported if line["type"] == "step" for value in line["metrics"].values()}
        assert kept == {1.0, 2.0, 3.0, 5.0}


def test_two_names_that_look_alike_stay_two() -> None:
    names = MetricNames()
    given = ["a\nb", "a\tb", "x" * 300, "x" * 301, "", "\x00", "plain"]
    taken = [names.take(name) for name in given]
    assert len(set(taken)) == len(given)
    assert taken == [names.take(name) for name in given]
    assert taken[-1] == "plain"


@pytest.mark.parametrize(
    ("format_name", "name"),
    [("csv", "a.csv"), ("jsonl", "a.jsonl"), ("log", "a.log"), ("wandb", "run-a.wandb"), ("tensorboard", "tfevents.1")],
)
def test_a_file_that_holds_nothing_is_told(server: RunningServer, tmp_path: Path, format_name: str, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    age(tmp_path)
    status, out, errors = import_it(server, format_name, tmp_path / name)
    assert (status, out) == (2, "")
    assert name in errors


def test_an_import_that_was_killed_goes_on(server: RunningServer, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("step,loss\n" + "".join(f"{step},{step}.5\n" for step in range(60_000)))
    age(tmp_path)
    where = ("--data", str(server.data), "--server", server.url, "--token", server.token or "")
    command = [sys.executable, "-m", "epochwatch_server.cli", "import", "csv", str(path), *where]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with server.client() as client:
        wait_for(lambda: run_called(client, "long") != "")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert import_it(server, "csv", path)[0] == 0
        detail = client.get(f"/api/runs/{run_called(client, 'long')}")
        assert (detail["step"], detail["state"]) == (59_999, "finished")
        exported = client.ask("GET", f"/api/runs/{run_called(client, 'long')}/export.jsonl").body.splitlines()
        steps = [line for line in map(json.loads, exported) if line["type"] == "step"]
        assert [line["metrics"]["loss"] for line in steps] == [step + 0.5 for step in range(60_000)]
