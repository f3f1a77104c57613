"""A packet as understood: one upload from a hook, checked and turned into domain objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.domain.sample import Image
from epochwatch_server.domain.series import EpochPoint, Points


@dataclass(frozen=True, slots=True)
class Rejection:
    """A part of a packet that was refused: where it stood, what was given, what was expected."""

    where: str
    given: str
    expected: str


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A sample as sent: its image is named by the hook's key of the pixels."""

    split: str
    id: str
    epoch: int
    step: int
    time_ms: int
    image_key: str | None
    gt: list[tuple[float, float]] | None
    pred: list[tuple[float, float]] | None
    error_px: float | None
    gt_done: float | None
    pred_done: float | None
    caption: str
    extra: Mapping[str, Any]
    error: float | None = None
    error_unit: str = ""
    layers: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class HookEvent:
    """Anything a hook says that is no number and no sample; `type` as in the packet's table of events."""

    type: str
    number: int
    epoch: int | None
    step: int | None
    time_ms: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Packet:
    """Records `first` .. `first + count - 1` of one writer of one run. `count` 0 is a heartbeat."""

    run_id: str
    writer: str
    first: int
    count: int
    points: Mapping[str, Points]
    epoch_points: Mapping[str, list[EpochPoint]]
    samples: list[SampleRecord]
    images: Mapping[str, Image]  # hook's key of the pixels -> image
    events: list[HookEvent]
    rejected: list[Rejection]
    sent_ms: int = 0  # the trainer's clock when it sent this
    newest_ms: int | None = None  # the trainer's clock at the newest record; None when no record tells
    missing_from: int | None = None  # the hook no longer has the records from here up to `first`
    was_refused: bool = False  # stands for records that the server could not read
