"""Trackio with its defaults, local; the requests are those of its metrics page."""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from .base import Base, Chart  # noqa: TID252 - as in its sibling that also runs elsewhere

PROJECT = "bench"
RUNS_A_REQUEST = 64


class Contender(Base):
    """A thread sends to SQLite every half second; the page polls."""

    ready_path = "/version"

    def env(self) -> dict[str, str]:
        """Keep it local and quiet."""
        return {"TRACKIO_DIR": str(self.store), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

    def open(self, run: str = "r0") -> None:
        """Begin a run."""
        self.store.mkdir(parents=True, exist_ok=True)
        self.library = import_module("trackio")
        self.library.init(project=PROJECT, name=run, embed=False)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log a step."""
        self.library.log(dict(values), step=step)

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Log the images."""
        images = {f"{key}{number}": self.library.Image(array) for number, array in enumerate(arrays)}
        self.library.log(images, step=step)

    def close(self) -> None:
        """Finish the run."""
        self.library.finish()

    def versions(self) -> dict[str, str]:
        """Name Trackio."""
        return {"trackio": import_module("trackio").__version__}

    def server_command(self) -> list[str]:
        """Serve the project."""
        self.store.mkdir(parents=True, exist_ok=True)
        where = f"host='127.0.0.1', server_port={self.port}"
        code = f"import trackio; trackio.show({PROJECT!r}, open_browser=False, block_thread=True, {where})"
        return [sys.executable, "-c", code]

    def chart_fetch(self, run: str, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for the run's rows: it gives all metrics or none."""
        count, rows = self._call("get_logs_batch", runs=[{"run": run}], scalar_only=True)
        return count, (list(metrics), rows)

    def chart_parse(self, reply: Any) -> Chart:
        """Turn rows into columns."""
        metrics, answer = reply
        rows = answer[0]["logs"] if answer else []
        return {metric: {row["step"]: row[metric] for row in rows if metric in row} for metric in metrics}

    def runs_fetch(self, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for the runs, then for their rows in batches."""
        count, runs = self._call("get_runs_for_project")
        wanted = [{"run": run["name"], "run_id": run["id"]} for run in runs]
        parts = []
        for start in range(0, len(wanted), RUNS_A_REQUEST):
            more, part = self._call("get_logs_batch", runs=wanted[start : start + RUNS_A_REQUEST], scalar_only=True)
            count += more
            parts += part
        return count, (len(wanted), parts)

    def runs_parse(self, reply: Any) -> tuple[int, int]:
        """Count runs and the values of their last rows, less step and time."""
        runs, parts = reply
        return runs, sum(len(part["logs"][-1]) - 2 for part in parts if part["logs"])

    def _call(self, function: str, **arguments: Any) -> tuple[int, Any]:
        body = json.dumps({"project": PROJECT, **arguments})
        _, count, reply = self.http("POST", f"/api/{function}", body, {"Content-Type": "application/json"})
        answer = json.loads(reply)
        return count, answer["data"] if isinstance(answer, dict) and "data" in answer else answer
