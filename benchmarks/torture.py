"""Epochwatch for fault-injection tools: `make(run)` for a stand-in trainer, `dump` for what the server has.

    python benchmarks/torture.py dump       every stored point as {"run", "metric", "step", "value"}, one a line

`make(run)` gives an object with `log(step, {name: value})` and `close()`. The run's id is made from its name, so that
a trainer that was killed goes on with the same run. Server and token are found as everywhere.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

import epochwatch
from epochwatch.discovery import Place

TIMEOUT_SECONDS = 120


class Trainer:
    """One run as such tools see it."""

    def __init__(self, run: str) -> None:
        name = hashlib.blake2s(run.encode()).hexdigest()[:12]
        self._run = epochwatch.init(project="torture", name=run, id=name, resume=True, console=False)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Log one step."""
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        """End the run."""
        self._run.finish()


def make(run: str) -> Trainer:
    """Begin or continue the run of this name."""
    return Trainer(run)


def stored_points() -> Iterator[dict[str, Any]]:
    """Read every point of every run back through the HTTP API."""
    for run in json.loads(b"".join(_lines("/api/runs")))["runs"]:
        rows = csv.DictReader(line.decode() for line in _lines(f"/api/runs/{run['id']}/export.csv"))
        for row in rows:
            value = float(row["value"])
            yield {"run": run["name"], "metric": row["metric"], "step": int(row["step"]), "value": value}


def _lines(path: str) -> Iterator[bytes]:
    place = Place()
    request = Request(place.server_url + path, headers={"Authorization": f"Bearer {place.token_for(place.server_url)}"})
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        yield from answer


if __name__ == "__main__":
    if sys.argv[1:] != ["dump"]:
        sys.exit(__doc__)
    for point in stored_points():
        print(json.dumps(point))
