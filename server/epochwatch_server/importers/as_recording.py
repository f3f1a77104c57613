"""An imported run as the rules replay it, so that `diagnose` reads every format."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.series import EpochPoint
from epochwatch_server.health.epoch_records import epoch_metrics
from epochwatch_server.health.history import RunEnding
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.importers.format import Format, Mood, PartlyUnreadable
from epochwatch_server.importers.imported import Closing, EpochRow, ImportedRun, Item, Row, Spread
from epochwatch_server.importers.recording import facts_from

_WITHOUT_END = frozenset({"tensorboard", "log", "csv", "trackio"})  # such a log stops, and that is all it says
_STATUS = {"stopped": "killed"}  # by nobody that is known: from outside


def recordings_of(chosen: Format, path: Path) -> list[Recording]:
    """Read every run of a log as a recording.

    Raises:
        InvalidInput: There is none.
    """
    found: dict[str, Recording] = {}
    with suppress(PartlyUnreadable):  # what others of its files gave is diagnosed
        for run in chosen.read(path, Mood.WHOLE):
            recording = recording_of(run, end_is_told=chosen.name not in _WITHOUT_END)
            name, number = recording.name, 1
            while name in found:
                number += 1
                name = f"{recording.name} ({number})"
            found[name] = replace(recording, name=name)
    if not found:
        raise InvalidInput(f"{path} holds no run of format {chosen.name}")
    return list(found.values())


def recording_of(run: ImportedRun, *, end_is_told: bool = True) -> Recording:
    """Read a run to its end; where nothing tells that it was done, it is said to have ended, not finished."""
    records = [record for item in run.items for record in _records(item)]
    told = run.end_fields.get("reason", run.end)
    reason = told if end_is_told or told != "finished" else "ended"
    if reason is not None:
        time = records[-1].time if records else run.created
        error = run.end_fields.get("traceback")
        ending = RunEnding(_STATUS.get(reason, reason), None if error is None else str(error), time)
        records.append(Record("end", time, ending=ending))
    tracked = run.tracked or (None, None)
    facts = facts_from(
        {
            "config": run.config,
            "planned_epochs": run.planned_epochs,
            "tracked_metric": tracked[0],
            "mode": tracked[1],
            "components": run.declared.get("components"),
            "weights": run.declared.get("weights"),
            "bands": run.declared.get("bands"),
        }
    )
    return Recording(run.name, facts, tuple(records), lost=tuple(run.losses))


def _records(item: Item) -> Iterator[Record]:
    if isinstance(item, Row):
        yield Record("step", item.time, item.step, item.epoch, item.metrics)
    elif isinstance(item, EpochRow):
        points = {name: _point(item, value) for name, value in item.metrics.items()}
        yield Record("epoch", item.time, item.epoch, item.epoch, epoch_metrics(points))
    elif isinstance(item, Closing):
        for inner in item.items:
            yield from _records(inner)


def _point(row: EpochRow, value: float | Spread) -> EpochPoint:
    if not isinstance(value, tuple):
        n = int(math.isfinite(value))
        value = (n, value, 0.0, value, value, 1 - n)
    n, mean, std, low, high, nonfinite = value
    return EpochPoint(row.epoch, mean, n, std, low, high, nonfinite, row.step, round(row.time * 1000))
