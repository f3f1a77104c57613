"""Arguments that nobody should give: each costs itself at most, never its call, the run or the training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer

Told = Callable[[], str]


class Bites:
    """Whatever is asked of it raises."""

    def __str__(self) -> str:
        raise RuntimeError("bites")

    __repr__ = __float__ = __bool__ = __str__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("bites")

    __hash__ = None  # type: ignore[assignment]  # nothing is to be asked of it


HOSTILE = {
    "something that bites": Bites(),
    "an array": np.zeros(3),
    "a number of 5,000 digits": 10**5000,
    "bytes": b"\xff\x00",
    "a function": lambda: 1,
}
ARGUMENTS = (
    "config", "epochs", "track", "mode", "patience", "min_delta", "composite", "targets", "bands", "components",
    "weights", "id", "resume", "tags", "note", "heartbeat_seconds", "console", "stop_on_critical", "token",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_wrong_argument_of_init_costs_itself_only(start: Start, server: PacketServer, hostile: Any) -> None:
    for name in ARGUMENTS:
        token = {"token": hostile} if name == "token" else {}
        run = start(**{name: hostile}) if not token else start(token=hostile)
        assert run._engine is not None, name
        run.log({"a": 1.0})
        run.finish()
        assert server.run(run.id).points == {("a", 0): 1.0}, name


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_name_that_is_none_gives_way_to_the_usual_one(start: Start, server: PacketServer, hostile: Any) -> None:
    run = start(hostile, hostile, unknown=hostile)
    run.log({"a": 1.0})
    run.finish()
    assert server.run(run.id).points == {("a", 0): 1.0}


def test_a_server_that_is_no_text_is_told_and_left_out(start: Start, told: Told) -> None:
    run = start(server=5)
    run.finish()
    assert "server: given '5', expected" in told()


def test_a_tensor_without_a_value_costs_itself_only(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    run.log({"meta": torch.ones((), device="meta"), "good": 1.0})
    run.finish()
    assert server.run(run.id).points == {("good", 0): 1.0}
    assert "'meta': given Tensor of shape () on meta" in told()


def test_a_complex_number_of_any_width_is_no_number(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    run.log({"long": np.clongdouble(1 + 2j), "half": np.complex64(1), "good": 1.0})
    run.finish()
    assert server.run(run.id).points == {("good", 0): 1.0}
    assert "'long': given clongdouble" in told()


@pytest.mark.parametrize("epoch", [2**31, 2**53, -(2**40), float("nan"), "seven"])
def test_an_epoch_beyond_counting_is_told_and_nothing_after_it_is_lost(
    start: Start, server: PacketServer, told: Told, epoch: Any
) -> None:
    run = start()
    run.log({"a": 1.0}, epoch=epoch)
    run.epoch(epoch)
    run.log({"a": 2.0})
    run.epoch(3)
    run.log({"a": 3.0})
    run.finish()
    stored = server.run(run.id)
    assert sorted(stored.points.values()) == [1.0, 2.0, 3.0]
    assert [event["epoch"] for event in stored.of_type("epoch")] == [3]
    assert "epoch: given" in told()


def test_a_sample_that_contains_itself_costs_itself_only(start: Start, server: PacketServer) -> None:
    endless: list[Any] = []
    endless.append(endless)
    loop: dict[str, Any] = {}
    loop["again"] = loop
    run = start()
    run.samples("val", ids=["a", "b"], gt=[(1, 2), endless], extra=[loop, {"fine": 1}], scores=[endless, [0.5]])
    run.finish()
    (event,) = server.run(run.id).of_type("samples")
    assert [sample["id"] for sample in event["samples"]] == ["a", "b"]
    assert event["samples"][1]["extra"] == {"fine": 1}


def test_config_and_summary_take_what_they_can(start: Start, told: Told) -> None:
    run = start()
    run.config.update({Bites: 1})
    run.summary.update(Bites())
    run.config["bites"] = Bites()
    run.summary.update([(Bites(), 1)])
    run.finish()
    assert "update" in told()
