"""A run as another program kept it: what every importer gives, in the order in which it happened."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Spread = tuple[int, float, float, float, float, int]  # n, mean, std, min, max, non-finite


@dataclass(frozen=True, slots=True)
class Row:
    """Points of one step. epoch: None outside any; time: unix seconds."""

    step: int
    epoch: int | None
    time: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EpochRow:
    """An epoch that is over; a metric with a single value has no spread."""

    epoch: int
    step: int
    time: float
    metrics: Mapping[str, float | Spread]


@dataclass(frozen=True, slots=True)
class Happening:
    """Anything that is no number, as the hook's own event of that `type` would say it."""

    type: str
    time: float
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A ready image file (PNG, JPEG, WebP or GIF) under the 16 bytes that samples name it by."""

    key: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Closing:
    """What only the end of the log tells, such as its last epoch; the last item of all, kept apart.

    A log that grows later begins its further items where this stood.
    """

    items: tuple["Row | EpochRow | Happening", ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """There is nothing more for now: only a log that is followed says so; asked again, it goes on from here."""


PAUSE = Pause()
Told = Row | EpochRow | Happening | Picture | Closing
Item = Told | Pause


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """One run of a log.

    key: what tells it apart within its format for ever, so that a second import finds what the first one made.
    items: in an order that stays the same when the log grows: what is new comes last. Read once.
    end: how it ended, a reason as the hook tells it; None when the log does not say.
    end_fields: what else its end tells, filled while `items` is read; a `reason` in it counts instead of `end`.
    is_over: whether the log itself says that nothing more will come; None when only its age tells.
    losses: filled while `items` is read: one sentence for each thing that could not be had.
    remarks: filled so too: what was understood, and how much was not looked for.
    """

    key: str
    name: str
    project: str
    created: float
    items: Iterable[Item]
    config: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str = ""
    planned_epochs: int | None = None
    tracked: tuple[str, str] | None = None  # metric, "min" or "max"
    declared: Mapping[str, Any] = field(default_factory=dict)  # composite, targets, bands, components, weights
    end: str | None = None
    end_fields: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool | None = None
    losses: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def spread_of(values: Iterable[float]) -> Spread:
    """Sum up the step values of one epoch: population std; non-finite ones are counted apart."""
    known = list(values)
    finite = [value for value in known if math.isfinite(value)]
    if not finite:
        return 0, known[-1] if known else math.nan, math.nan, math.nan, math.nan, len(known)
    mean = math.fsum(finite) / len(finite)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in finite) / len(finite))
    return len(finite), mean, std, min(finite), max(finite), len(known) - len(finite)
