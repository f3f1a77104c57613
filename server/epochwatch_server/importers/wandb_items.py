"""What the records of a W&B run file tell, one after the other: history, system statistics, alerts and the end."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from epochwatch_server.importers.imported import Happening, Row, Told
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.wandb_media import MediaReader

OWN = ("_step", "_runtime", "_timestamp", "_wandb")
_MAX_STEP = 2**53
_SUMMARY_KEYS = 500
_CRASHED, _INTERRUPTED = "crashed", (130, 143, 255)  # exit codes of Ctrl-C, of an end that was asked for, of W&B's own
_LEVELS = {"WARN": "warning", "WARNING": "warning", "ERROR": "critical"}
_SYSTEM = "system/"  # of its own kind: no metric of the training


@dataclass(slots=True)
class ItemReader:
    """Reads the records of one run in their order. begun: unix seconds.

    ending: what the run's end tells, filled as it is read. at: when the newest of its history was logged.
    """

    files: Path
    begun: float
    losses: LossList
    ending: dict[str, Any]
    remarks: list[str]
    step: int = 0
    at: float = 0.0
    summary: dict[str, Any] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    media: MediaReader = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.begun
        self.media = MediaReader(self.files, self.losses, self.left_out)

    def read(self, record: Any) -> Iterator[Told]:
        """Yield what a record tells."""
        kind = record.WhichOneof("record_type")
        if kind == "history":
            values: dict[str, Any] = {}
            update(values, record.history.item)
            yield from self._history(values, record.history.step.num)
        elif kind == "stats":
            yield from self._statistics(record.stats)
        elif kind == "alert":
            said = {"title": record.alert.title[:200] or "alert", "text": record.alert.text, "step": self.step}
            yield Happening("alert", self.at, said | {"level": _LEVELS.get(record.alert.level, "info")})
        elif kind == "summary":
            update(self.summary, record.summary.update)
        elif kind == "output_raw":
            self.left_out["console line"] += "\n" in record.output_raw.line
        elif kind == "exit":
            self.ending["reason"] = reason_of(record.exit.exit_code)

    def conclude(self) -> None:
        """Say what was told last, and what was left out."""
        kept = {name: value for name, value in self.summary.items() if name not in OWN}
        plain = [(name, value) for name, value in kept.items() if not isinstance(value, dict | list)]
        self.ending["summary"] = dict(plain[:_SUMMARY_KEYS])
        told = [f"{count:,} {name}{'s' if count > 1 else ''}" for name, count in self.left_out.items() if count]
        self.remarks[:] = [f"not kept: {', '.join(told)}"] if told else []

    def _history(self, values: dict[str, Any], step: int) -> Iterator[Told]:
        told, seconds = values.get("_step"), values.get("_timestamp")
        self.step = int(told) if isinstance(told, int | float) and abs(told) <= _MAX_STEP else step
        runtime = values.get("_runtime")
        since = float(runtime) if isinstance(runtime, int | float) else 0.0
        self.at = float(seconds) if isinstance(seconds, int | float) else self.begun + since
        numbers = dict(_numbers({name: value for name, value in values.items() if name not in OWN}, ""))
        if numbers:
            yield Row(self.step, None, self.at, numbers)
        for name, value in values.items():
            if isinstance(value, dict):
                yield from self.media.read(name, value, self.step, self.at)

    def _statistics(self, said: Any) -> Iterator[Row]:
        """Give what W&B measured of the machine to the step before it."""
        values: dict[str, Any] = {}
        update(values, said.item)
        numbers = dict(_numbers(values, _SYSTEM))
        if numbers:
            yield Row(self.step, None, said.timestamp.seconds + said.timestamp.nanos / 1e9, numbers)


def reason_of(exit_code: int) -> str:
    """Name how a run ended."""
    if exit_code == 0:
        return "finished"
    return "interrupted" if exit_code in _INTERRUPTED else _CRASHED


def update(into: dict[str, Any], items: Iterable[Any]) -> None:
    """Apply W&B's items: a name, or the way to a nested one, with a value in its JSON, which spells NaN bare."""
    for item in items:
        way = list(getattr(item, "nested_key", ())) or [item.key]
        try:
            value = json.loads(item.value_json)
        except (ValueError, RecursionError):
            continue
        target = into
        for name in way[:-1]:
            inner = target.get(name)
            if not isinstance(inner, dict):
                inner = target[name] = {}
            target = inner
        target[way[-1]] = value


def _numbers(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", _float(value)
        elif isinstance(value, dict) and "_type" not in value:
            yield from _numbers(value, f"{prefix}{name}.")


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
