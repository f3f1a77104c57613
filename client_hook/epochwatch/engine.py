"""The parts of a run that is alive, put together: spool, recorder, sender, loop and console."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from epochwatch import console
from epochwatch.alerts import AlertPrinter
from epochwatch.console import EndReport, EpochReport
from epochwatch.delivery import Attempt, Command, Delivery
from epochwatch.ending import MAX_TRACEBACK_CHARS, find_reason, verdict
from epochwatch.free_values import storable
from epochwatch.guard import attempt, shown, warn_once
from epochwatch.leftovers import Leftovers
from epochwatch.loop import EpochLoop, tracked_fields
from epochwatch.ranks import Rank, new_writer
from epochwatch.recorder import Recorder
from epochwatch.samples import Given, SampleSheet
from epochwatch.sender import Sender
from epochwatch.settings import RunSettings, spool_max_bytes
from epochwatch.spool import open_spool
from epochwatch.spool_reader import SpoolReader
from epochwatch.state import read_state, state_path
from epochwatch.transport import Transport
from epochwatch.values import as_epoch
from epochwatch.weights import weights_at

ROOM_SECONDS, ROOM_POLL_SECONDS = 1.0, 0.02  # for the last words of a run on a full disk
LEVELS = {"warn": "warning", "error": "critical"}  # what other tools call them


class Engine:
    """A run that is alive. For the training thread, but for what the sender's thread calls: `_turn` and `_hear`."""

    def __init__(self, settings: RunSettings, run_id: str, rank: Rank) -> None:
        self.settings = settings
        self.run_id = run_id
        self.rank = rank
        spool = open_spool(settings.place.spool_folders, run_id, new_writer(rank.rank), spool_max_bytes())
        state = state_path(spool.folder, run_id) if spool.fd >= 0 else None
        self.recorder = Recorder(spool, self.wake)
        self.loop = EpochLoop(settings, self.recorder, state=state, is_main=rank.is_main, show=self._show_epoch)
        if settings.is_resumed and state is not None:
            before = read_state(state)
            if before is not None:
                self.loop.restore(before)
        self._done_before = self.loop.next_epoch
        self._sheet = SampleSheet(self.recorder.image)
        self._changes: dict[str, Callable[[], Mapping[str, Any]]] = {}  # event type -> what to read when it is written
        self._seen: set[int] = set()  # ids of commands
        self._alerts = AlertPrinter(lambda alert: self._say(console.alert_lines(alert)))
        self._started_at = time.monotonic()
        self._name = f"{settings.project}/{settings.name or run_id}"
        self._sender = self._make_sender() if spool.fd >= 0 else None

    def start(self, config: Mapping[str, Any], name: str) -> None:
        """Say hello and start the sender's thread."""
        settings, stopping = self.settings, self.loop.stopping
        self.recorder.event(
            "start",
            project=settings.project,
            name=name,
            config=storable(config),
            planned_epochs=settings.planned_epochs,
            tracked=None if stopping is None else tracked_fields(stopping),
            composite=settings.composite,
            targets=settings.targets,
            bands=settings.bands,
            components=settings.components,
            weights=_weights(settings, 0),
            environment=storable(_environment()),
            heartbeat_seconds=settings.heartbeat_seconds,
            stop_on_critical=settings.stops_on_critical,
            resumed=settings.is_resumed,
            tags=list(settings.tags),
            note=settings.note,
            rank=self.rank.rank,
            world_size=self.rank.world_size,
        )
        if settings.is_resumed and self.rank.is_main:
            self.recorder.event("resume")
        self._name = f"{settings.project}/{name}"
        url = attempt("server", lambda: settings.place.page_of(self.run_id), None)
        self._say(console.begin_line(self._name, url))
        if self._sender is not None:
            attempt("starting the sender", self._sender.start, None)

    def wake(self) -> None:
        """Tell the sender that there is something to do."""
        if self._sender is not None:
            self._sender.wake()

    def change(self, kind: str, read: Callable[[], Mapping[str, Any]]) -> None:
        """Note that config or summary changed; many changes in a row become one event."""
        self._changes[kind] = read
        self.wake()

    def log_with_epoch(self, data: object, step: object, epoch: object) -> None:
        """Log values of an epoch: a later one begins here, an earlier one gets its point as given."""
        number = as_epoch(epoch)
        if number is None or number == self.recorder.epoch:
            self.recorder.log(data, step)
        elif number > self.recorder.epoch:
            self.loop.begin(number)
            self.recorder.log(data, step)
        else:
            self.recorder.log_in_epoch(data, step, number)

    def show_samples(self, split: str, given: Given) -> None:
        """Write samples and those of their images that are new."""
        samples = self._sheet.read(given)
        if samples:
            self.recorder.event("samples", split=split, epoch=max(0, self.recorder.epoch), samples=samples)

    def watch(self, model: Any, optimizer: Any, every: int) -> None:
        """Follow a model's gradients and learning rates."""
        if optimizer is None:
            from epochwatch.collectors.environment import parameter_count

            parameters, trainable = parameter_count(model)
            self.recorder.event("watch", parameters=parameters, trainable=trainable, modules=[])
            warn_once("watch", "watch: no optimizer given; expected watch(model, optimizer) to see gradients and LR.")
            return
        from epochwatch.collectors.gradients import GradientWatch

        watch = GradientWatch(model, optimizer, every=every, emit=self._record_watched, first_epoch_check=self._check)
        self.loop.watches.append(watch)
        self.recorder.event("watch", **watch.describe())

    def alert(self, title: str, text: str, level: object) -> None:
        """Write an alert, and show it."""
        given = shown(getattr(level, "value", level), 40).lower()
        known = LEVELS.get(given, given)
        if known not in ("info", "warning", "critical"):
            warn_once("alert level", f"alert: given the level {given!r}, expected info, warning or critical.")
            known = "warning"
        self.recorder.event("alert", title=title, text=text, level=known)
        self._say(f"ALERT [{known}] {title}" + (f": {text}" if text else ""))

    def end(self, reason: str | None, trace: str | None, summary: Mapping[str, Any]) -> None:
        """Close the books, say goodbye and wait a moment for the server."""
        late: dict[str, float] = {}
        if reason in ("crashed", "interrupted"):
            self.loop.abandon()
        self.recorder.catch_up()
        if reason not in ("crashed", "interrupted"):
            self.loop.end()
            late = self.loop.end_late()
        for watch in self.loop.watches:
            attempt("watch", watch.close, None)
        reason = find_reason(reason, self.loop.progress)
        if reason == "finished":
            self._tell_no_epochs()
        text = verdict(
            reason,
            self.loop.progress,
            planned=self.settings.planned_epochs,
            step=self.recorder.step,
            before=self._done_before,
            stopping=self.loop.stopping,
            command=self.loop.command,
            trace=trace,
        )
        self._say_goodbye(reason, trace, summary, text)
        is_delivered = self._sender.close() if self._sender is not None else False
        self._alerts.close()
        self._show_end(text, late)
        if not is_delivered and self._sender is not None:
            self._tell_waiting()

    def abandon(self) -> None:
        """In a forked child: let go of everything that belongs to the parent."""
        for watch in self.loop.watches:
            attempt("watch", watch.close, None)
        self.recorder.forget_locks()
        if self._sender is not None:
            self._sender.abandon()
        self.recorder.spool.close()

    def _make_sender(self) -> Sender:
        spool, place = self.recorder.spool, self.settings.place
        reader = SpoolReader(os.open(spool.path, os.O_RDONLY | os.O_CLOEXEC), is_live=True)
        transport = Transport(place)
        delivery = Delivery(spool.run, spool.writer, spool.path, reader, transport)
        return Sender(
            self.recorder,
            delivery,
            Leftovers(transport, place.spool_folders),
            self.settings.heartbeat_seconds,
            on_answer=self._hear,
            on_turn=self._turn,
        )

    def _turn(self) -> None:
        self._write_changes()
        self.recorder.tell_dropped()

    def _write_changes(self) -> None:
        for kind in tuple(self._changes):
            read = self._changes.pop(kind)
            field = "config" if kind == "config" else "values"
            self.recorder.event(kind, **{field: storable(read())})

    def _hear(self, answer: Attempt) -> None:
        self._obey(answer.commands)
        self._alerts.tell(answer.alerts)

    def _obey(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if command.id not in self._seen and self.rank.is_main:
                self._seen.add(command.id)
                self.loop.command = self.loop.command or command
                self.recorder.event("command", id=command.id, stage="seen")

    def _record_watched(self, values: dict[str, object]) -> None:
        rates: dict[str, float] = {}
        for watch in self.loop.watches:
            rates = attempt("learning rates", watch.learning_rates, rates) | rates
        self.recorder.log({**values, **rates})

    def _check(self, findings: Mapping[str, Any]) -> None:
        self.recorder.event("gradients", **storable(findings))

    def _say_goodbye(self, reason: str, trace: str | None, summary: Mapping[str, Any], text: str) -> None:
        self.recorder.settle(1.0)
        attempt("config and summary", self._write_changes, None)
        command, is_stopped = self.loop.command, reason == "stopped"
        if command is not None and is_stopped:
            self.recorder.event("command", id=command.id, stage="done")
        self._insist(self.recorder.tell_dropped)
        if self.rank.is_main or reason == "crashed":  # another rank that is done early does not end the run
            end = {"reason": reason, "actor": command.actor if command is not None and is_stopped else None}
            told = {"traceback": None if trace is None else trace[-MAX_TRACEBACK_CHARS:], "summary": summary}
            if not self._insist(lambda: self.recorder.event("end", **end, **told, verdict=text)):
                self._insist(lambda: self.recorder.event("end", **end, verdict=text))

    def _insist(self, write: Callable[[], bool]) -> bool:
        """Write what must not be missing: on a full disk as soon as the sender has made room, if it does."""
        deadline = time.monotonic() + ROOM_SECONDS
        while not write():
            if self._sender is None or time.monotonic() > deadline:
                return False
            self._sender.wake()
            time.sleep(ROOM_POLL_SECONDS)
        return True

    def _tell_no_epochs(self) -> None:
        stopping = self.loop.stopping
        if stopping is not None and not self.loop.progress.done:
            warn_once(
                f"no epochs {self.run_id}",
                f"track={stopping.metric!r} had no epochs to follow, so patience counted nothing: loop over "
                "run.epochs(), or call run.epoch(n) as each epoch begins.",
            )

    def _tell_waiting(self) -> None:
        spool = self.recorder.spool
        warn_once(
            f"waiting {self.run_id}",
            f"run {self.run_id} ended before the server had everything; the rest waits in {spool.folder} and is "
            "delivered by the next run on this machine, or by `epochwatch sync`.",
        )

    def _show_epoch(self, report: EpochReport) -> None:
        self._say(lambda: console.epoch_block(report))

    def _show_end(self, text: str, late: Mapping[str, float]) -> None:
        loop = self.loop
        report = EndReport(
            name=self._name,
            verdict=text,
            seconds=time.monotonic() - self._started_at,
            metric=loop.headline,
            history=loop.history,
            means=late,
            url=f"{self.settings.place.server_url}/runs/{self.run_id}",
            raw=frozenset(self.settings.composite),
        )
        self._say(lambda: console.end_block(report, ascii_only=console.is_ascii_only()))

    def _say(self, text: str | Callable[[], str]) -> None:
        if self.settings.wants_console and self.rank.is_main:
            attempt("console", lambda: console.say(text if isinstance(text, str) else text()), None)


def _weights(settings: RunSettings, epoch: int) -> dict[str, float]:
    nothing: dict[str, float] = {}
    return attempt("weights", lambda: weights_at(settings.weights, epoch), nothing)


def _environment() -> dict[str, Any]:
    def describe() -> dict[str, Any]:
        from epochwatch.collectors.environment import describe_environment

        return describe_environment()

    nothing: dict[str, Any] = {}
    return attempt("environment", describe, nothing)
