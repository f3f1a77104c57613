"""The bare minimum: one JSON line a call, flushed to the operating system."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from .base import Base, Chart  # noqa: TID252 - as in its sibling that also runs elsewhere


class Contender(Base):
    """Appends to a file of lines; a chart reads all of it."""

    has_ui = False
    direct = True

    def open(self, run: str = "r0") -> None:
        """Open the file."""
        self.store.mkdir(parents=True, exist_ok=True)
        self.file = (self.store / f"{run}.jsonl").open("a", encoding="utf-8")

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Append a line."""
        self.file.write(json.dumps({"step": step, **values}) + "\n")
        self.file.flush()

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Write PNG files."""
        image = import_module("PIL.Image")
        for number, array in enumerate(arrays):
            image.fromarray(array).save(self.store / f"{key}-{step}-{number}.png")

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def chart_fetch(self, run: str, metrics: Sequence[str]) -> tuple[int, Any]:
        """Read the whole file."""
        text = (self.store / f"{run}.jsonl").read_bytes()
        return len(text), (list(metrics), [json.loads(line) for line in text.splitlines()])

    def chart_parse(self, reply: Any) -> Chart:
        """Turn rows into columns."""
        metrics, rows = reply
        return {metric: {row["step"]: row[metric] for row in rows} for metric in metrics}
