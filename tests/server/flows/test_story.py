"""What packets make of a run's row."""

from dataclasses import replace
from typing import Any

import pytest
from tests.server_process import HandMadeWriter, Rows, encode_packet, start_event

from epochwatch_server.domain.run import Run, RunState, Tracked
from epochwatch_server.flows.packet_reader import read_packet
from epochwatch_server.flows.story import advance_run, clock_error, feed_of, first_row, seen_at

NOW = 1_800_000_000.0
NOW_MS = 1_900_000_000_000  # the server's clock is years ahead of the trainer's


def tell(run: Run | None, *events: dict[str, Any], writer: str = "r0-ab12cd34", rows: list[Rows] | None = None) -> Run:
    packet = read_packet(HandMadeWriter("run1", writer, sent=NOW).packet(events=events, rows=rows or []))
    return advance_run(run or first_row(packet, NOW_MS), packet, NOW_MS)


def begun(**fields: Any) -> Run:
    return tell(None, start_event(**fields))


def test_a_start_says_what_the_run_is() -> None:
    run = begun(
        project="abr",
        name="focal",
        config={"lr": "5e-5"},
        planned_epochs=9,
        tracked={"metric": "val/acc", "mode": "max", "patience": 3, "min_delta": 0.01},
        composite={"c": ["a", "b"]},
        targets={"val/f1": {"5": 0.1}},
        components=["x"],
        weights={"x": 0.5},
        environment={"host": "h"},
        tags=["one", "one"],
        heartbeat_seconds=2.5,
    )
    assert (run.project, run.name, run.planned_epochs, run.heartbeat_seconds) == ("abr", "focal", 9, 2.5)
    assert run.tracked == Tracked("val/acc", "max", 3, 0.01)
    assert run.declared.targets == {"val/f1": {"5": 0.1}}
    assert run.tags == ("one",)
    assert run.created_ms == NOW_MS


def test_a_run_without_a_start_is_known_by_its_id() -> None:
    run = tell(None, rows=[Rows(["a"], [3], [[1.0]])])
    assert (run.project, run.name, run.state) == ("unknown", "run1", RunState.STARTING)


def test_epochs_count_and_their_usual_duration_follows() -> None:
    run = begun(planned_epochs=10, tracked={"metric": "a", "mode": "min", "patience": 5})
    for epoch, seconds in enumerate([10.0, 10.0, 20.0]):
        said = {"type": "epoch", "epoch": epoch, "step": epoch * 5, "seconds": seconds, "metrics": {}, "lr": 0.1}
        run = tell(run, said | {"tracked": {"metric": "a", "mode": "min", "value": 1.0, "best": 0.5, "waited": epoch}})
    assert (run.epoch, run.epochs_done, run.step, run.learning_rate) == (2, 3, 10, 0.1)
    assert run.epoch_seconds == 13.0
    assert run.eta_seconds == 7 * 13.0
    assert run.tracked is not None
    assert (run.tracked.waited, run.tracked.patience) == (2, 5)


def test_points_tell_step_epoch_and_learning_rate() -> None:
    run = tell(begun(), rows=[Rows(["lr", "train/loss"], [7, 8], [[0.1, 1.0], [0.2, 1.0]], epoch=2)])
    assert (run.step, run.epoch, run.learning_rate) == (8, 2, 0.2)
    run = tell(run, rows=[Rows(["lr/head", "lr/body"], [3], [[0.5, 0.4]])])
    assert (run.step, run.learning_rate) == (3, 0.4)  # it went back: the truth, not the maximum


def test_only_the_main_rank_speaks_for_the_run() -> None:
    run = tell(begun(), {"type": "end", "reason": "finished"}, writer="r1-ffffffff")
    assert run.end is None
    run = tell(run, start_event(name="other"), writer="r1-ffffffff")
    assert run.name == "a run"
    run = tell(run, {"type": "dropped", "n": 4, "reason": "full"}, writer="r1-ffffffff")
    assert run.dropped == 4


def test_an_end_ends_and_a_new_start_goes_on() -> None:
    end = {"type": "end", "reason": "crashed", "traceback": "Traceback ...", "summary": {"acc": 1}, "verdict": "v"}
    run = tell(begun(), end)
    assert run.end is not None
    assert (run.end.reason, run.end.traceback) == ("crashed", "Traceback ...")
    assert run.end.summary == {"acc": 1, "verdict": "v"}
    assert run.ended_ms is not None
    again = tell(replace(run, name="renamed", tags=("mine",)), start_event(resumed=True, tags=["theirs"]))
    assert (again.end, again.ended_ms, again.name, again.tags) == (None, None, "renamed", ("mine", "theirs"))


def test_watch_adds_the_model_to_the_environment() -> None:
    run = tell(begun(environment={"host": "h"}), {"type": "watch", "parameters": 12, "trainable": 10, "modules": ["a"]})
    assert run.parameters == 12
    assert run.environment == {"host": "h", "model": {"parameters": 12, "trainable": 10, "modules": ["a"]}}


def test_a_spool_delivered_late_is_no_sign_of_life() -> None:
    late = HandMadeWriter("run1", sent=NOW).packet(rows=[Rows(["a"], [0], [[1.0]], time=NOW - 3600)])
    assert seen_at(read_packet(late), NOW_MS) == NOW_MS - 3_600_000
    fresh = HandMadeWriter("run1", sent=NOW).packet(rows=[Rows(["a"], [0], [[1.0]], time=NOW)])
    assert seen_at(read_packet(fresh), NOW_MS) == NOW_MS
    ahead = HandMadeWriter("run1", sent=NOW).packet(rows=[Rows(["a"], [0], [[1.0]], time=NOW + 3600)])
    assert seen_at(read_packet(ahead), NOW_MS) == NOW_MS
    beat = encode_packet({"version": 1, "run": "r", "writer": "r0-0", "first": 0, "count": 0, "sent": NOW})
    assert seen_at(read_packet(beat), NOW_MS) == NOW_MS


def test_the_feed_takes_what_a_reader_wants_to_see() -> None:
    events = [start_event(config={"big": 1}), {"type": "note", "text": "hello"}, {"type": "epoch_start", "epoch": 1}]
    lines = feed_of("run1", read_packet(HandMadeWriter("run1", sent=NOW).packet(events=events)).events)
    assert [(line.type, dict(line.data)) for line in lines] == [
        ("start", {"resumed": False, "rank": 0, "world_size": 1}),
        ("note", {"text": "hello"}),
    ]


@pytest.mark.parametrize("ahead", [86_400, -86_400, 3_600])
def test_the_feed_of_a_trainer_whose_clock_is_wrong_has_the_servers_time(ahead: int) -> None:
    events: list[dict[str, Any]] = [
        {"type": "note", "text": "an hour ago", "time": NOW + ahead - 3_600},
        {"type": "note", "text": "now"},
    ]
    packet = read_packet(HandMadeWriter("run1", sent=NOW + ahead).packet(events=events))
    lines = feed_of("run1", packet.events, clock_error(packet, NOW_MS))
    assert [line.time_ms - NOW_MS for line in lines] == [-3_600_000, 0]


def test_a_packet_that_was_long_on_its_way_moves_no_line_of_the_feed() -> None:
    packet = read_packet(HandMadeWriter("run1", sent=NOW - 30).packet(events=[{"type": "note", "text": "x"}]))
    assert clock_error(packet, round(NOW * 1000)) == 0
