"""What is known of a run so far, in the order in which it arrived: the one thing that a window looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from epochwatch_server.health.intent import planned_epochs
from epochwatch_server.health.signals import Signal, declare, read_signal
from epochwatch_server.health.stretches import Stretch

MAX_STEP_POINTS = 4_000  # per metric; beyond it every second one is let go, the first hundred are kept


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the run said about itself before it began.

    milestones: (metric, epoch, at least or at most, by the metric's direction). bands: metric -> {minimum, good,
    excellent}. failed_starts: errors of earlier attempts of the same experiment that never reached an epoch.
    stops_itself: whatever logs the run also ends it when its patience is used up.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    planned_epochs: int | None = None
    tracked_metric: str | None = None
    mode: str | None = None
    patience: int | None = None
    components: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    milestones: tuple[tuple[str, int, float], ...] = ()
    bands: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    failed_starts: tuple[str, ...] = ()
    stops_itself: bool = False


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How the run ended.

    status: finished, early_stopped, stopped (somebody asked for it here), cut_off (told to stop by something else),
        interrupted (at its terminal), killed or crashed.
    metrics: what it measured at the end.
    """

    status: str
    error: str | None
    time: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Column:
    """One metric's values. places: epoch numbers, or for step points (step, epoch) pairs in two lists."""

    signal: Signal
    places: list[int] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def append(self, place: int, epoch: int, value: float) -> None:
        """Add a value; a place that was there before is replaced: the last word wins."""
        if self.places and self.places[-1] == place:
            self.epochs[-1], self.values[-1] = epoch, value
            return
        self.places.append(place)
        self.epochs.append(epoch)
        self.values.append(value)


class History:
    """Grows as the run does; owned by whoever feeds the engine, one thread at a time.

    Times are seconds on one clock, rising. Epoch numbers are the run's own.
    """

    def __init__(self, facts: RunFacts, *, started: float = 0.0) -> None:
        self.facts = facts if facts.planned_epochs else replace(facts, planned_epochs=planned_epochs(facts.config))
        self.started = started
        self.now = started
        self.epochs: list[int] = []
        self.epoch_times: list[float] = []
        self.epoch_columns: dict[str, Column] = {}
        self.step_columns: dict[str, Column] = {}
        self.record_times: list[float] = []
        self.steps_seen = 0
        self.current_epoch: int | None = None
        self.ending: RunEnding | None = None
        self.counts_steps = False  # the epochs are stretches of steps, numbered by the step that closed them
        self._stretch = Stretch()
        self._declared = self.facts

    def add_step(self, step: int, epoch: int | None, metrics: Mapping[str, float], time: float) -> None:
        """Take one step's points."""
        place = epoch if epoch is not None else (self.epochs[-1] + 1 if self.epochs else 0)
        self.current_epoch = place
        for metric, value in metrics.items():
            column = self._column(self.step_columns, metric)
            column.append(step, place, value)
            if len(column.places) > MAX_STEP_POINTS:
                _thin(column)
        self.steps_seen += 1
        self._arrived(time)
        if epoch is None and (self.counts_steps or not self.epochs):
            self._stretch_on(step, metrics, time)

    def add_epoch(self, epoch: int, metrics: Mapping[str, float], time: float) -> None:
        """Take one complete epoch; an epoch that was there before is replaced."""
        if self.counts_steps:
            self._forget_stretches()
        if not self.epochs or self.epochs[-1] != epoch:
            self.epochs.append(epoch)
            self.epoch_times.append(time)
        for metric, value in metrics.items():
            self._column(self.epoch_columns, metric).append(epoch, epoch, value)
        self.current_epoch = epoch
        self._arrived(time)

    def add_silence(self, time: float) -> None:
        """Let time pass: nothing arrived."""
        self.now = max(self.now, time)

    def add_end(self, ending: RunEnding) -> None:
        """Take the end of the run."""
        self.ending = ending
        self.now = max(self.now, ending.time)

    def _stretch_on(self, step: int, metrics: Mapping[str, float], time: float) -> None:
        closed = self._stretch.add(metrics, self.steps_seen, is_planned=self._declared.planned_epochs is not None)
        if closed is None:
            return
        if not self.counts_steps:
            self.counts_steps = True
            self.facts = replace(self.facts, planned_epochs=None, milestones=())  # both are counted in epochs
        if not self.epochs or self.epochs[-1] != step:
            self.epochs.append(step)
            self.epoch_times.append(time)
        for metric, value in closed.items():
            self._column(self.epoch_columns, metric).append(step, step, value)

    def _forget_stretches(self) -> None:
        """An epoch arrives after all: it says more than the stretches did."""
        self.counts_steps, self.facts = False, self._declared
        self.epochs, self.epoch_times, self.epoch_columns = [], [], {}

    def _arrived(self, time: float) -> None:
        self.now = max(self.now, time)
        self.record_times.append(time)
        if len(self.record_times) > MAX_STEP_POINTS:
            del self.record_times[1:-1:2]

    def _column(self, columns: dict[str, Column], metric: str) -> Column:
        column = columns.get(metric)
        if column is None:
            column = columns[metric] = Column(declare(read_signal(metric), self.facts.roles))
        return column


def _thin(column: Column) -> None:
    for values in (column.places, column.epochs, column.values):
        del values[100:-2:2]
