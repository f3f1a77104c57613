"""A run: one execution of a training script, and the truth about the state it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """Where a run stands; every state but the last four may turn into another."""

    STARTING = "starting"  # the hook said hello, no epoch or point yet
    RUNNING = "running"  # heartbeats arrive and so do points
    STALLED = "stalled"  # heartbeats arrive, but the loop has been silent for far longer than it ever was
    LOST = "lost"  # no heartbeat for three beats; turns back when the hook is heard again
    CRASHED = "crashed"  # an exception ended it
    STOPPED = "stopped"  # somebody stopped or interrupted it
    EARLY_STOPPED = "early_stopped"  # its patience was used up
    FINISHED = "finished"  # it reached its end

    @property
    def is_over(self) -> bool:
        """Say whether the run has sent its end."""
        return self in (RunState.CRASHED, RunState.STOPPED, RunState.EARLY_STOPPED, RunState.FINISHED)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What early stopping follows: `waited` epochs since `best_epoch`; `patience` None means watch, never stop."""

    metric: str
    mode: str  # "min" or "max"
    patience: int | None = None
    min_delta: float = 0.0
    value: float | None = None
    best: float | None = None
    best_epoch: int | None = None
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Declared:
    """What the script said about its metrics, as given to `init`."""

    composite: Mapping[str, list[str]] = field(default_factory=dict)  # name -> factors
    targets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # metric -> {epoch: value}
    bands: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # metric -> {minimum, good, excellent}
    components: list[str] | None = None  # None: inferred from names `loss_*`
    weights: Mapping[str, float] = field(default_factory=dict)  # component -> weight in the total
    stop_on_critical: bool = False  # a critical alert may stop the run


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `reason`: finished, early_stopped, stopped, crashed or interrupted."""

    reason: str
    actor: str | None = None
    traceback: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the store knows it. All `*_ms` are UTC milliseconds since 1970; epochs count from 0."""

    id: str
    project: str
    name: str
    state: RunState
    hue: int  # 0..11: place in the palette; the run's own for ever
    created_ms: int
    last_seen_ms: int  # last packet or heartbeat
    last_point_ms: int | None  # last packet that carried points or epochs
    ended_ms: int | None
    heartbeat_seconds: float
    planned_epochs: int | None
    epoch: int | None  # the epoch in progress, or the last one
    epochs_done: int
    epoch_seconds: float | None  # usual duration of an epoch
    step: int | None
    learning_rate: float | None
    parameters: int | None  # trainable and frozen together
    dropped: int  # points the hook could not keep
    tracked: Tracked | None
    declared: Declared
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    end: RunEnd | None
    tags: tuple[str, ...] = ()
    note: str = ""
    verdict: str = ""  # what somebody concluded from it, by hand
    origin: Mapping[str, Any] | None = None  # of an imported run: {"format", "source", "imported_ms"}

    @property
    def eta_seconds(self) -> float | None:
        """Estimate the seconds left until the planned end; None when unknown or over."""
        if self.state.is_over or self.planned_epochs is None or self.epoch_seconds is None:
            return None
        return max(0, self.planned_epochs - self.epochs_done) * self.epoch_seconds
