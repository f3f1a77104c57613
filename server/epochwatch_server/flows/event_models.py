"""One model for each type of event that a hook sends, as the packet's version 1 defines them."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, TypeAdapter

from epochwatch_server.flows.free_values import tame
from epochwatch_server.flows.packet_header import MAX_NUMBER, MAX_STEP, MAX_TIME, MIN_TIME, Strict, without_controls

MAX_EPOCH = 2**31 - 1
MAX_TITLE_CHARS = 256
MAX_TEXT_CHARS = 64 * 1024
_NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _number(given: Any) -> Any:
    """JSON has no NaN: a hook spells it."""
    return _NONFINITE.get(given, given) if isinstance(given, str) else given


def _flag(given: Any) -> Any:
    return float(given) if isinstance(given, bool) else given


def _title(given: Any) -> Any:
    return without_controls(given[:MAX_TITLE_CHARS]) if isinstance(given, str) else given


def _text(given: Any) -> Any:
    return given[:MAX_TEXT_CHARS] if isinstance(given, str) else given


def _tail(given: Any) -> Any:
    """Of a traceback the end says most."""
    return given[-MAX_TEXT_CHARS:] if isinstance(given, str) else given


def _free(given: Any) -> Any:
    return tame(given) if isinstance(given, dict) else given


Number = Annotated[float, BeforeValidator(_number)]
Done = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_flag)]
Title = Annotated[str, BeforeValidator(_title)]
Text = Annotated[str, BeforeValidator(_text)]
Tail = Annotated[str, BeforeValidator(_tail)]
Free = Annotated[dict[str, Any], BeforeValidator(_free)]
Epoch = Annotated[int, Field(ge=0, le=MAX_EPOCH)]
Step = Annotated[int, Field(ge=-MAX_STEP, le=MAX_STEP)]
Count = Annotated[int, Field(ge=0, le=MAX_STEP)]
FreeList = Annotated[list[Any], BeforeValidator(lambda given: tame(given) if isinstance(given, list) else given)]

# n, mean, std, min, max, nonfinite
_Cell = Annotated[StrictInt, Field(ge=0, le=MAX_STEP)]
_Spread = Annotated[float | None, Field(strict=True), BeforeValidator(_number)]
_Mean = Annotated[float, Field(strict=True), BeforeValidator(_number)]
EPOCH_ROW: TypeAdapter[tuple[int, float, float | None, float | None, float | None, int]] = TypeAdapter(
    tuple[_Cell, _Mean, _Spread, _Spread, _Spread, _Cell]
)


class Said(Strict):
    """What every event says: which record it was, what kind, and when by the trainer's clock."""

    number: Annotated[int, Field(ge=0, le=MAX_NUMBER)]
    type: str
    time: Annotated[float, Field(ge=MIN_TIME, lt=MAX_TIME)]
    epoch: Epoch | None = None
    step: Step | None = None

    @property
    def time_ms(self) -> int:
        """The trainer's clock in milliseconds."""
        return round(self.time * 1000)


class TrackedField(Strict):
    """What early stopping follows."""

    metric: Title
    mode: Literal["min", "max"]
    patience: Count | None = None
    min_delta: Number = 0.0
    value: Number | None = None
    best: Number | None = None
    best_epoch: Epoch | None = None
    waited: Count = 0


class OriginField(Strict):
    """Where an imported run came from."""

    format: Title
    source: Title = ""


class StartEvent(Said):
    """The hook's first words."""

    project: Title = "unknown"
    name: Title = ""
    config: Free = Field(default_factory=dict)
    planned_epochs: Epoch | None = None
    tracked: TrackedField | None = None
    composite: dict[str, list[str]] = Field(default_factory=dict)
    targets: dict[str, dict[str, Number]] = Field(default_factory=dict)
    bands: dict[str, dict[str, Number]] = Field(default_factory=dict)
    components: list[str] | None = None
    weights: dict[str, Number] = Field(default_factory=dict)
    environment: Free = Field(default_factory=dict)
    heartbeat_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    stop_on_critical: bool = False  # hooks before 0.2 do not say
    resumed: bool = False
    tags: list[Title] = Field(default_factory=list)
    note: Text = ""
    verdict: Text = ""  # by hand, of a run that is imported
    rank: Count = 0
    world_size: Count = 1
    origin: OriginField | None = None  # of an import


