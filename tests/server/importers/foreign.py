"""Imports what the loggers of other programs wrote, and asks the server what arrived."""

import os
import time
from pathlib import Path
from typing import Any

from tests.server.cli.test_process import epochwatch
from tests.server.importers.short_training import EPOCHS, STEPS, Logged, train
from tests.server_process import Client, RunningServer

__all__ = ["EPOCHS", "STEPS", "Logged", "age", "import_it", "nonfinite_of", "points_of", "train"]


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
