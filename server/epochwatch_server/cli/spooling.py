"""Writes an imported run into the spool that its hook would have left, so that delivering it is what `sync` does."""

import hashlib
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from epochwatch.delivery import Delivery
from epochwatch.free_values import storable
from epochwatch.layouts import LayoutTable
from epochwatch.spool import NO_EPOCH, SpoolWriter, spool_path
from epochwatch.spool_reader import SpoolReader
from epochwatch.transport import Transport
from epochwatch.wire import FIRST_TIME, LAST_TIME
from epochwatch_server.cli.metric_names import MetricNames
from epochwatch_server.importers.imported import Closing, EpochRow, Happening, ImportedRun, Picture, Row, Spread, Told
from epochwatch_server.importers.losses import MAX_TOLD

# The ends of the names: the version changes when the same log would be read into other records, or another order.
DATA_WRITER = "r0-import2"
_END_WRITER = "r0-import2end-{records}"  # apart: a log that grew after its end was told still has its numbers in order
_LIMIT_BYTES = 1 << 40  # the disk is the limit: an import that drops points is none
_ID_CHARS = 12
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_HEARTBEAT_SECONDS = 10.0
_MAX_EPOCH, _MAX_STEP = 2**31 - 1, 2**53
_SHOWN_CHARS = 60
T = TypeVar("T", bound=Told)


def run_id_of(format_name: str, key: str) -> str:
    """Derive the run's id: the same log gives the same run wherever and whenever it is imported."""
    number = int.from_bytes(hashlib.sha256(f"{format_name}\0{key}".encode()).digest()[:9], "big")
    digits = ""
    while len(digits) < _ID_CHARS:
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits


class RunSpool:
    """The spool of one imported run. One thread. `write` until the log is read, then `close`."""

    def __init__(self, folder: Path, format_name: str, source: str, run: ImportedRun) -> None:
        """Raises OSError when the folder cannot be written."""
        self.run_id = run_id_of(format_name, run.key)
        self.records = 0
        self.remarks: list[str] = []  # what could not be kept as it was named
        self._run = run
        self._last_time = _time(run.created)
        self._epoch_began = self._last_time
        self._names = MetricNames()
        self._beyond = 0
        self._closing: tuple[Row | EpochRow | Happening, ...] = ()
        self._spool = SpoolWriter(folder, self.run_id, DATA_WRITER, _LIMIT_BYTES)
        self._spool.open()
        self._layouts = LayoutTable(self._spool)
        self._folder = folder
        self._spool.append_event(_start(run, format_name, source))

    @property
    def paths(self) -> tuple[Path, Path]:
        """Name the spool's files, in the order in which they are to be delivered; the second may not exist."""
        return self._spool.path, spool_path(self._folder, self.run_id, self._end_writer)

    @property
    def losses(self) -> list[str]:
        """Say what the server could not take."""
        return [f"what was logged at {self._beyond:,} steps beyond 2**53"] if self._beyond else []

    @property
    def last_time(self) -> float:
        """Say when the newest of what was written happened, in unix seconds."""
        return self._last_time

    @property
    def _end_writer(self) -> str:
        return _END_WRITER.format(records=self._spool.number)

    def write(self, item: Told) -> None:
        """Append one thing.

        Raises:
            OSError: The disk did not take it.
        """
        if isinstance(item, Closing):
            self._closing = item.items
            return
        if isinstance(item, Row | EpochRow) and abs(item.step) > _MAX_STEP:
            self._beyond += 1
            return
        _append(self._spool, self._layouts, self._named(item), self._epoch_began)
        self.records += 1
        self._epoch_began = _time(item.time) if isinstance(item, EpochRow) else self._epoch_began
        self._last_time = self._last_time if isinstance(item, Picture) else _time(item.time)
        if self._spool.dropped:
            raise OSError(f"the spool {self._spool.path} cannot be written: {self._spool.drop_reason}")

    def _named(self, item: T) -> T:
        """Bring the names of an item's metrics into the form that the server takes."""
        if not isinstance(item, Row | EpochRow):
            return item
        known = len(self._names.changed)
        metrics: dict[str, Any] = {self._names.take(name): value for name, value in item.metrics.items()}
        for name, taken in list(self._names.changed.items())[known:]:
            if len(self._names.changed) <= MAX_TOLD:
                self.remarks.append(f"the metric {name[:_SHOWN_CHARS]!r} is kept as {taken[:_SHOWN_CHARS]!r}")
        return replace(item, metrics=metrics) if known or self._names.changed else item

    def follow(self, transport: Transport) -> Delivery:
        """Open what was written for delivery while more is written; whoever asked closes its reader."""
        fd = os.open(self._spool.path, os.O_RDONLY | os.O_CLOEXEC)
        return Delivery(self.run_id, DATA_WRITER, self._spool.path, SpoolReader(fd, is_live=True), transport)

    def close(self, *, is_whole: bool) -> None:
        """Make what was written durable and let the spool go; of a whole log, also say how it ended."""
        end_writer = self._end_writer
        self._spool.sync()
        self._spool.close()
        if not is_whole:
            return
        end = SpoolWriter(self._folder, self.run_id, end_writer, _LIMIT_BYTES)
        end.open()
        layouts = LayoutTable(end)
        for item in self._closing:
            _append(end, layouts, self._named(item), self._epoch_began)
        reason = self._run.end_fields.get("reason", self._run.end)
        if reason is not None:
            said = {"type": "end", "time": self._last_time, "summary": {}, "verdict": ""}
            told = {**self._run.end_fields, "summary": storable(self._run.end_fields.get("summary") or {})}
            end.append_event(said | told | {"reason": reason})
        end.sync()
        end.close()


