"""The first walk: a packet arrives, is checked, stored in one transaction, confirmed, and told to viewers."""

import logging
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

from epochwatch_server.domain.errors import OutOfOrder, StoreUnavailable
from epochwatch_server.domain.event import Command, RunEvent
from epochwatch_server.domain.packet import HookEvent, Packet, Rejection
from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.packet_header import MAX_REJECTIONS
from epochwatch_server.flows.packet_reader import read_packet
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.story import advance_run, clock_error, feed_of, first_row, needs_documents, seen_at
from epochwatch_server.store import commands, events, health, runs, samples, series, writers
from epochwatch_server.store.database import Connection
from epochwatch_server.store.writer import Writer

logger = logging.getLogger(__name__)

T = TypeVar("T")

COMMIT_SECONDS = 30.0  # a store that is silent for longer will not answer in time for the hook
_NOTABLE = (RunState.STALLED, RunState.LOST)  # states whose coming and going the feed shows; ends have their own line


@dataclass(frozen=True, slots=True)
class PacketAnswer:
    """What the hook is told. `confirmed`: the number of the next record; all before it are safe."""

    confirmed: int
    run_id: str
    commands: Sequence[Command]
    rejected: Sequence[Rejection]
    alerts: Sequence[Mapping[str, Any]] = ()  # what has just begun to fire


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the transaction did. `before` None: the run was new; `is_new` False: the packet was here already."""

    answer: PacketAnswer
    run: Run
    before: Run | None
    feed: Sequence[RunEvent]
    is_new: bool = True


class Judges(Protocol):
    """Whoever judges what packets bring; neither call waits."""

    def take(self, packet: Packet, run: Run) -> None:
        """Have a packet judged that was just committed."""
        ...

    def recent_alerts(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """List what has just begun to fire in a run."""
        ...


class Ingest:
    """Takes packets. `receive` blocks until the packet is durable and may be called from any thread."""

    def __init__(
        self,
        writer: Writer,
        announcer: Announcer,
        pulses: Pulses,
        clock_ms: Callable[[], int],
        judges: Judges | None = None,
    ) -> None:
        self._writer = writer
        self._announcer = announcer
        self._pulses = pulses
        self._clock_ms = clock_ms
        self._judges = judges

    def receive(self, body: bytes, encoding: str) -> PacketAnswer:
        """Store a packet and say what is confirmed.

        Raises:
            MalformedPacket, TooLarge, WrongMediaType: It cannot be read; nothing of it was stored.
            OutOfOrder: Records before it are missing; the hook sends those first.
            StoreUnavailable: Nothing was stored; the hook tries again later.
        """
        packet = read_packet(body, encoding)
        now_ms = self._clock_ms()
        job = self._writer.submit(lambda connection: self._store(connection, packet, now_ms), size=len(body))
        try:
            stored = job.result(COMMIT_SECONDS)
        except TimeoutError:
            # Should it be stored after all, the packet that is sent again is recognised.
            raise StoreUnavailable(f"The database has not answered for {COMMIT_SECONDS:.0f} s: send again.") from None
        if isinstance(stored, PacketAnswer):
            return stored
        self._tell(packet, stored, now_ms)
        if self._judges is None:
            return stored.answer
        self._judges.take(packet, stored.run)
        return replace(stored.answer, alerts=self._judges.recent_alerts(stored.run.id))

    def _store(self, connection: Connection, packet: Packet, now_ms: int) -> _Stored | PacketAnswer:
        """Runs in the writer's thread, inside its transaction: all of the packet is stored, or nothing.

        Of a run that was deleted nothing is stored: the answer alone lets its trainer forget what it sent.
        """
        expected = writers.expected_number(connection, packet.run_id, packet.writer)
        before = _find_run(connection, packet)
        if before is None and writers.was_deleted(connection, packet.run_id, packet.writer):
            return PacketAnswer(packet.first + packet.count, packet.run_id, (), ())
        if before is not None and packet.count and packet.first + packet.count <= expected:
            return self._confirm_again(connection, packet, before, expected, now_ms)
        lost = _missing_records(packet, expected)
        run = self._advance(before or first_row(packet, now_ms), packet, lost, now_ms)
        if before is None:
            runs.insert_run(connection, run)
            health.set_paused(connection, run.id, False, now_ms)  # says that its rules are yet to be asked
            run = find_run(connection, run.id) or run  # its hue was chosen there
        else:
            _update(connection, before, run)
        rejected = [*packet.rejected, *_store_content(connection, packet)]
        feed = _feed(connection, packet, before, run, lost, now_ms)
        confirmed = max(expected, packet.first + packet.count)
        if confirmed > expected:
            writers.advance(connection, run.id, packet.writer, confirmed, now_ms)
        pending = () if run.state.is_over else commands.pending_commands(connection, run.id)
        return _Stored(PacketAnswer(confirmed, run.id, pending, rejected[:MAX_REJECTIONS]), run, before, feed)

    def _confirm_again(
        self, connection: Connection, packet: Packet, before: Run, expected: int, now_ms: int
    ) -> _Stored:
        """The answer to this packet was lost: only the sign of life in it is new."""
        run = replace(before, last_seen_ms=max(min(before.last_seen_ms, now_ms), seen_at(packet, now_ms)))
        run = replace(run, state=self._pulses.state_of(run, now_ms))
        _update(connection, before, run)
        line = state_line(before.state, run, now_ms)
        feed = events.append_events(connection, run.id, [line]) if line else []
        pending = () if run.state.is_over else commands.pending_commands(connection, run.id)
        return _Stored(PacketAnswer(expected, run.id, pending, []), run, before, feed, is_new=False)

    def _advance(self, run: Run, packet: Packet, lost: int, now_ms: int) -> Run:
        run = advance_run(run, packet, now_ms)
        lost += packet.count if packet.was_refused else 0
        run = replace(run, dropped=run.dropped + lost)
        return replace(run, state=self._pulses.state_of(run, now_ms))

    def _tell(self, packet: Packet, stored: _Stored, now_ms: int) -> None:
        run, before = stored.run, stored.before
        self._pulses.keep(run)
        if before is None:
            logger.info("run began run=%s project=%r name=%r", run.id, run.project, run.name)
        elif before.state is not run.state and before.state is not RunState.STARTING:
            logger.info("run state run=%s from=%s to=%s", run.id, before.state, run.state)
        if stored.is_new:
            refused = {rejection.given for rejection in stored.answer.rejected}
            self._announcer.points(run.id, _but(packet.points, refused), _but(packet.epoch_points, refused))
            self._announcer.samples(run.id, packet.samples)
        self._announcer.feed(run.id, stored.feed)
        self._announcer.row(run, now_ms, is_urgent=_is_urgent(before, run, stored.feed))


def _but(parts: Mapping[str, T], refused: Container[str]) -> Mapping[str, T]:
    """A name that the store did not take is not shown either."""
    return parts if not refused else {name: part for name, part in parts.items() if name not in refused}


def _missing_records(packet: Packet, expected: int) -> int:
    """Count the records that nobody has any more.

    Raises:
        OutOfOrder: The packet does not follow, and the hook did not say that the records between are gone.
    """
    if packet.first == expected or (packet.count == 0 and packet.first < expected):
        return 0
    if packet.first > expected and packet.missing_from == expected:
        return packet.first - expected
    raise OutOfOrder(
        f"Packet {packet.first}..{packet.first + packet.count - 1} of writer {packet.writer} does not follow; "
        f"the next record is {expected}.",
        expected,
    )


def _store_content(connection: Connection, packet: Packet) -> list[Rejection]:
    rejected = list(series.append_points(connection, packet.run_id, packet.points)) if packet.points else []
    if packet.epoch_points:
        told = {rejection.given for rejection in rejected}  # a name refused for its steps is refused for its epochs too
        refused = series.append_epoch_points(connection, packet.run_id, packet.epoch_points)
        rejected += [rejection for rejection in refused if rejection.given not in told]
    for key, image in packet.images.items():
        samples.put_image(connection, packet.run_id, key, image)
    if packet.samples:
        rejected += samples.append_samples(connection, packet.run_id, packet.samples)
    return rejected


def find_run(connection: Connection, run_id: str) -> Run | None:
    """Read a run without its documents, which may be a megabyte each."""
    return next(iter(runs.list_runs(connection, ids=[run_id])), None)


def _find_run(connection: Connection, packet: Packet) -> Run | None:
    if needs_documents(packet):
        return runs.get_run(connection, packet.run_id)
    return find_run(connection, packet.run_id)


def _update(connection: Connection, before: Run, run: Run) -> None:
    changed = {field.name: getattr(run, field.name) for field in fields(run) if _differs(before, run, field.name)}
    if changed:
        runs.update_run(connection, run.id, **changed)


def _differs(before: Run, run: Run, name: str) -> bool:
    old, new = getattr(before, name), getattr(run, name)
    return old is not new and old != new


def _feed(
    connection: Connection, packet: Packet, before: Run | None, run: Run, lost: int, now_ms: int
) -> Sequence[RunEvent]:
    lines = feed_of(run.id, packet.events, clock_error(packet, now_ms))
    if lost:
        gone = {"n": lost, "reason": "the spool no longer has them"}
        lines.insert(0, RunEvent(0, run.id, "dropped", run.epoch, run.step, now_ms, gone))
    if packet.was_refused:
        refused = {"n": packet.count, "reason": "the server could not read them; the hook set them aside"}
        lines.append(RunEvent(0, run.id, "dropped", run.epoch, run.step, now_ms, refused))
    lines += _command_lines(connection, run, packet.events, now_ms)
    if before is not None and (change := state_line(before.state, run, now_ms)):
        lines.append(change)
    return events.append_events(connection, run.id, lines) if lines else []


def state_line(before: RunState, run: Run, now_ms: int) -> RunEvent | None:
    """Make the feed's line for a change of state that a reader should know of."""
    if before is run.state or run.state.is_over or not (before in _NOTABLE or run.state in _NOTABLE):
        return None
    data = {"from": before.value, "to": run.state.value}
    return RunEvent(0, run.id, "state", run.epoch, run.step, now_ms, data)


