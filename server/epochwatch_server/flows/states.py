"""The truth about a run's state, as a pure function of what was heard of it and when."""

from dataclasses import dataclass

from epochwatch_server.domain.run import RunEnd, RunState

LOST_AFTER_HEARTBEATS = 3
MIN_QUIET_SECONDS = 60.0  # shorter silences are ordinary: a checkpoint, a long validation step
FIRST_EPOCH_QUIET_SECONDS = 600.0  # until an epoch is through, nobody knows this run's longest ordinary silence
QUIET_FACTOR = 3.0  # times the longest silence it ever broke by itself

_STATE_OF_REASON = {
    "finished": RunState.FINISHED,
    "early_stopped": RunState.EARLY_STOPPED,
    "stopped": RunState.STOPPED,
    "interrupted": RunState.STOPPED,
    "crashed": RunState.CRASHED,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a run. Every `*_ms` is by the server's clock.

    state: as it was last decided. last_point_ms: None while it has sent neither point nor epoch.
    longest_gap_seconds: the longest pause between its points so far, None when unknown.
    """

    state: RunState
    end: RunEnd | None
    last_seen_ms: int
    last_point_ms: int | None
    heartbeat_seconds: float
    epochs_done: int
    epoch_seconds: float | None
    longest_gap_seconds: float | None = None


def next_state(heard: Heard, now_ms: int, listening_since_ms: int) -> RunState:
    """Decide a run's state.

    Args:
        heard: What is known of it.
        now_ms: The server's clock.
        listening_since_ms: When the server started: silence before that is the server's own.
    """
    if heard.end is not None:
        return _STATE_OF_REASON.get(heard.end.reason, RunState.STOPPED)
    # A run that was lost before the server started is not found again by the start.
    deaf_until_ms = 0 if heard.state is RunState.LOST else listening_since_ms
    silent_ms = now_ms - max(heard.last_seen_ms, deaf_until_ms)
    if silent_ms >= LOST_AFTER_HEARTBEATS * heard.heartbeat_seconds * 1000:
        return RunState.LOST
    if heard.last_point_ms is None:
        return RunState.STARTING
    quiet_ms = now_ms - max(heard.last_point_ms, listening_since_ms)
    if quiet_ms >= quiet_limit_seconds(heard) * 1000:
        return RunState.STALLED
    return RunState.RUNNING


def quiet_limit_seconds(heard: Heard) -> float:
    """Say how long this run may send heartbeats only before it counts as stalled."""
    if heard.epochs_done and heard.longest_gap_seconds is not None:
        return max(MIN_QUIET_SECONDS, QUIET_FACTOR * heard.longest_gap_seconds)
    return max(FIRST_EPOCH_QUIET_SECONDS, 2 * (heard.epoch_seconds or 0.0))
