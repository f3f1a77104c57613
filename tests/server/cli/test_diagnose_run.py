"""`epochwatch diagnose RUN`: a run of the server, judged as the file of it would be."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser.trainings import training
from tests.server.cli.test_process import epochwatch
from tests.server_process import RunningServer

from epochwatch_server.importers.recording import read_recordings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("diagnose")) as running:
        for name in ("sick", "twice", "twice"):
            with training(running, project="abr", name=name, config={"lr": "5e-5"}) as run:
                run.run_epochs(4)
                run.run_epoch(val_loss=math.nan)
                run.run_epochs(1)
                run.end("finished")
        yield running


def _where(server: RunningServer) -> tuple[str, ...]:
    return ("--data", str(server.data), "--server", server.url)


@pytest.mark.parametrize("what", ["sick", "abr/sick"])
def test_a_run_is_diagnosed_by_its_name(server: RunningServer, what: str) -> None:
    done = epochwatch("diagnose", what, "--json", *_where(server))
    assert done.returncode == 1, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert run["run"] == "abr/sick"
    assert run["epochs"] == 6
    assert run["lost"] == []
    assert {"nonfinite", "config_string_number"} <= {alert["rule"] for alert in run["alerts"]}


def test_a_run_is_diagnosed_by_its_id_with_a_report(server: RunningServer, tmp_path: Path) -> None:
    with server.client() as client:
        run_id = next(run["id"] for run in client.get("/api/runs")["runs"] if run["name"] == "sick")
    done = epochwatch("diagnose", run_id, "--html", str(tmp_path / "r.html"), *_where(server))
    assert done.returncode == 1, done.stderr
    assert "abr/sick" in (tmp_path / "r.html").read_text()


def test_a_name_that_several_runs_have_is_refused_with_their_ids(server: RunningServer) -> None:
    done = epochwatch("diagnose", "twice", *_where(server))
    assert done.returncode == 2
    assert "2 runs are called 'twice'" in done.stderr


def test_what_is_neither_file_nor_run_is_told_so(server: RunningServer, tmp_path: Path) -> None:
    done = epochwatch("diagnose", "nobody", *_where(server))
    assert done.returncode == 2
    assert "no file or folder 'nobody'" in done.stderr
    assert "Traceback" not in done.stderr
    away = epochwatch("diagnose", "nobody", "--data", str(tmp_path), "--server", "http://127.0.0.1:9")
    assert away.returncode == 2
    assert "epochwatch serve" in away.stderr


def test_the_recording_of_a_run_is_a_file_that_diagnose_reads(server: RunningServer, tmp_path: Path) -> None:
    with server.client() as client:
        run_id = next(run["id"] for run in client.get("/api/runs")["runs"] if run["name"] == "sick")
        answer = client.ask("GET", f"/api/runs/{run_id}/recording.jsonl")
        missing = client.ask("GET", "/api/runs/nobody/recording.jsonl")
    assert (answer.status, missing.status) == (200, 404)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    path = tmp_path / "run.jsonl"
    path.write_bytes(answer.body)
    (recording,) = read_recordings(path)
    assert recording.lost == ()
    assert recording.facts.tracked_metric == "val/acc"
    kinds = [record.kind for record in recording.records]
    assert kinds.count("epoch") == 6
    assert kinds[-1] == "end"
    whole = epochwatch("diagnose", str(path), "--json")
    assert {alert["rule"] for alert in json.loads(whole.stdout)["runs"][0]["alerts"]} >= {"nonfinite"}


def test_a_folder_with_a_broken_file_diagnoses_the_rest_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("nonsense\n")
    (tmp_path / "good.csv").write_text(
        "epoch,loss,val_loss\n" + "".join(f"{n},{1 / (n + 1)},{1 / (n + 1)}\n" for n in range(4))
    )
    done = epochwatch("diagnose", str(tmp_path))
    assert "good" in done.stdout
    assert "bad.jsonl, line 1: no JSON" in done.stderr
    assert done.returncode == 2
