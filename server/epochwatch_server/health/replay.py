"""Run the engine over a recording as if it were live: record by record, never with data from later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from epochwatch_server.health.engine import Engine, HealthState
from epochwatch_server.health.history import History, RunEnding, RunFacts
from epochwatch_server.health.lifecycle import Transition
from epochwatch_server.health.moment import Moment


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that arrived. kind: step, epoch, clock or end; place: the step or the epoch number."""

    kind: str
    time: float
    place: int = 0
    epoch: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    ending: RunEnding | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A run as recorded, in the order of arrival, whatever file it came from. lost: what of it could not be read."""

    name: str
    facts: RunFacts
    records: tuple[Record, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A transition, with the number of epoch records that the engine had seen: an index that counts from 0."""

    transition: Transition
    epochs_seen: int
    at_epoch_record: bool

    @property
    def index(self) -> int:
        """The index of the epoch record at which it happened; of the one to come, between two."""
        return self.epochs_seen - 1 if self.at_epoch_record else self.epochs_seen


@dataclass(frozen=True, slots=True)
class Replay:
    """What the engine said over a whole recording."""

    recording: Recording
    history: History
    state: HealthState
    heard: tuple[Heard, ...]


def replay(recording: Recording, engine: Engine) -> Replay:
    """Feed a recording to the engine, record by record."""
    started = recording.records[0].time if recording.records else 0.0
    history = History(recording.facts, started=min(started, 0.0) if started < 1e6 else started)
    state, heard = HealthState(), []
    for record, moment in _moments(recording, history):
        state, transitions = engine.evaluate(history, moment, state)
        heard += [Heard(change, len(history.epochs), moment is Moment.EPOCH) for change in transitions]
        del record
    return Replay(recording, history, state, tuple(heard))


def alerts_of(replayed: Replay) -> list[dict[str, str | int]]:
    """Return what fired, and each rise in severity: rule, epoch index, severity."""
    return [
        {
            "rule": heard.transition.alert.rule,
            "epoch": max(heard.index, 0),
            "severity": heard.transition.alert.severity.value,
        }
        for heard in replayed.heard
        if heard.transition.kind in ("firing", "raised")
    ]


def _moments(recording: Recording, history: History) -> Iterator[tuple[Record | None, Moment]]:
    yield None, Moment.START
    for record in recording.records:
        if record.kind == "step":
            history.add_step(record.place, record.epoch, record.metrics, record.time)
            yield record, Moment.STEP
        elif record.kind == "epoch":
            history.add_epoch(record.place, record.metrics, record.time)
            yield record, Moment.EPOCH
        elif record.kind == "clock":
            history.add_silence(record.time)
            yield record, Moment.CLOCK
        elif record.ending is not None:
            history.add_end(record.ending)
            yield record, Moment.END
