"""When a loop should stop: patience, commands, and patience that outlives the process."""

import math
from collections.abc import Callable

from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer, wait_until

Told = Callable[[], str]


def test_the_loop_of_the_readme_stops_when_patience_is_used_up(start: Start, server: PacketServer) -> None:
    run = start(epochs=50, track="val/acc", patience=3)
    values = [0.1, 0.5, 0.4, 0.5, 0.3, 0.9]
    seen = []
    for epoch in run.epochs():
        run.log({"train/loss": 1.0})
        run.log({"val/acc": values[epoch]})
        seen.append(epoch)
        if run.should_stop:
            break
    run.finish()
    assert seen == [0, 1, 2, 3, 4]
    stored = server.run(run.id)
    assert [event["tracked"]["waited"] for event in stored.of_type("epoch")] == [0, 0, 1, 2, 3]
    assert stored.of_type("epoch")[-1]["tracked"] == {
        "metric": "val/acc", "mode": "max", "patience": 3, "min_delta": 0.0, "value": 0.3, "best": 0.5, "best_epoch": 1,
        "waited": 3,
    }  # fmt: skip
    assert [(e["value"], e["previous"], e["epoch"]) for e in stored.of_type("best")] == [(0.1, None, 0), (0.5, 0.1, 1)]
    (end,) = stored.of_type("end")
    assert end["reason"] == "early_stopped"
    assert end["verdict"] == (
        "stopped early after 5 of 50 epochs, 3 without improvement in val/acc; best val/acc 0.5000 @ epoch 1"
    )


def test_epochs_end_by_themselves_without_asking(start: Start, server: PacketServer) -> None:
    run = start(epochs=50, track="val/loss", patience=2)
    seen = []
    for epoch in run.epochs():
        run.log({"val/loss": 1.0})
        seen.append(epoch)
    run.finish()
    assert seen == [0, 1, 2]
    assert server.run(run.id).of_type("end")[0]["reason"] == "early_stopped"


def test_a_loop_that_never_says_where_its_epochs_are_is_told_why_nothing_stops_it(start: Start, told: Told) -> None:
    run = start(track="val/loss", patience=2)
    for _ in range(5):
        run.log({"val/loss": 1.0})
    run.finish()
    assert "track='val/loss' had no epochs to follow" in told()
    assert "run.epochs()" in told()


def test_asking_at_every_batch_does_not_wear_the_patience(start: Start, server: PacketServer) -> None:
    run = start(epochs=6, track="train/loss", mode="min", patience=2)
    asked = []
    for epoch in run.epochs():
        for batch in range(4):  # within an epoch the loss starts high, so half an epoch looks worse than a whole one
            run.log({"train/loss": 10.0 - epoch - batch})
            asked.append(run.should_stop)
        run.log({"val/loss": 1.0})
    run.finish()
    stored = server.run(run.id)
    assert asked == [False] * 24
    assert [event["tracked"]["waited"] for event in stored.of_type("epoch")] == [0] * 6
    assert stored.of_type("end")[0]["reason"] == "finished"


def test_asking_twice_at_the_end_is_one_epoch_of_patience(start: Start, server: PacketServer) -> None:
    run = start(track="val/loss", patience=2)
    answers = []
    for epoch in range(3):
        run.epoch(epoch)
        run.log({"val/loss": 1.0 + epoch})
        answers.append([run.should_stop for _ in range(3)])
    run.finish()
    assert answers == [[False] * 3, [False] * 3, [True] * 3]
    assert [e["tracked"]["waited"] for e in server.run(run.id).of_type("epoch")] == [0, 1, 2]


def test_an_epoch_without_the_tracked_metric_is_no_observation(start: Start, server: PacketServer) -> None:
    run = start(epochs=7, track="val/loss", patience=2)
    for epoch in run.epochs():
        run.log({"train/loss": 1.0})
        if epoch % 3 == 0:
            run.log({"val/loss": 1.0 / (1 + epoch)})
    run.finish()
    stored = server.run(run.id)
    assert len(stored.of_type("epoch")) == 7
    assert [event["epoch"] for event in stored.of_type("best")] == [0, 3, 6]


def test_nan_is_never_the_best(start: Start, server: PacketServer) -> None:
    run = start(epochs=3, track="val/loss", patience=5)
    for epoch in run.epochs():
        run.log({"val/loss": (math.nan, 2.0, -math.inf)[epoch]})
    run.finish()
    stored = server.run(run.id)
    assert [(e["tracked"]["value"], e["tracked"]["best"]) for e in stored.of_type("epoch")] == [
        ("nan", None), (2.0, 2.0), ("-inf", 2.0),
    ]  # fmt: skip


