"""Every example trains, healthy and sick, and what it sends is what its sickness is made of."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server_process import RunningServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))
SICK = {script: dict(runpy.run_path(str(EXAMPLES / f"{script}.py"))["SICK"]) for script in SCRIPTS}
ENDS_THE_PROCESS = {"config_strings", "never_started", "killed_early"}
CASES = [(script, sick) for script in SCRIPTS for sick in ["", *SICK[script]] if sick not in ENDS_THE_PROCESS]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("examples")) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet_hook(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOCHWATCH_DATA", str(server.data))
    monkeypatch.setenv("EPOCHWATCH_SERVER", server.url)
    monkeypatch.setenv("EPOCHWATCH_CONSOLE", "off")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


def arguments(script: str, sick: str, name: str) -> list[str]:
    given = [str(EXAMPLES / f"{script}.py"), "--quick", "--name", name]
    return [*given, "--sick", sick] if sick else given


def train(script: str, sick: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Train in this process, which already has torch; returns the run's name."""
    name = f"{script} {sick or 'healthy'}"
    monkeypatch.setattr(sys, "argv", arguments(script, sick, name))
    runpy.run_path(str(EXAMPLES / f"{script}.py"), run_name="__main__")
    return name


def train_apart(script: str, sick: str) -> tuple[str, subprocess.CompletedProcess[bytes]]:
    name = f"{script} {sick}"
    command = [sys.executable, *arguments(script, sick, name)]
    return name, subprocess.run(command, check=False, capture_output=True)


def find(server: RunningServer, name: str) -> dict[str, Any]:
    with server.client() as client:
        [row] = [row for row in client.get("/api/runs")["runs"] if row["name"] == name]
        detail: dict[str, Any] = client.get(f"/api/runs/{row['id']}")
        series = client.get(f"/api/runs/{row['id']}/series")["series"]
        feed = client.get(f"/api/runs/{row['id']}/events")["events"]
    return detail | {"series": {each["metric"]: each for each in series}, "feed": feed}


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_is_short_and_says_what_each_sickness_is(script: str) -> None:
    assert len((EXAMPLES / f"{script}.py").read_text().splitlines()) < 250
    assert all(len(what) > 20 for what in SICK[script].values())


@pytest.mark.parametrize(("script", "sick"), CASES)
def test_an_example_trains(script: str, sick: str, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    if sick == "stopped_early_by_scheduler":
        with pytest.raises(SystemExit, match="Agent received command: stop"):
            train(script, sick, monkeypatch)
    else:
        train(script, sick, monkeypatch)
    run = find(server, f"{script} {sick or 'healthy'}")

    assert run["state"] == ("stopped" if sick == "stopped_early_by_scheduler" else "finished")
    assert run["epochs_done"] == (2 if sick == "stopped_early_by_scheduler" else 3)
    assert run["tracked"]["best_epoch"] is not None
    assert run["dropped"] == 0, run["feed"]
    assert run["parameters"] > 0
    assert {"train/loss", "val/loss", "grad_norm"} <= run["series"].keys()
    if sick in SYMPTOMS:
        SYMPTOMS[sick](run)


def test_a_config_of_strings_crashes_before_the_first_epoch_and_is_kept_as_given(server: RunningServer) -> None:
    name, done = train_apart("signal_multitask", "config_strings")
    run = find(server, name)

    assert done.returncode == 1
    assert run["state"] == "crashed"
    assert run["epochs_done"] == 0
    assert run["config"]["learning_rate"] == "5e-5"
    assert "TypeError: '<=' not supported between instances of 'float' and 'str'" in run["traceback"]


def test_a_run_whose_data_is_missing_never_starts(server: RunningServer) -> None:
    name, done = train_apart("multihead_classifier", "never_started")
    run = find(server, name)

    assert done.returncode == 1
    assert (run["state"], run["epochs_done"]) == ("crashed", 0)
    assert "FileNotFoundError" in run["traceback"]


def test_a_killed_run_leaves_its_points_and_no_farewell(server: RunningServer) -> None:
    name, done = train_apart("frame_regression", "killed_early")
    time.sleep(0.2)
    run = find(server, name)

    assert done.returncode == -signal.SIGKILL
    assert run["ended_ms"] is None
    assert run["series"]["train/loss"]["n"] > 0


def f1_is_zero(run: dict[str, Any]) -> None:
    assert run["series"]["val/f1_macro"]["max"] == 0.0


def amplitude_dominates(run: dict[str, Any]) -> None:
    assert run["series"]["train/loss_peak_amplitude"]["last"] > 1e4 * run["series"]["train/loss_signal"]["last"]


def gradients_explode(run: dict[str, Any]) -> None:
    assert run["series"]["grad_norm"]["max"] > 1000


def nothing_was_tested(run: dict[str, Any]) -> None:
    assert not [metric for metric in run["series"] if metric.startswith("test/")]


def the_value_is_tracked(run: dict[str, Any]) -> None:
    assert run["tracked"]["metric"] == "val/param_value_mae"


SYMPTOMS = {
    "f1_zero": f1_is_zero,
    "loss_scale": amplitude_dominates,
    "exploding": gradients_explode,
    "no_test": nothing_was_tested,
    "tracks_mae": the_value_is_tracked,
}