def _command_lines(connection: Connection, run: Run, told: Sequence[HookEvent], now_ms: int) -> list[RunEvent]:
    """Follow each command: the hook says seen and done; a new process, or the end, makes an old command void."""
    lines = []
    for event in told:
        if event.type == "command":
            command = commands.mark(connection, event.data["id"], event.data["stage"], now_ms, run_id=run.id)
            if command is not None:  # None: it is another run's
                lines.append(command_line(run, command, event.data["stage"], now_ms))
        elif event.type in ("start", "end"):
            for command in commands.pending_commands(connection, run.id):
                commands.mark(connection, command.id, "done", now_ms)
    return lines


def command_line(run: Run, command: Command, stage: str, now_ms: int) -> RunEvent:
    """Make the feed's line for what became of a command."""
    data: dict[str, Any] = {
        "id": command.id,
        "command": command.type,
        "stage": stage,
        "reason": command.reason,
        "actor": command.actor,
    }
    return RunEvent(0, run.id, "command", run.epoch, run.step, now_ms, data)


def _is_urgent(before: Run | None, run: Run, feed: Sequence[RunEvent]) -> bool:
    """Steps may wait a moment; an epoch, a best, a state or anything in the feed may not."""
    if before is None or feed:
        return True
    return any(_differs(before, run, name) for name in ("state", "epoch", "epochs_done", "tracked", "end", "dropped"))