def _append(spool: SpoolWriter, layouts: LayoutTable, item: Told, epoch_began: float) -> None:
    if isinstance(item, Row):
        names = tuple(item.metrics)
        epoch = NO_EPOCH if item.epoch is None or not 0 <= item.epoch <= _MAX_EPOCH else item.epoch
        layout = layouts.find(names, {})
        values = tuple(item.metrics.values())
        spool.write(layout.fill(spool.number, item.step, epoch, _time(item.time), values), len(names))
    elif isinstance(item, EpochRow):
        spool.append_event(_epoch(item, epoch_began))
    elif isinstance(item, Happening):
        spool.append_event({"type": item.type, "time": _time(item.time), **item.fields})
    elif isinstance(item, Picture):
        spool.append_image(item.key, None, item.data)


def _start(run: ImportedRun, format_name: str, source: str) -> dict[str, object]:
    tracked = None if run.tracked is None else {"metric": run.tracked[0], "mode": run.tracked[1]}
    return {
        "type": "start",
        "time": _time(run.created),
        "project": run.project,
        "name": run.name,
        "config": storable(run.config),
        "environment": storable(run.environment),
        "planned_epochs": run.planned_epochs,
        "tracked": tracked,
        "tags": list(run.tags),
        "note": run.note,
        "heartbeat_seconds": _HEARTBEAT_SECONDS,
        "origin": {"format": format_name, "source": source},
        **run.declared,
    }


def _epoch(row: EpochRow, began: float) -> dict[str, object]:
    return {
        "type": "epoch",
        "time": _time(row.time),
        "seconds": _time(row.time) - began if _time(row.time) > began else None,
        "epoch": row.epoch,
        "step": row.step,
        "metrics": {metric: _cells(value) for metric, value in row.metrics.items()},
    }


def _cells(value: float | Spread) -> list[object]:
    if not isinstance(value, tuple):
        value = (1, value, 0.0, value, value, 0) if math.isfinite(value) else (0, value, math.nan, value, value, 1)
    n, mean, std, low, high, nonfinite = value
    has_spread = n > 0
    spread = [std, low, high] if has_spread else [None, None, None]
    return [n, _word(mean), *spread, nonfinite]


def _time(value: float) -> float:
    """Keep a time within the years that the server believes."""
    return min(max(value, FIRST_TIME), LAST_TIME) if math.isfinite(value) else FIRST_TIME


def _word(value: float) -> object:
    """JSON has no NaN: a hook spells it."""
    if math.isnan(value):
        return "nan"
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
