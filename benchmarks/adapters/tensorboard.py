"""TensorBoard: torch's SummaryWriter, and the requests of its time-series page."""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from .base import Base, Chart  # noqa: TID252 - as in its sibling that also runs elsewhere


class Contender(Base):
    """One event file a run; the server reads them again every five seconds."""

    ready_path = "/data/environment"

    def open(self, run: str = "r0") -> None:
        """Open the writer with its defaults."""
        self.writer = import_module("torch.utils.tensorboard").SummaryWriter(str(self.store / run))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Add one scalar a metric."""
        add = self.writer.add_scalar
        for name, value in values.items():
            add(name, value, step)

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Add the images."""
        for number, array in enumerate(arrays):
            self.writer.add_image(f"{key}/{number}", array, step, dataformats="HWC")

    def close(self) -> None:
        """Close the writer."""
        self.writer.close()

    def versions(self) -> dict[str, str]:
        """Name TensorBoard and torch."""
        return {name: import_module(name).__version__ for name in ("tensorboard", "torch")}

    def server_command(self) -> list[str]:
        """Serve the folder."""
        self.store.mkdir(parents=True, exist_ok=True)
        where = ["--logdir", str(self.store), "--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "tensorboard.main", *where]

    def chart_fetch(self, run: str, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for all series in one request, as the page does."""
        asked = json.dumps([{"plugin": "scalars", "tag": metric} for metric in metrics])
        _, count, body = self.http(
            "POST",
            "/data/plugin/timeseries/timeSeries",
            urlencode({"requests": asked}),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        return count, (run, body)

    def chart_parse(self, reply: Any) -> Chart:
        """Take the run's series out of the reply."""
        run, body = reply
        chart: Chart = {}
        for series in json.loads(body):
            points = series.get("runToSeries", {}).get(run, [])
            chart[series["tag"]] = {point["step"]: point["value"] for point in points}
        return chart

    def runs_fetch(self, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for the runs and then for all their series: there is no request for last values."""
        _, count, runs = self.http("GET", "/data/runs")
        more, (_, series) = self.chart_fetch("", metrics)
        return count + more, (runs, series)

    def runs_parse(self, reply: Any) -> tuple[int, int]:
        """Count runs and series."""
        runs, series = reply
        return len(json.loads(runs)), sum(len(each.get("runToSeries", {})) for each in json.loads(series))
