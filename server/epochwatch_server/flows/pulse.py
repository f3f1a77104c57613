"""What was last heard of each run that is not over, kept in memory so that noticing silence costs no query."""

import threading
from collections.abc import Iterable

from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.flows.states import Heard, next_state


class Pulses:
    """The runs to watch. Safe to use from any thread.

    listening_since_ms: when this server started; silence before that was its own.
    """

    def __init__(self, listening_since_ms: int) -> None:
        self._listening_since_ms = listening_since_ms
        self._pulses: dict[str, Heard] = {}
        self._lock = threading.Lock()

    def load(self, runs: Iterable[Run]) -> None:
        """Take in runs as the store has them; what is known of one already stays."""
        for run in runs:
            with self._lock:
                if run.id not in self._pulses and run.state is not RunState.LOST:
                    self._pulses[run.id] = _heard(run, None)

    def state_of(self, run: Run, now_ms: int) -> RunState:
        """Decide the state of a run as given, which may be newer than what is kept."""
        with self._lock:
            known = self._pulses.get(run.id)
        gap = known.longest_gap_seconds if known else None
        return next_state(_heard(run, gap), now_ms, self._listening_since_ms)

    def keep(self, run: Run) -> None:
        """Remember a run as it now is; its end, or its loss, ends the watch until a packet of it comes."""
        with self._lock:
            known = self._pulses.get(run.id)
            if run.state.is_over or run.state is RunState.LOST:
                self._pulses.pop(run.id, None)
                return
            self._pulses[run.id] = _heard(run, _longer_gap(known, run) if known else None)

    def listen_from(self, now_ms: int) -> None:
        """Take what was not heard until now for the server's own deafness: its clock was set, or it stood still."""
        self._listening_since_ms = now_ms

    def forget(self, run_id: str) -> None:
        """Drop a run that was deleted."""
        with self._lock:
            self._pulses.pop(run_id, None)

    def due(self, now_ms: int) -> list[str]:
        """List the runs whose state is no longer true."""
        with self._lock:
            pulses = list(self._pulses.items())
        return [
            run_id for run_id, pulse in pulses if next_state(pulse, now_ms, self._listening_since_ms) is not pulse.state
        ]


def _heard(run: Run, longest_gap_seconds: float | None) -> Heard:
    return Heard(
        state=run.state,
        end=run.end,
        last_seen_ms=run.last_seen_ms,
        last_point_ms=run.last_point_ms,
        heartbeat_seconds=run.heartbeat_seconds,
        epochs_done=run.epochs_done,
        epoch_seconds=run.epoch_seconds,
        longest_gap_seconds=longest_gap_seconds,
    )


def _longer_gap(known: Heard, run: Run) -> float | None:
    """A silence that was noticed as one (stalled, lost) is no ordinary pause and sets no measure."""
    longest, before, after = known.longest_gap_seconds, known.last_point_ms, run.last_point_ms
    if known.state is not RunState.RUNNING or before is None or after is None or after <= before:
        return longest
    return max(longest or 0.0, (after - before) / 1000)
