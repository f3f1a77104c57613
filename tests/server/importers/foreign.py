"""Imports what the loggers of other programs wrote, and asks the server what arrived."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.server.cli.test_process import environment, epochwatch
from tests.server.importers.short_training import EPOCHS, STEPS, Logged, train
from tests.server_process import Client, RunningServer

__all__ = [
    "EPOCHS", "PATIENCE_SECONDS", "STEPS", "Logged", "Logs", "Points", "age", "alerts_of", "assert_equal", "import_it",
    "imported", "nonfinite_of", "points_of", "run_called", "started", "train", "wait_for",
]  # fmt: skip
LOGGERS = Path(__file__).with_name("loggers.py")
KERAS_EVENTS = Path(__file__).with_name("keras_events.py")
PATIENCE_SECONDS = 240.0  # a process that starts on a machine with ten others may take a minute
WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
Points = Mapping[str, list[tuple[int, float | str]]]


def with_tensorflow() -> dict[str, str]:
    """Say which environment makes TensorFlow importable, which only Keras' own logger needs."""
    folder = Path(sys.prefix) / "with-tensorflow"
    assert folder.is_dir(), f"{folder} is not there; `make tools` installs it"
    return {"PYTHONPATH": str(folder)}


@dataclass
class Logs:
    """What each logger wrote, made once: they are slow to start."""

    folder: Path
    told: dict[str, dict[str, Points]]

    def of(self, logger: str) -> tuple[Path, dict[str, Points]]:
        """Return the folder of a logger and what it was told."""
        folder = self.folder / logger
        if logger not in self.told:
            folder.mkdir()
            script, more = (LOGGERS, {}) if logger != "keras_events" else (KERAS_EVENTS, with_tensorflow())
            arguments = [str(folder)] if logger == "keras_events" else [logger, str(folder)]
            done = subprocess.run(
                [sys.executable, "-W", "ignore", str(script), *arguments],
                cwd=folder, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=400,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-2000:]
            said = json.loads(done.stdout.strip().splitlines()[-1])
            self.told[logger] = {
                run: {metric: [(step, value) for step, value in points] for metric, points in metrics.items()}
                for run, metrics in said.items()
            }
            age(folder)
        return folder, self.told[logger]


def age(folder: Path, seconds: float = 120) -> None:
    """Make files look as if nobody had written to them for a while."""
    then = time.time() - seconds
    for file in folder.rglob("*"):
        os.utime(file, (then, then))


def import_it(server: RunningServer, format_name: str, path: Path, *more: str) -> tuple[int, str, str]:
    """Run the command against a server; returns status, output and errors."""
    where = ("--data", str(server.data), "--server", server.url, "--token", server.token or "")
    done = epochwatch("import", format_name, str(path), *where, *more)
    return done.returncode, done.stdout, done.stderr


def points_of(client: Client, run_id: str, metric: str) -> list[tuple[int, float]]:
    """Read every point of a metric as (step, value)."""
    found: dict[str, Any] = client.get(f"/api/runs/{run_id}/points?metric={metric}&buckets=1000")["series"]
    if metric not in found:
        return []
    part = found[metric]
    return list(zip(part["steps"], part["values"], strict=True))


def nonfinite_of(client: Client, run_id: str, metric: str) -> list[tuple[int, str]]:
    """Read every point of a metric that is no finite number, as (step, word)."""
    found = client.get(f"/api/runs/{run_id}/points?metric={metric}&buckets=1000")["series"]
    part = found.get(metric, {}).get("nonfinite", {"steps": [], "values": []})
    return list(zip(part["steps"], part["values"], strict=True))


def imported(server: RunningServer, format_name: str, path: Path) -> dict[str, str]:
    """Import a log; returns name -> run."""
    status, out, errors = import_it(server, format_name, path, "--json")
    assert (status, errors) == (0, "")
    return {run["name"]: run["run"] for run in json.loads(out)["runs"]}


def assert_equal(client: Client, run: str, told: Points, names: Mapping[str, str] | None = None) -> None:
    for metric, points in told.items():
        name = (names or {}).get(metric, metric)
        assert points_of(client, run, name) == [(step, value) for step, value in points if not isinstance(value, str)]
        odd = [(step, WORDS[value]) for step, value in points if isinstance(value, str)]
        assert nonfinite_of(client, run, name) == odd


def alerts_of(client: Client, run: str) -> set[tuple[str, str, int]]:
    """Read which rules fired about what, and when, once they all were asked about the end."""
    before: Any = None
    for _ in range(200):
        health = client.get(f"/api/runs/{run}/health")
        if health == before and any(chip["state"] != "not_checked" for chip in health["chips"]):
            break
        before = health
        client.get(f"/api/runs/{run}/events")
    return {(alert["rule"], alert["subject"], alert["fired_epoch"]) for alert in health["alerts"]}


def started(server: RunningServer, format_name: str, path: Path) -> "subprocess.Popen[str]":
    """Start to follow a log, in a process of its own."""
    where = ("--data", str(server.data), "--server", server.url, "--token", server.token or "")
    command = [sys.executable, "-m", "epochwatch_server.cli", "import", format_name, str(path), "--follow", *where]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(holds: Callable[[], bool]) -> None:
    """Ask again until something holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)  # asking without a pause would keep the server, a thread of this process, from its work


def run_called(client: Client, name: str) -> str:
    found = [run["id"] for run in client.get("/api/runs")["runs"] if run["name"] == name]
    return str(found[0]) if found else ""