class ConfigEvent(Said):
    """The whole config, in place of the one before."""

    config: Free


class WatchEvent(Said):
    """What the model is made of."""

    parameters: Count
    trainable: Count | None = None
    modules: FreeList = Field(default_factory=list)


class SummaryEvent(Said):
    """Values that say how the run went."""

    values: Free


class TagsEvent(Said):
    """The whole set of tags."""

    tags: list[Title]


class EpochStartEvent(Said):
    """An epoch begins."""

    epoch: Epoch


class EpochEvent(Said):
    """An epoch is over: each metric's spread over its steps, and what early stopping made of it."""

    epoch: Epoch
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    metrics: dict[str, Any] = Field(default_factory=dict)
    tracked: TrackedField | None = None
    lr: Number | None = None
    weights: dict[str, Number] | None = None


class BestEvent(Said):
    """The tracked metric has a new best."""

    metric: Title
    value: Number
    previous: Number | None = None


class LrEvent(Said):
    """The learning rate changed."""

    value: Number
    previous: Number | None = None
    group: Title | int | None = None


class ResumeEvent(Said):
    """The run goes on where an earlier process left it."""


class NoteEvent(Said):
    """Something the user wants to remember."""

    text: Text


class AlertEvent(Said):
    """Something the user's own code found."""

    title: Title
    text: Text = ""
    level: Literal["info", "warning", "critical"] = "warning"


class GradientsEvent(Said):
    """The gradient check of the first epoch."""

    modules: dict[str, Number] = Field(default_factory=dict)
    verdicts: dict[str, Literal["good", "large", "small"]] = Field(default_factory=dict)


class ClassesEvent(Said):
    """How often each class is true and predicted."""

    split: Title
    epoch: Epoch
    labels: list[Title] | None = None
    truth: list[Count] = Field(default_factory=list)
    predicted: list[Count] = Field(default_factory=list)
    confusion: list[list[Count]] | None = None
    f1: list[Number | None] | None = None


class ScatterEvent(Said):
    """Some pairs of target and prediction of an epoch, evenly taken of `n`."""

    split: Title
    epoch: Epoch
    target: Annotated[list[Number], Field(max_length=4096)]
    prediction: Annotated[list[Number], Field(max_length=4096)]
    n: Count = 0


class SamplesEvent(Said):
    """Examples of one split at one epoch; each is read for itself."""

    split: Title
    epoch: Epoch
    samples: list[Any]


class DroppedEvent(Said):
    """What the hook could not keep."""

    n: Count
    reason: Text = ""


class CommandEvent(Said):
    """What became of a command."""

    id: Annotated[int, Field(ge=0, le=MAX_NUMBER)]
    stage: Literal["seen", "done"]


class EndEvent(Said):
    """The run's last words."""

    reason: Literal["finished", "early_stopped", "stopped", "crashed", "interrupted"]
    actor: Title | None = None
    traceback: Tail | None = None
    summary: Free = Field(default_factory=dict)
    verdict: Text = ""


MODELS: Mapping[str, type[Said]] = {
    "start": StartEvent,
    "config": ConfigEvent,
    "watch": WatchEvent,
    "summary": SummaryEvent,
    "tags": TagsEvent,
    "epoch_start": EpochStartEvent,
    "epoch": EpochEvent,
    "best": BestEvent,
    "lr": LrEvent,
    "resume": ResumeEvent,
    "note": NoteEvent,
    "alert": AlertEvent,
    "gradients": GradientsEvent,
    "classes": ClassesEvent,
    "scatter": ScatterEvent,
    "samples": SamplesEvent,
    "dropped": DroppedEvent,
    "command": CommandEvent,
    "end": EndEvent,
}
