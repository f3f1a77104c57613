"""What a viewer may do to a run: stop it, rename it, tag it, note on it, judge it, delete it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from epochwatch_server.domain.errors import Conflict, InvalidInput, NotFound
from epochwatch_server.domain.event import Command, RunEvent
from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.ingest import command_line, find_run
from epochwatch_server.flows.packet_header import without_controls
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.store import commands, events, runs
from epochwatch_server.store.database import Connection
from epochwatch_server.store.writer import Writer

MAX_NAME_CHARS = 256
MAX_TAG_CHARS = 64
MAX_TAGS = 32
MAX_NOTE_CHARS = 64 * 1024
MAX_VERDICT_CHARS = 40  # a word or two: it stands in a chip
MAX_REASON_CHARS = 1_000
_SENDING = (RunState.STARTING, RunState.RUNNING, RunState.STALLED)


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write on a run's label; None leaves it as it is."""

    name: str | None = None
    tags: list[str] | None = None
    note: str | None = None
    verdict: str | None = None


class Control:
    """Acts for a viewer. Every method blocks until it is durable and may be called from any thread."""

    def __init__(self, writer: Writer, announcer: Announcer, pulses: Pulses, clock_ms: Callable[[], int]) -> None:
        self._writer = writer
        self._announcer = announcer
        self._pulses = pulses
        self._clock_ms = clock_ms

    def ask_stop(self, run_id: str, reason: str, actor: str) -> Command:
        """Ask a run to stop; it hears of it in the answer to its next packet.

        Asked twice it is asked once: the first command, as long as it is pending, is the answer.

        Raises:
            NotFound: There is no such run.
            Conflict: It is over.
        """
        now_ms = self._clock_ms()
        reason, actor = (without_controls(text[:MAX_REASON_CHARS]) for text in (reason, actor))

        def store(connection: Connection) -> tuple[Run, Command, list[RunEvent]]:
            run = _get(connection, run_id)
            if run.state.is_over:
                raise Conflict(f"Run {run_id} is over ({run.state}); there is nothing to stop.")
            pending = [command for command in commands.pending_commands(connection, run_id) if command.type == "stop"]
            if pending:
                return run, pending[0], []
            command = commands.ask(connection, run_id, "stop", reason, actor, now_ms)
            line = command_line(run, command, "asked", now_ms)
            return run, command, events.append_events(connection, run_id, [line])

        run, command, feed = self._writer.submit(store).result()
        self._announcer.feed(run_id, feed)
        self._announcer.row(run, now_ms, is_urgent=True)
        return command

    def label(self, run_id: str, changes: Changes) -> Run:
        """Rename a run, set its tags, its note or the verdict on it.

        Raises:
            NotFound: There is no such run.
            InvalidInput: A name is empty, or something is too long.
        """
        checked = _check(changes)

        def store(connection: Connection) -> Run:
            _get(connection, run_id)
            if checked:
                runs.update_run(connection, run_id, **checked)
            return _get(connection, run_id)

        run = self._writer.submit(store).result()
        self._announcer.row(run, self._clock_ms(), is_urgent=True)
        return run

    def delete(self, run_id: str) -> None:
        """Delete a run and all it sent.

        Raises:
            NotFound: There is no such run.
            Conflict: It is still sending, and would come back with its next packet.
        """
        now_ms = self._clock_ms()

        def store(connection: Connection) -> None:
            run = _get(connection, run_id)
            if self._pulses.state_of(run, now_ms) in _SENDING:
                raise Conflict(
                    f"Run {run_id} is still {run.state} and would come back with its next packet. Stop it first, or "
                    f"wait until it has been silent for three heartbeats ({3 * run.heartbeat_seconds:.0f} s)."
                )
            runs.delete_run(connection, run_id)

        self._writer.submit(store).result()
        self._pulses.forget(run_id)
        self._announcer.deleted(run_id)


def _get(connection: Connection, run_id: str) -> Run:
    run = find_run(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
    return run


def _check(changes: Changes) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if changes.name is not None:
        checked["name"] = without_controls(changes.name).strip()
        if not 1 <= len(checked["name"]) <= MAX_NAME_CHARS:
            raise InvalidInput(f"A name of {len(changes.name)} characters was given; it takes 1 to {MAX_NAME_CHARS}.")
    if changes.tags is not None:
        tags = [without_controls(tag).strip() for tag in changes.tags]
        checked["tags"] = tuple(dict.fromkeys(tag for tag in tags if tag))
        if len(checked["tags"]) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in tags):
            raise InvalidInput(f"A run takes at most {MAX_TAGS} tags of {MAX_TAG_CHARS} characters.")
    if changes.note is not None:
        if len(changes.note) > MAX_NOTE_CHARS:
            raise InvalidInput(f"A note of {len(changes.note)} characters was given; it takes {MAX_NOTE_CHARS}.")
        checked["note"] = changes.note.replace("\x00", "\ufffd")
    if changes.verdict is not None:
        checked["verdict"] = without_controls(changes.verdict.strip())
        if len(checked["verdict"]) > MAX_VERDICT_CHARS:
            raise InvalidInput(f"A verdict takes at most {MAX_VERDICT_CHARS} characters, such as best or poor.")
    return checked
