"""The thread that brings the spool to the server: packs, posts, backs off, beats. The loop never waits for it."""

import os
import threading
from collections.abc import Callable
from time import monotonic, time

from epochwatch.backoff import Backoff
from epochwatch.delivery import Attempt, Delivery, Outcome
from epochwatch.guard import attempt, warn_once
from epochwatch.leftovers import Leftovers
from epochwatch.recorder import Recorder
from epochwatch.state import prune_states

GATHER_SECONDS = 0.04  # from the first unsent record to its packet: many calls share one, a viewer notices nothing
ACTIVE_SECONDS = 2.0  # after the last packet, before the loop has to wake the sender again
COPY_POLL_SECONDS = 0.02  # while values are on their way from a device
FAULT_SECONDS = 1.0  # after a fault of this thread itself
MAX_OLDER_REFUSALS = 5  # answers without success to an older spool, before this run goes first after all
SYNC_SECONDS = 1.0  # a power cut of this machine loses at most this much
LOOK_SECONDS = 60.0  # between two searches for what other runs left
SHORTEN_FROM_BYTES = 64 << 20
MAX_REST_BYTES = 1 << 20  # what may be copied into a shortened spool while the loop waits
MAX_CUTS = 30  # in a row without a packet confirmed: more is a server that plays with us
LEAVE_SECONDS = 5.0  # longest wait for the server at the end of a run
STALLED_SECONDS = 1.6  # of it without a packet confirmed
ABSENT_SECONDS = 0.8  # the same when the server was away before
CLOSING_PAUSE_SECONDS = 0.2  # between attempts meanwhile
CLOSING_POLL_SECONDS = 0.02
LETTING_GO_SECONDS = 0.2