def test_a_composite_is_tracked_like_any_metric(start: Start, server: PacketServer) -> None:
    run = start(
        epochs=2, track="val/composite_acc", patience=1, composite={"composite_acc": ["command_acc", "type_acc"]}
    )
    for epoch in run.epochs():
        run.log({"train/command_acc": 1.0, "train/type_acc": 0.5})
        run.log({"val/command_acc": 0.8, "val/type_acc": 0.5 - 0.1 * epoch})
        if run.should_stop:
            break
    run.finish()
    stored = server.run(run.id)
    assert stored.points["val/composite_acc", 0] == 0.4
    assert stored.points["train/composite_acc", 0] == 0.5
    assert stored.of_type("epoch")[0]["tracked"]["mode"] == "max"
    assert stored.of_type("end")[0]["reason"] == "early_stopped"


def test_observed_metrics_can_be_tracked(start: Start, server: PacketServer) -> None:
    run = start(epochs=9, track="val/r2", patience=1)
    seen = 0
    for _ in run.epochs():
        run.observe("val", [1.0, 2.0, 3.5], [1.0, 2.0, 3.0])
        seen += 1
        if run.should_stop:
            break
    run.finish()
    assert seen == 2
    assert len(server.run(run.id).of_type("epoch")) == 2


def test_a_resumed_run_goes_on_with_its_epochs_steps_and_patience(start: Start, server: PacketServer) -> None:
    first = start(epochs=6, track="val/loss", patience=3, id="keepsake")
    for epoch in first.epochs():
        first.log({"train/loss": 1.0})
        first.log({"val/loss": 1.0 + epoch})
        if epoch == 1:
            break
    first.finish()
    second = start(epochs=6, track="val/loss", patience=3, id="keepsake", resume=True)
    seen = []
    for epoch in second.epochs():
        second.log({"train/loss": 2.0})
        second.log({"val/loss": 5.0})
        seen.append((epoch, second.should_stop))
    second.finish()
    assert seen == [(2, False), (3, True)]
    stored = server.run("keepsake")
    assert [event["resumed"] for event in stored.of_type("start")] == [False, True]
    assert len(stored.of_type("resume")) == 1
    assert [event["verdict"].partition(",")[0].partition(";")[0] for event in stored.of_type("end")] == [
        "finished after 2 of 6 epochs",
        "stopped early after 4 of 6 epochs",
    ]
    assert [event["tracked"]["waited"] for event in stored.of_type("epoch")] == [0, 1, 2, 3]
    assert stored.of_type("epoch")[-1]["tracked"]["best"] == 1.0
    assert [row[2] for row in stored.rows if row[0] == "train/loss"] == [0, 1, 2, 3]


def test_a_stop_command_is_obeyed_and_answered(start: Start, server: PacketServer) -> None:
    run = start(epochs=10_000, heartbeat_seconds=0.1)
    server.commands[run.id] = [
        {"id": 7, "type": "stop", "reason": "loss exploded", "actor": "me"},
        {"id": 8, "type": "delete everything"},
        "nonsense",  # type: ignore[list-item]
    ]
    for _ in run.epochs():
        run.log({"train/loss": 1.0})
        wait_until(lambda: run.should_stop, 0.05)
    run.finish()
    stored = server.run(run.id)
    assert [(event["id"], event["stage"]) for event in stored.of_type("command")] == [(7, "seen"), (7, "done")]
    (end,) = stored.of_type("end")
    assert (end["reason"], end["actor"]) == ("stopped", "me")
    assert "stopped by me after" in end["verdict"]


def test_a_rule_that_stops_the_run_is_named_with_its_reason_at_the_end(start: Start, server: PacketServer) -> None:
    run = start(epochs=50, heartbeat_seconds=0.05, stop_on_critical=True)
    reason = "train/loss has been NaN since epoch 0"
    for epoch in run.epochs():
        run.log({"train/loss": 1.0})
        if epoch == 0:
            server.commands[run.id] = [{"id": 1, "type": "stop", "reason": reason, "actor": "rule nonfinite"}]
            assert wait_until(lambda: run.should_stop)
    run.finish()
    stored = server.run(run.id)
    (end,) = stored.of_type("end")
    assert (end["reason"], end["actor"]) == ("stopped", "rule nonfinite")
    assert end["verdict"] == f"stopped by rule nonfinite after 1 of 50 epochs: {reason}"
    assert stored.of_type("start")[0]["stop_on_critical"] is True


def test_a_rule_stops_a_run_only_when_the_script_asked_for_that(start: Start, server: PacketServer) -> None:
    runs = [start(), start(stop_on_critical=None), start(stop_on_critical="yes")]
    for run in runs:
        run.finish()
    asked = [server.run(run.id).of_type("start")[0]["stop_on_critical"] for run in runs]
    assert asked == [False, False, False]


def test_a_command_for_another_run_is_not_obeyed(start: Start, server: PacketServer) -> None:
    run = start(heartbeat_seconds=0.05)

    def answer_for_another(header: dict[str, object], request: object) -> bool:
        status, said = server.take(header, b"") if not header["count"] else (0, {})
        if status:
            said = {**said, "run": "/runs/another", "commands": [{"id": 1, "type": "stop", "reason": "", "actor": "x"}]}
            request.answer(200, said)  # type: ignore[attr-defined]
        return bool(status)

    server.fault = answer_for_another
    assert wait_until(lambda: server.run(run.id).heartbeats > 2)
    assert run.should_stop is False
