"""Epochwatch as a contender. This one file also drops into any yardstick with the same `Base`."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from .base import Base  # noqa: TID252 - relative, so that the file works in any package `adapters`

BUCKETS = 999  # two points each and both ends: 2,000 of a series, what a wide screen can show


class Contender(Base):
    """The hook sends to a server that runs beside the training, as it would on a workstation."""

    server_to_log = True
    ready_path = "/health"

    def env(self) -> dict[str, str]:
        """Keep everything in the store, which is the data folder."""
        return {"EPOCHWATCH_DATA": str(self.store), "EPOCHWATCH_CONSOLE": "off"}

    def open(self, run: str = "r0") -> None:
        """Begin a run; start the server if nobody has, since `close` waits until it has everything."""
        self.store.mkdir(parents=True, exist_ok=True)
        if self.port is None:
            self.serve()
        os.environ["EPOCHWATCH_SERVER"] = f"http://127.0.0.1:{self.port}"
        import epochwatch

        self.run = epochwatch.init(project="bench", name=run, id=run_id(run))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log a step."""
        self.run.log(values, step=step)

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Show the images as samples, an epoch each time."""
        self.run.epoch(step)
        self.run.samples("val", arrays, ids=[f"{key}-{number}" for number in range(len(arrays))])

    def close(self) -> None:
        """Finish: returns when the server has confirmed everything."""
        self.run.finish()

    def versions(self) -> dict[str, str]:
        """Name the hook's version."""
        import epochwatch

        return {"epochwatch": epochwatch.__version__}

    def server_command(self) -> list[str]:
        """Serve the data folder."""
        self.store.mkdir(parents=True, exist_ok=True)
        where = ["--data", str(self.store), "--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "epochwatch_server.cli", "serve", *where]

    def serve(self, timeout: float = 90) -> float:
        """Start the server, unless `open` has done so already: one data folder has one server."""
        if self.proc is not None and self.proc.poll() is None:
            return 0.0
        return float(super().serve(timeout))

    def chart_fetch(self, run: str, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for the points of a chart, thinned as for the page."""
        asked = [("metric", metric) for metric in metrics] + [("buckets", BUCKETS)]
        return self._get(f"/api/runs/{run_id(run)}/points?{urlencode(asked)}")

    def chart_parse(self, reply: Any) -> dict[str, dict[int, float]]:
        """Read steps and values; non-finite values come as words that `float` understands."""
        return {
            metric: {step: float(value) for step, value in zip(series["steps"], series["values"], strict=True)}
            for metric, series in json.loads(reply).get("series", {}).items()
        }

    def runs_fetch(self, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for the table of runs with the last value of each metric."""
        return self._get("/api/runs?" + urlencode([("metric", metric) for metric in metrics]))

    def runs_parse(self, reply: Any) -> tuple[int, int]:
        """Count runs and last values."""
        answer = json.loads(reply)
        return len(answer["runs"]), sum(map(len, answer["last"].values()))

    def _get(self, path: str) -> tuple[int, bytes]:
        if not getattr(self, "token", None):
            self.token = (self.store / "token").read_text().strip()
        _, count, body = self.http("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        return count, body


def run_id(run: str) -> str:
    """Make the run's id from its name, so that a reader in another process knows it too."""
    return f"{run:0>12}"