class Sender:
    """Delivers one run's spool, then what others left. `start`, `wake` and `close` may be called by any thread.

    on_answer: called with each confirmation, for what the server asks and tells. on_turn: called a few times a second
    at most, to write what waits elsewhere. Both run in the sender's thread.
    """

    def __init__(
        self,
        recorder: Recorder,
        delivery: Delivery,
        leftovers: Leftovers,
        heartbeat_seconds: float,
        *,
        on_answer: Callable[[Attempt], None],
        on_turn: Callable[[], None],
    ) -> None:
        self._recorder = recorder
        self._delivery = delivery
        self._leftovers = leftovers
        self._heartbeat_seconds = heartbeat_seconds
        self._on_answer = on_answer
        self._on_turn = on_turn
        self._wake = threading.Event()
        self._done = threading.Event()
        self._is_closing = False
        self._is_stopped = False
        self._is_last_try = False  # nobody waits any more: the first failure ends it
        self._has_older = True  # spools of this run by earlier processes: they go first
        self._backoff = Backoff()
        self._cuts = 0
        self._progress = 0
        self._gather_until: float | None = None
        self._active_until = 0.0  # while records keep coming, looking now and then is cheaper for the loop than waking
        self._heard_at = monotonic()
        self._synced_number = 0
        self._unsafe_number = 0  # the newest record when the oldest in danger was seen
        self._unsafe_since = 0.0
        self._look_at = 0.0
        self._thread = threading.Thread(target=self._run, name="epochwatch-sender", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Tell the thread that there is something to send."""
        self._wake.set()

    def close(self) -> bool:
        """Send what is left, waiting as long as the server takes it, but not for ever; False when something is left.

        What is left is sent on while the process lives, until the server fails; then the spool is let go.
        """
        self._is_closing = True
        self._backoff.not_before = 0.0
        self._wake.set()
        started_at = moved_at = monotonic()
        progress = self._progress
        while self._thread.is_alive() and not self._done.wait(CLOSING_POLL_SECONDS):
            now = monotonic()
            if self._progress != progress:
                progress, moved_at = self._progress, now
            patience = ABSENT_SECONDS if self._backoff.failures else STALLED_SECONDS
            if now - started_at > LEAVE_SECONDS:
                self._is_last_try = True
                return False
            if now - moved_at > patience:
                break
        self._is_stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(LETTING_GO_SECONDS)  # so that the spool is free when this returns, if that is quick
        return self._done.is_set()

    def abandon(self) -> None:
        """In a forked child, where the thread does not exist: let go of the parent's files and connection."""
        self._is_stopped = True
        self._delivery.transport.abandon()
        self._delivery.reader.close()
        self._leftovers.abandon()

    def _run(self) -> None:
        attempt("looking for leftovers", self._look_for_older, None)
        while not self._is_stopped and not self._done.is_set():
            pause = attempt("sending", self._turn, FAULT_SECONDS)
            if pause > 0:
                self._wake.wait(pause)
                self._wake.clear()
        attempt("leaving", self._leave, None)

    def _look_for_older(self) -> None:
        prune_states(self._delivery.spool.parent, time())
        self._leftovers.look(only_run=self._delivery.run, but_not={self._delivery.spool})

    def _turn(self) -> float:
        """Do the most urgent thing; return the seconds until there is something to do again."""
        self._recorder.idle = False
        if self._recorder.spool.dropped_untold:
            self._shorten()
        self._on_turn()
        has_copies = not self._recorder.settle()
        now = monotonic()
        sync_in = self._sync(now)
        if now < self._backoff.not_before:
            return min(self._backoff.not_before - now, sync_in)
        pause = self._send(now)
        if self._is_closing and not has_copies and not self._has_older and not self._delivery.has_unsent:
            self._finish()
            return 0.0
        return min(pause, sync_in, COPY_POLL_SECONDS if has_copies else pause)

    def _send(self, now: float) -> float:
        if self._has_older:
            return self._send_older()
        has_unsent = self._delivery.has_unsent
        if has_unsent and self._gather_until is None:
            self._gather_until = now + GATHER_SECONDS
        if has_unsent and (self._is_closing or now >= (self._gather_until or 0.0)):
            return self._send_own()
        if not has_unsent and now - self._heard_at >= self._heartbeat_seconds and self._delivery.confirmed:
            self._settle(self._delivery.beat())
            return 0.0
        if not self._is_closing and now >= self._look_at:
            return self._send_others(now)
        if has_unsent and self._gather_until is not None:
            return self._gather_until - now
        return GATHER_SECONDS if now < self._active_until else self._rest(now)

    def _send_own(self) -> float:
        made = self._delivery.deliver()
        self._settle(made)
        now = monotonic()
        self._gather_until = now if made.is_full else now + GATHER_SECONDS
        if made.outcome is Outcome.DELIVERED:
            self._active_until = now + ACTIVE_SECONDS
            self._shorten()
        return 0.0

    def _rest(self, now: float) -> float:
        """Let the next record wake this thread; one that came just before is seen by the second look."""
        self._gather_until = None
        self._recorder.idle = True
        if self._delivery.reader.has_more():
            return 0.0
        return max(0.001, min(self._heard_at + self._heartbeat_seconds, self._look_at) - now)

    def _send_older(self) -> float:
        older = self._leftovers.next_delivery()
        if older is None:
            self._has_older = False
            return 0.0
        self._settle(older.deliver())
        if self._backoff.failures >= MAX_OLDER_REFUSALS and older.transport.is_connected:
            self._leftovers.close()
            self._has_older = False
        return 0.0

    def _send_others(self, now: float) -> float:
        if not self._leftovers.is_looking:
            self._leftovers.look(but_not={self._delivery.spool})
        other = self._leftovers.next_delivery()
        # What the server asks of another run is not for this one, and its trouble does not hold this one up.
        outcome = Outcome.FAILED if other is None else other.deliver().outcome
        self._cuts = self._cuts + 1 if outcome is Outcome.CUT_AGAIN else 0
        if outcome is Outcome.FAILED or self._cuts > MAX_CUTS:
            self._leftovers.close()
            self._look_at = now + LOOK_SECONDS
        return 0.0

    def _settle(self, made: Attempt) -> None:
        if made.outcome is Outcome.CUT_AGAIN and self._cuts < MAX_CUTS:
            self._cuts += 1
            return
        self._cuts = 0
        if made.outcome is Outcome.NOTHING:
            return
        if made.outcome is Outcome.DELIVERED:
            self._backoff.succeed()
            self._heard_at = monotonic()
            self._progress += 1
            self._on_answer(made)
            return
        now = monotonic()
        self._backoff.fail(now, made.retry_after)
        self._is_stopped = self._is_stopped or self._is_last_try
        if self._is_closing:  # nobody waits for long now
            self._backoff.not_before = min(self._backoff.not_before, now + CLOSING_PAUSE_SECONDS)
        self._tell(made.problem or "the server asked for the same records again and again")

    def _tell(self, problem: str) -> None:
        what = problem.rpartition(": ")[0] if "status" not in problem else problem
        warn_once(
            f"sending {what}",
            f"cannot deliver just now: {problem}. Nothing is lost: it waits in {self._delivery.spool.parent} "
            "and is sent as soon as the server takes it, or by `epochwatch sync`.",
        )

    def _sync(self, now: float) -> float:
        """Make records that are unconfirmed for a second safe from a power cut; return the seconds until it is due."""
        spool = self._recorder.spool
        safe = max(self._synced_number, self._delivery.confirmed)
        if self._unsafe_number <= safe:  # what was in danger is safe now; what came since has a second of its own
            self._unsafe_number, self._unsafe_since = spool.number, now
        if spool.number <= safe:
            return SYNC_SECONDS
        due = self._unsafe_since + SYNC_SECONDS - now
        if due > 0:
            return due
        self._synced_number = spool.number
        attempt("fsync of the spool", spool.sync, None)
        return SYNC_SECONDS

    def _shorten(self) -> None:
        """Give the space of confirmed records back; as soon as there is any when there is no room for more."""
        spool, reader = self._recorder.spool, self._delivery.reader
        is_worth_it = reader.offset > spool.head_bytes if spool.dropped_untold else spool.size >= SHORTEN_FROM_BYTES
        if not is_worth_it or spool.size - reader.offset > MAX_REST_BYTES:
            return
        if not reader.number or self._delivery.is_packed:
            return
        if self._recorder.shorten_spool(reader.number, reader.offset, reader.layouts):
            reader.replace_file(os.open(spool.path, os.O_RDONLY | os.O_CLOEXEC))
            self._delivery.mark(is_urgent=True)

    def _finish(self) -> None:
        self._recorder.close_spool(remove=True)
        self._done.set()

    def _leave(self) -> None:
        if not self._done.is_set():
            self._delivery.mark(is_urgent=True)
            self._recorder.close_spool(remove=False)
        self._leftovers.close()
        self._delivery.reader.close()
        self._delivery.transport.close()
