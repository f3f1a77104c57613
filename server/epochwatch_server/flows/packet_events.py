"""The events of a packet, each by its own model; a wrong field is left out and named, the rest of the event counts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from epochwatch_server.domain.packet import HookEvent, SampleRecord
from epochwatch_server.domain.series import EpochPoint
from epochwatch_server.flows.event_models import EPOCH_ROW, MODELS, EpochEvent, Said, SamplesEvent
from epochwatch_server.flows.packet_header import Refusals, name_problem
from epochwatch_server.flows.packet_samples import read_samples


@dataclass(slots=True)
class Told:
    """What the events of one packet say, sorted by what becomes of it."""

    events: list[HookEvent] = field(default_factory=list)
    epoch_points: dict[str, list[EpochPoint]] = field(default_factory=dict)
    samples: list[SampleRecord] = field(default_factory=list)
    newest_ms: int | None = None


def read_events(raw: list[dict[str, Any]], first: int, count: int, refusals: Refusals) -> Told:
    """Read the events in the order of their record numbers.

    Epoch events stay in `events` without their metrics, which become epoch points; samples become records.
    """
    told = Told()
    read = (_read_event(index, item, refusals) for index, item in enumerate(raw))
    for index, event in sorted(((i, e) for i, e in enumerate(read) if e is not None), key=lambda pair: pair[1].number):
        if not first <= event.number < first + count:
            refusals.add(f"events[{index}].number", event.number, f"{first} to {first + count - 1}")
            continue
        told.newest_ms = max(told.newest_ms or 0, event.time_ms)
        if isinstance(event, SamplesEvent):
            told.samples += read_samples(index, event, refusals)
            continue
        if isinstance(event, EpochEvent):
            _read_epoch(index, event, told.epoch_points, refusals)
            _read_weights(index, event, told.epoch_points, refusals)
        told.events.append(_hook_event(event))
    return told


def _read_event(index: int, raw: Mapping[str, Any], refusals: Refusals) -> Said | None:
    kind = raw.get("type")
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        refusals.add(f"events[{index}].type", kind, "one of " + ", ".join(MODELS))
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        wrong = _name_wrong_fields(index, error, refusals)
    try:
        return model.model_validate({name: value for name, value in raw.items() if name not in wrong})
    except ValidationError:
        refusals.add(f"events[{index}]", kind, "an event with its number, type and time")
        return None


def _name_wrong_fields(index: int, error: ValidationError, refusals: Refusals) -> set[str]:
    wrong: set[str] = set()
    for problem in error.errors(include_url=False, include_context=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if name not in wrong:
            refusals.add(f"events[{index}].{name[:40]}", problem["input"], problem["msg"][:200])
        wrong.add(name)
    return wrong


def _hook_event(event: Said) -> HookEvent:
    data = event.model_dump(exclude={"number", "type", "time", "epoch", "step", "metrics"})
    return HookEvent(event.type, event.number, event.epoch, event.step, event.time_ms, data)


def _read_epoch(index: int, event: EpochEvent, into: dict[str, list[EpochPoint]], refusals: Refusals) -> None:
    for name, row in event.metrics.items():
        problem = name_problem(name)
        if problem is not None:
            refusals.add(f"events[{index}].metrics", name, problem)
            continue
        try:
            n, mean, std, low, high, nonfinite = EPOCH_ROW.validate_python(row)
        except ValidationError:
            refusals.add(f"events[{index}].metrics.{name}", row, "[n, mean, std, min, max, nonfinite]")
            continue
        into.setdefault(name, []).append(
            EpochPoint(
                epoch=event.epoch,
                value=mean,
                n=n,
                std=_or_nan(std),
                min=_or_nan(low),
                max=_or_nan(high),
                nonfinite=nonfinite,
                step=event.step or 0,
                time_ms=event.time_ms,
            )
        )


def _read_weights(index: int, event: EpochEvent, into: dict[str, list[EpochPoint]], refusals: Refusals) -> None:
    """A curriculum's weights are drawn like any other series, and weigh the shares of the loss at their epoch."""
    for component, value in (event.weights or {}).items():
        name = f"weight/{component}"
        problem = name_problem(name)
        if problem is not None:
            refusals.add(f"events[{index}].weights", component, problem)
            continue
        n = int(math.isfinite(value))
        point = EpochPoint(event.epoch, value, n, 0.0, value, value, 1 - n, event.step or 0, event.time_ms)
        into.setdefault(name, []).append(point)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
