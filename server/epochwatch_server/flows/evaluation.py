"""The rules, live: after each commit a run's new epochs and steps are judged, and what changed is kept and told."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from epochwatch_server.domain.errors import EpochwatchError, NotFound
from epochwatch_server.domain.packet import Packet
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.backlog import Backlog, Work
from epochwatch_server.flows.health_keeping import Kept, Outcome, keep
from epochwatch_server.flows.health_telling import HealthTelling, has_news, new_failures
from epochwatch_server.flows.held_runs import HeldRuns
from epochwatch_server.flows.ingest import find_run
from epochwatch_server.flows.judging import (
    Judged,
    LiveHealth,
    end_name,
    is_caught_up,
    judge_clock,
    judge_life,
    judge_packets,
    judge_stored,
    load,
    retire,
)
from epochwatch_server.flows.recent_alerts import RecentAlerts
from epochwatch_server.flows.rule_book import Chapter, RuleBook
from epochwatch_server.flows.undone import undone_runs
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

logger = logging.getLogger(__name__)

ROUND_RUNS = 32  # judged before anything is stored: their writes share a transaction
WAIT_SECONDS = 1.0
CLOCK_MS = 5_000
LATE_MS = 10_000  # so long behind, several epochs of a run are judged as one
SWEEP_MS = 60_000  # another server of the same database may have died with work undone
REST_SECONDS = 1.0  # after the store could not be written
KEEP_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Pending:
    """A run, what the rules came to, and by which rules."""

    known: LiveHealth
    judged: Judged
    chapter: Chapter


class Evaluation:
    """Judges in a thread of its own. `take`, `tick` and `recent_alerts` never wait and may be called from any thread;
    `start` and `stop` belong to one.
    """

    def __init__(
        self, database: Database, writer: Writer, announcer: Announcer, book: RuleBook, clock_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._writer = writer
        self._book = book
        self._clock_ms = clock_ms
        self._listening_since_ms = clock_ms()
        self._recent = RecentAlerts()
        self._telling = HealthTelling(database, announcer, book, self._recent)
        self._backlog = Backlog()
        self._held = HeldRuns()
        self._is_resting = False  # the store could not be written just now
        self._ticked_ms: int | None = None
        self._asked_clock_ms: int | None = None
        self._swept_ms: int | None = None
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="epochwatch-evaluation", daemon=True)

    def start(self) -> None:
        """Start the thread; it begins with what an earlier server left undone."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what waits is judged after the next start."""
        self._is_stopping.set()
        self._backlog.wake()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def take(self, packet: Packet, run: Run) -> None:
        """Have a packet judged that was just committed; `run` is its run as it is now."""
        self._backlog.add(packet, run, self._clock_ms())

    def tick(self, now_ms: int) -> None:
        """Let time pass: silence is judged every few seconds."""
        self._ticked_ms = now_ms
        if self._asked_clock_ms is None or now_ms - self._asked_clock_ms >= CLOCK_MS:
            self._backlog.wake()

    def listen_from(self, now_ms: int) -> None:
        """Take silence until now for the server's own: its clock was set, or it stood still."""
        self._listening_since_ms = self._asked_clock_ms = self._swept_ms = now_ms

    def look_again(self, run_id: str) -> None:
        """Read anew where the rules stand with a run: somebody paused them, or let them go on."""
        self._backlog.reload(run_id, self._clock_ms())

    def recent_alerts(self, run_id: str) -> list[dict[str, Any]]:
        """List what has just begun to fire in a run, as a packet's answer tells it."""
        return self._recent.of(run_id, self._clock_ms())

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._turn()
            except Exception:  # whatever one turn ran into, the rules must go on being asked
                logger.exception("evaluation failed, next try in %s s", REST_SECONDS)
                self._is_stopping.wait(REST_SECONDS)

    def _turn(self) -> None:
        now_ms = self._ticked_ms if self._ticked_ms is not None else self._clock_ms()
        if self._swept_ms is None or now_ms - self._swept_ms >= SWEEP_MS:
            self._sweep(now_ms)
        if self._is_resting:
            self._is_resting = False
            self._is_stopping.wait(REST_SECONDS)
        works = self._backlog.take(ROUND_RUNS, WAIT_SECONDS)
        if works:
            self._round(works)
        ticked_ms = self._ticked_ms
        if ticked_ms is not None and (self._asked_clock_ms is None or ticked_ms - self._asked_clock_ms >= CLOCK_MS):
            self._asked_clock_ms = ticked_ms
            self._ask_the_clock(ticked_ms)

    def _sweep(self, now_ms: int) -> None:
        """Find runs with work undone: after a start, and where another server of this database died."""
        is_start, self._swept_ms = self._swept_ms is None, now_ms
        if not is_start and self._database.dialect == "sqlite":
            return
        with self._database.read() as connection:
            found = undone_runs(connection, now_ms, is_start=is_start)
        for run_id in found:
            if self._held.get(run_id) is None:
                self._backlog.reload(run_id, now_ms)

    def _round(self, works: dict[str, Work]) -> None:
        """Judge what waits of some runs, then store it together."""
        now_ms = self._clock_ms()
        pending = []
        try:
            with self._database.read() as connection:
                for run_id, work in works.items():
                    pending += self._guarded(run_id, partial(self._judge, connection, run_id, work, now_ms))
        except EpochwatchError:
            for run_id in works:
                self._read_again(run_id)
            raise
        self._keep_all(pending)

    def _ask_the_clock(self, now_ms: int) -> None:
        pending = []
        with self._database.read() as connection:
            for known in self._held.all():
                judge = partial(self._judge_silence, connection, known, now_ms)
                pending += self._guarded(known.live.run.id, judge)
        self._keep_all(pending)

    def _guarded(self, run_id: str, judge: Callable[[], _Pending | None]) -> list[_Pending]:
        """One run that nobody foresaw must not silence the others."""
        try:
            judged = judge()
        except EpochwatchError:
            raise
        except Exception:
            logger.exception("a run could not be judged run=%s", run_id)
            self._held.forget(run_id)
            return []
        return [] if judged is None else [judged]

    def _judge(self, connection: Connection, run_id: str, work: Work, now_ms: int) -> _Pending | None:
        run = work.run or find_run(connection, run_id)
        if run is None or (self._held.is_settled(run) and not _tells(work, "start", "epoch")):
            return None
        chapter = self._book.chapter(connection, run.project)
        known, judged = self._held.get(run_id), None
        if known is not None and not work.must_reload and known.live.history.facts.roles == chapter.corrections:
            if work.offset_ms is not None:
                known.live.position.offset_ms = work.offset_ms
            # Of an import it is asked when each alert would have fired, so no epoch is passed over.
            is_late = now_ms - work.since_ms > LATE_MS and run.origin is None
            judged = judge_packets(known, work, chapter.engine, is_late=is_late)
        if known is None or judged is None:
            loaded = self._load(connection, run_id, work, chapter, now_ms)
            if loaded is None:
                return None
            known, judged = loaded
        judged = judged.followed_by(judge_life(connection, known, chapter, judged.state))
        return _Pending(known, judged.followed_by(retire(known, chapter, judged.state)), chapter)

    def _load(
        self, connection: Connection, run_id: str, work: Work, chapter: Chapter, now_ms: int
    ) -> tuple[LiveHealth, Judged] | None:
        before = self._held.get(run_id)
        loaded = load(connection, run_id, chapter, work.offset_ms)
        if loaded is None:
            self._held.forget(run_id)
            return None
        known, records = loaded
        known.is_caught_up = before is not None and before.is_caught_up
        for packet in work.packets[-1:]:
            known.is_caught_up = is_caught_up(packet)
        self._held.hold(run_id, known)
        if before is None:
            self._telling.remember(connection, known.live.run, now_ms)
        return known, judge_stored(known, records, chapter.engine, is_told_anew=_tells(work, "start", "config"))

    def _judge_silence(self, connection: Connection, known: LiveHealth, now_ms: int) -> _Pending | None:
        chapter = self._book.chapter(connection, known.live.run.project)
        judged = judge_clock(known, chapter, now_ms, self._listening_since_ms)
        return _Pending(known, judged, chapter) if judged.state is not known.state else None

    def _keep_all(self, judged: list[_Pending]) -> None:
        """Store what is to be stored, in as few transactions as the writer needs, then tell it."""
        waiting = []
        for each in judged:
            if not (each.judged.transitions or each.judged.must_keep):
                each.known.state = each.judged.state
                self._held.let_go_if_settled(each.known)
                continue
            try:
                waiting.append((each, self._submit(each)))
            except EpochwatchError as problem:  # too much waits to be written, or the server stops
                self._not_stored(each, problem)
        for each, future in waiting:
            self._finish(each, future)

    def _submit(self, each: _Pending) -> Future[Kept | None]:
        known, judged, now_ms = each.known, each.judged, self._clock_ms()
        live, before = known.live, known.state
        outcome = Outcome(
            run=live.run,
            state=judged.state,
            position=replace(live.position),
            transitions=judged.transitions,
            version=known.version,
            is_paused=known.is_paused,
            is_settled=live.position.end != "" and live.position.end == end_name(live.run),
        )
        return self._writer.submit(lambda connection: keep(connection, outcome, each.chapter, before, now_ms))

    def _finish(self, each: _Pending, future: Future[Kept | None]) -> None:
        known, run_id = each.known, each.known.live.run.id
        try:
            kept = future.result(KEEP_SECONDS)
        except NotFound:  # the run was deleted
            self._held.forget(run_id)
            return
        except (EpochwatchError, TimeoutError) as problem:
            self._not_stored(each, problem)
            return
        if kept is None:  # somebody else was here: see what they left, and go on from there
            self._read_again(run_id)
            return
        before, known.state, known.version = known.state, each.judged.state, kept.version
        for rule, count, reason in new_failures(before, known.state):
            self._book.note_failures(rule, count, reason)
        self._held.let_go_if_settled(known)
        self._tell(known.live.run, kept, is_news=has_news(before, known.state))

    def _tell(self, run: Run, kept: Kept, *, is_news: bool) -> None:
        for transition, _, _ in kept.told:
            rule, severity = transition.rule, transition.severity
            logger.info("alert %s run=%s rule=%s severity=%s", transition.kind, run.id, rule, severity)
        try:
            if kept.told or kept.stop:
                self._telling.tell(run.id, kept, run.heartbeat_seconds, self._clock_ms())
            elif is_news:
                self._telling.tell_chips(run.id)
        except EpochwatchError as problem:  # what is stored is told to whoever reads it afresh
            logger.warning("health not told run=%s: %s", run.id, problem)

    def _not_stored(self, each: _Pending, problem: Exception) -> None:
        run_id = each.known.live.run.id
        logger.warning("health not stored run=%s: %s", run_id, problem)
        self._read_again(run_id)
        self._is_resting = True

    def _read_again(self, run_id: str) -> None:
        self._held.forget(run_id)
        self._backlog.reload(run_id, self._clock_ms())


def _tells(work: Work, *types: str) -> bool:
    return any(event.type in types for packet in work.packets for event in packet.events)
