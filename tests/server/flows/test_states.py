"""A run's state is the truth about it: the whole table, and time as an argument."""

from dataclasses import replace

import pytest

from epochwatch_server.domain.run import RunEnd, RunState
from epochwatch_server.flows.states import Heard, next_state

NOW = 1_800_000_000_000
LONG_AGO = NOW - 10**9
ALIVE = Heard(
    state=RunState.RUNNING,
    end=None,
    last_seen_ms=NOW,
    last_point_ms=NOW,
    heartbeat_seconds=5.0,
    epochs_done=1,
    epoch_seconds=30.0,
    longest_gap_seconds=2.0,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, RunState.RUNNING),
        ({"last_point_ms": None}, RunState.STARTING),
        ({"last_seen_ms": NOW - 14_999}, RunState.RUNNING),
        ({"last_seen_ms": NOW - 15_000}, RunState.LOST),
        ({"last_seen_ms": NOW - 15_000, "heartbeat_seconds": 10.0}, RunState.RUNNING),
        ({"last_seen_ms": NOW - 15_000, "last_point_ms": None}, RunState.LOST),
        ({"last_seen_ms": NOW + 3_600_000}, RunState.RUNNING),  # the server's clock was set back
        ({"last_point_ms": NOW - 59_999}, RunState.RUNNING),
        ({"last_point_ms": NOW - 60_000}, RunState.STALLED),
        ({"last_point_ms": NOW - 60_000, "longest_gap_seconds": 30.0}, RunState.RUNNING),
        ({"last_point_ms": NOW - 90_000, "longest_gap_seconds": 30.0}, RunState.STALLED),
        ({"last_point_ms": NOW - 599_999, "epochs_done": 0}, RunState.RUNNING),  # nobody knows its pace yet
        ({"last_point_ms": NOW - 600_000, "epochs_done": 0}, RunState.STALLED),
        ({"last_point_ms": NOW - 600_000, "longest_gap_seconds": None, "epoch_seconds": 400.0}, RunState.RUNNING),
        ({"last_point_ms": NOW - 800_000, "longest_gap_seconds": None, "epoch_seconds": 400.0}, RunState.STALLED),
        ({"state": RunState.LOST}, RunState.RUNNING),
        ({"state": RunState.STALLED}, RunState.RUNNING),
        ({"end": RunEnd("finished")}, RunState.FINISHED),
        ({"end": RunEnd("early_stopped")}, RunState.EARLY_STOPPED),
        ({"end": RunEnd("stopped")}, RunState.STOPPED),
        ({"end": RunEnd("interrupted")}, RunState.STOPPED),
        ({"end": RunEnd("crashed"), "last_seen_ms": LONG_AGO}, RunState.CRASHED),
    ],
)
def test_the_state_follows_from_what_was_heard(changes: dict[str, object], expected: RunState) -> None:
    assert next_state(replace(ALIVE, **changes), NOW, LONG_AGO) is expected  # type: ignore[arg-type]  # a table


def test_a_server_that_just_started_gives_three_heartbeats_of_grace() -> None:
    silent = replace(ALIVE, last_seen_ms=LONG_AGO, last_point_ms=LONG_AGO)
    assert next_state(silent, NOW, NOW - 14_999) is RunState.RUNNING
    assert next_state(silent, NOW, NOW - 15_000) is RunState.LOST


def test_a_run_that_was_lost_before_is_not_found_by_a_restart() -> None:
    lost = replace(ALIVE, state=RunState.LOST, last_seen_ms=LONG_AGO, last_point_ms=LONG_AGO)
    assert next_state(lost, NOW, NOW) is RunState.LOST
