"""One run as the rules follow it: what is known of it, how far they were asked, and what a packet adds to that."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from epochwatch_server.domain.packet import HookEvent, Packet
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.flows.epoch_means import EpochMeans
from epochwatch_server.flows.recordings import epoch_records
from epochwatch_server.flows.step_records import (
    FIRST_STEPS,
    has_nonfinite,
    is_followed,
    marks,
    rows_of,
    thin,
)
from epochwatch_server.flows.story import MAIN_RANK
from epochwatch_server.health.epoch_records import by_epoch
from epochwatch_server.health.history import History, RunEnding
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.replay import Record

MAX_EPOCHS = 3_000  # of a metric; beyond it every second one is let go between the first and the last
FIRST_EPOCHS, LAST_EPOCHS = 200, 1_000
STEP_SECONDS = 1.0  # of the run's own time between two looks at steps; what is no number is looked at always
_AFRESH = frozenset({"start", "config"})  # change what the run declares


@dataclass(slots=True)
class Position:
    """How far the rules were asked; stored with their state.

    epoch: the newest one judged. step: the newest one seen by then. end: which end they were asked about, "" for none.
    offset_ms: the trainer's clock less the server's.
    """

    is_started: bool = False
    epoch: int | None = None
    step: int | None = None
    end: str = ""
    offset_ms: int = 0

    def to_json(self) -> dict[str, Any]:
        """Turn it into plain JSON values."""
        return {name: getattr(self, name) for name in Position.__dataclass_fields__}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Position":
        """Turn what `to_json` made back."""
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})


@dataclass(slots=True)
class LiveRun:
    """Grows with the run. For the thread that evaluates. numbers: by writer, the next record that is not in it."""

    run: Run
    history: History
    position: Position
    numbers: dict[str, int] = field(default_factory=dict)
    tells_epochs: bool = False  # epochs end by an event; else by the first point of the next
    means: EpochMeans = field(default_factory=EpochMeans)
    _owners: dict[str, str] = field(default_factory=dict)  # metric -> rank whose steps count
    _looked_at: float | None = None  # the run's time at the last look at steps

    def replay(self, records: Iterable[Record]) -> Iterator[Moment]:
        """Take in what the store has, and stop at each moment that the rules were not asked about yet."""
        if not self.position.is_started:
            self.position.is_started = True
            yield Moment.START
        last = self.position.epoch
        for record in records:
            if record.kind == "epoch":
                self._add_epoch(record)
                if last is None or record.place > last:
                    self.position.epoch = record.place
                    yield Moment.EPOCH
                continue
            is_new = self.position.step is None or record.place > self.position.step
            self._add_step(record)
            is_old = record.epoch is not None and last is not None and record.epoch <= last
            if is_new and not is_old and self._is_worth_a_look([record]):
                yield Moment.STEP

    def must_reload(self, packet: Packet) -> bool:
        """Say whether this packet does not simply follow what is known: then the store says how it all is."""
        expected = self.numbers.get(packet.writer)
        if packet.count and expected is not None and packet.first > expected:
            return True
        if any(event.type in _AFRESH for event in packet.events):
            return True
        ends = _epoch_events(packet)
        if not self.tells_epochs and not ends and self.means.begin_another(packet.points):
            return True
        return bool(self.history.epochs) and any(self._goes_back(event, packet) for event in ends)

    def knows(self, packet: Packet) -> bool:
        """Say whether all of the packet is in it already."""
        return packet.count > 0 and packet.first + packet.count <= self.numbers.get(packet.writer, 0)

    def follow(self, packet: Packet) -> Iterator[Moment]:
        """Take in a packet, and stop at each moment to ask the rules at; its end is not among them."""
        self.numbers[packet.writer] = max(self.numbers.get(packet.writer, 0), packet.first + packet.count)
        self.means.add(packet.points)
        rows = rows_of(self._chosen(packet))
        points = by_epoch(packet.epoch_points)
        for event in _epoch_events(packet):
            self.tells_epochs = True
            epoch = event.epoch or 0
            before = [row for row in rows if _is_before(row, event)]
            rows = [row for row in rows if not _is_before(row, event)]
            yield from self._look(before, is_closing=True)
            yield from self._close(epoch, points.pop(epoch, {}), event.time_ms / 1000)
        yield from self._look(rows)

    def end(self, ending: RunEnding, name: str) -> Moment:
        """Take in the end."""
        self.history.add_end(replace(ending, time=self.history.now))
        self.position.end = name
        return Moment.END

    def let_time_pass(self, now_ms: int) -> Moment:
        """Say what time it is by the server's clock."""
        self.history.add_silence((now_ms + self.position.offset_ms) / 1000)
        return Moment.CLOCK

    def _close(self, epoch: int, points: Mapping[str, EpochPoint], time: float) -> Iterator[Moment]:
        is_known = bool(self.history.epochs) and self.history.epochs[-1] == epoch
        for record in epoch_records(epoch, points, self.means.take(epoch), time):
            self._add_epoch(record)
        if not is_known:
            self.position.epoch = epoch
            yield Moment.EPOCH

    def _add_epoch(self, record: Record) -> None:
        """Take in an epoch; of a run of very many, the middle is thinned, so that each look stays quick."""
        self.history.add_epoch(record.place, record.metrics, record.time)
        for column in self.history.epoch_columns.values():
            if len(column.places) > MAX_EPOCHS:
                for values in (column.places, column.epochs, column.values):
                    del values[FIRST_EPOCHS:-LAST_EPOCHS:2]

    def _goes_back(self, event: HookEvent, packet: Packet) -> bool:
        """An epoch that was there before is new to the last one at most: test metrics behind its end."""
        last = self.history.epochs[-1]
        epoch = event.epoch or 0
        if epoch != last:
            return epoch < last
        return any(
            metric in self.history.epoch_columns and self.history.epoch_columns[metric].places[-1:] == [epoch]
            for metric, points in packet.epoch_points.items()
            if any(point.epoch == epoch for point in points)
        )

    def _chosen(self, packet: Packet) -> dict[str, Points]:
        """Choose what the rules see of the packet's steps; of several ranks that log the same the first counts."""
        rank, roles = packet.writer.partition("-")[0], self.history.facts.roles
        chosen = {}
        for metric, points in packet.points.items():
            if packet.writer.startswith(MAIN_RANK):
                self._owners[metric] = rank
            elif self._owners.setdefault(metric, rank) != rank:
                continue
            column = self.history.step_columns.get(metric)
            if is_followed(metric, roles):
                is_early = column is None or len(column.places) < FIRST_STEPS
                chosen[metric] = thin(points, from_the_start=is_early)
            elif column is None or has_nonfinite([points]) or column.values[-1] - column.values[-1] != 0:
                chosen[metric] = marks(points)
        return chosen

    def _look(self, rows: list[Record], *, is_closing: bool = False) -> Iterator[Moment]:
        """Take steps in; at the end of an epoch, which is judged at once, only what is no number is looked at first."""
        for row in rows:
            self._add_step(row)
        if rows and (_is_bad(rows) if is_closing else self._is_worth_a_look(rows)):
            yield Moment.STEP

    def _add_step(self, row: Record) -> None:
        """A step that comes again after a resume is known: only what is no number counts, at the newest place."""
        fresh = {}
        for metric, value in row.metrics.items():
            column = self.history.step_columns.get(metric)
            if column is None or not column.places or row.place > column.places[-1]:
                fresh[metric] = value
            elif value - value != 0:
                fresh[metric] = value
                row = replace(row, place=max(row.place, column.places[-1]))
        self.history.add_step(row.place, row.epoch, fresh, row.time)
        self.position.step = row.place if self.position.step is None else max(self.position.step, row.place)

    def _is_worth_a_look(self, rows: list[Record]) -> bool:
        is_bad = _is_bad(rows)
        is_due = self._looked_at is None or self.history.now - self._looked_at >= STEP_SECONDS
        if is_bad or is_due:
            self._looked_at = self.history.now
        return is_bad or is_due


def _epoch_events(packet: Packet) -> list[HookEvent]:
    if not packet.writer.startswith(MAIN_RANK):
        return []
    return [event for event in packet.events if event.type == "epoch" and event.epoch is not None]


def _is_bad(rows: list[Record]) -> bool:
    return any(value - value != 0 for row in rows for value in row.metrics.values())


def _is_before(row: Record, event: HookEvent) -> bool:
    if row.epoch is not None:
        return row.epoch <= (event.epoch or 0)
    return row.time * 1000 <= event.time_ms
