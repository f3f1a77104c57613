"""Epochs: what each came to, and what happens when the loop is left in all sorts of ways."""

import math
from collections.abc import Callable

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer

Told = Callable[[], str]


def test_an_epoch_event_sums_up_every_metric(start: Start, server: PacketServer) -> None:
    run = start(epochs=1)
    for _ in run.epochs():
        for value in (1.0, 2.0, 3.0, math.nan, 6.0):
            run.log({"train/loss": value})
        run.log({"val/loss": math.inf})
    run.finish()
    (epoch,) = server.run(run.id).of_type("epoch")
    assert (epoch["epoch"], epoch["step"], epoch["tracked"], epoch["lr"], epoch["weights"]) == (0, 4, None, None, None)
    assert 0 <= epoch["seconds"] < 5
    assert epoch["metrics"]["train/loss"] == [4, 3.0, pytest.approx(math.sqrt(3.5)), 1.0, 6.0, 1]
    assert epoch["metrics"]["val/loss"] == [0, "inf", None, None, None, 1]
    assert [event["epoch"] for event in server.run(run.id).of_type("epoch_start")] == [0]


def test_a_misspelt_factor_is_told_with_the_nearest_name(start: Start, told: Told) -> None:
    run = start(epochs=3, composite={"both": ["comand_acc", "type_acc"]})
    for _ in run.epochs():
        run.log({"val/command_acc": 1.0, "val/type_acc": 1.0})
    run.finish()
    assert "composite 'both': no metric 'comand_acc'; did you mean 'command_acc'?" in told()
    assert "'type_acc';" not in told()


def test_break_ends_the_epoch_and_test_metrics_join_it(start: Start, server: PacketServer) -> None:
    run = start(epochs=10)
    for epoch in run.epochs():
        run.log({"train/loss": 1.0})
        if epoch == 2:
            break
    run.log({"test/f1_macro": 0.75})
    run.finish()
    stored = server.run(run.id)
    *_, last, late = stored.of_type("epoch")
    assert [event["epoch"] for event in stored.of_type("epoch")] == [0, 1, 2, 2]
    assert list(last["metrics"]) == ["train/loss"]
    assert list(late["metrics"]) == ["test/f1_macro"]
    assert late["seconds"] == last["seconds"]
    assert ("test/f1_macro", 2) in stored.points


def test_return_out_of_the_loop_ends_the_epoch(start: Start, server: PacketServer) -> None:
    run = start(epochs=10)

    def train() -> None:
        for _ in run.epochs():
            run.log({"train/loss": 1.0})
            return

    train()
    run.finish()
    assert len(server.run(run.id).of_type("epoch")) == 1


def test_a_crash_within_an_epoch_leaves_it_unfinished(start: Start, server: PacketServer) -> None:
    run = start(epochs=10, track="train/loss", patience=5)

    def train() -> None:
        with run:
            for epoch in run.epochs():
                run.log({"train/loss": 1.0})
                if epoch == 1:
                    raise RuntimeError("CUDA out of memory")

    with pytest.raises(RuntimeError):
        train()
    stored = server.run(run.id)
    assert [event["epoch"] for event in stored.of_type("epoch")] == [0]
    assert stored.of_type("end")[0]["verdict"].startswith("crashed after 1 of 10 epochs: RuntimeError: CUDA out of")


def test_a_loop_of_its_own_says_epoch(start: Start, server: PacketServer) -> None:
    run = start(epochs=3)
    for epoch in range(1, 4):
        run.epoch(epoch)
        run.epoch(epoch)
        run.log({"train/loss": 1.0})
    run.epoch(-1)
    run.epoch("x")  # type: ignore[arg-type]  # told, not raised
    run.finish()
    assert [event["epoch"] for event in server.run(run.id).of_type("epoch")] == [1, 2, 3]


def test_an_epoch_can_come_with_the_numbers(start: Start, server: PacketServer) -> None:
    run = start(track="val/loss", patience=3)
    for epoch in range(3):
        run.log({"train/loss": 2.0}, epoch=epoch)
        run.log({"val/loss": 3.0 - epoch}, epoch=epoch)
    run.log({"val/late": 1.0}, epoch=0)
    run.finish()
    stored = server.run(run.id)
    assert [(e["epoch"], list(e["metrics"])) for e in stored.of_type("epoch")] == [
        (epoch, ["train/loss", "val/loss"]) for epoch in range(3)
    ]
    assert [row[3] for row in stored.rows if row[0] == "val/late"] == [0]


def test_weights_follow_their_curriculum(start: Start, server: PacketServer) -> None:
    run = start(epochs=3, weights={"signal": 1.0, "peak": [0.0, 0.5], "class": lambda epoch: epoch * 0.1, "bad": "x"})
    for _ in run.epochs():
        run.log({"train/loss": 1.0})
    run.finish()
    assert [event["weights"] for event in server.run(run.id).of_type("epoch")] == [
        {"signal": 1.0, "peak": 0.0, "class": 0.0},
        {"signal": 1.0, "peak": 0.5, "class": 0.1},
        {"signal": 1.0, "peak": 0.5, "class": 0.2},
    ]


def test_a_jump_of_the_learning_rate_is_told(start: Start, server: PacketServer) -> None:
    run = start(epochs=4)
    for epoch in run.epochs():
        run.log({"train/loss": 1.0, "lr": (0.1, 0.099, 0.01, 0.01)[epoch]})
    run.finish()
    stored = server.run(run.id)
    assert [(e["epoch"], e["previous"], e["value"], e["group"]) for e in stored.of_type("lr")] == [(2, 0.1, 0.01, None)]
    assert [event["lr"] for event in stored.of_type("epoch")] == [0.1, 0.099, 0.01, 0.01]
