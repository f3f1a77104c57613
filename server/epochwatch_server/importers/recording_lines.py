"""Write a recording as the lines that `recording` reads: nothing that the rules see is lost on the way."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from epochwatch_server.domain.json_floats import spell_floats
from epochwatch_server.health.replay import Record, Recording


def recording_lines(recording: Recording) -> Iterator[bytes]:
    """Yield a recording as JSON, one object a line, the run's own words first."""
    yield _line(_header(recording))
    for record in recording.records:
        yield _line(_object(record))


def _header(recording: Recording) -> dict[str, Any]:
    facts = recording.facts
    return {
        "type": "run",
        "name": recording.name,
        "config": facts.config,
        "planned_epochs": facts.planned_epochs,
        "tracked_metric": facts.tracked_metric,
        "mode": facts.mode,
        "patience": facts.patience,
        "components": list(facts.components),
        "weights": dict(facts.weights),
        "milestones": [list(milestone) for milestone in facts.milestones],
        "bands": {metric: dict(band) for metric, band in facts.bands.items()},
        "roles": dict(facts.roles),
        "failed_starts": list(facts.failed_starts),
        "stops_itself": facts.stops_itself,
    }


def _object(record: Record) -> dict[str, Any]:
    if record.kind == "clock":
        return {"type": "clock", "time": record.time}
    if record.ending is not None:
        ending = record.ending
        words = {"type": "end", "status": ending.status, "error": ending.error, "time": ending.time}
        return words | {"metrics": dict(ending.metrics)}
    if record.kind == "epoch":
        return {"type": "epoch", "epoch": record.place, "metrics": dict(record.metrics), "time": record.time}
    step = {"type": "step", "step": record.place, "epoch": record.epoch}
    return step | {"metrics": dict(record.metrics), "time": record.time}


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(spell_floats(value), ensure_ascii=True, allow_nan=False, default=str).encode() + b"\n"
