"""What `log` takes, and which step it belongs to."""

import decimal
import math
from collections.abc import Callable

import numpy as np
import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer

Told = Callable[[], str]


def test_a_name_that_comes_again_begins_the_next_step(start: Start, server: PacketServer) -> None:
    run = start()
    for value in range(3):
        run.log({"train/loss": value, "train/acc": 0.5})
        run.log({"lr": 0.1})
    run.log({"val/loss": 9.0})
    run.finish()
    points = server.run(run.id).points
    assert [points["train/loss", step] for step in range(3)] == [0, 1, 2]
    assert sorted(step for name, step in points if name == "lr") == [0, 1, 2]
    assert points["val/loss", 2] == 9.0


def test_a_step_may_be_given_repeated_and_go_back(start: Start, server: PacketServer) -> None:
    run = start()
    for step, value in ((10, 1.0), (5, 2.0), (10, 3.0), (np.int64(7), 4.0), (8.0, 5.0)):
        run.log({"loss": value}, step=step)
    run.log({"loss": 6.0})
    run.finish()
    assert server.run(run.id).points == {("loss", s): v for s, v in ((10, 3), (5, 2), (7, 4), (8, 5), (9, 6))}
    assert len(server.run(run.id).rows) == 6  # nothing was dropped on the way


def test_names_that_overlap_in_part_meet_in_the_right_steps(start: Start, server: PacketServer) -> None:
    run = start()
    run.log({"a": 1, "b": 1})
    run.log({"c": 1})
    run.log({"b": 2, "c": 2})
    run.log({"a": 2})
    run.finish()
    assert server.run(run.id).points == {
        ("a", 0): 1, ("b", 0): 1, ("c", 0): 1, ("b", 1): 2, ("c", 1): 2, ("a", 1): 2,
    }  # fmt: skip


def test_every_kind_of_number_is_taken(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    for _ in range(2):  # the second time by the short way
        run.log(
            {
                "float": 0.5, "int": 2**60, "bool": True, "float64": np.float64(1.5), "float32": np.float32(0.25),
                "array": np.array([3.0]), "decimal": decimal.Decimal("0.75"), "nested": {"deep": {"er": 1}, "x": 2},
                "nan": math.nan, "inf": -math.inf, "huge": 1e308, "negative zero": -0.0,
            }
        )  # fmt: skip
    run.finish()
    points = {name: value for (name, step), value in server.run(run.id).points.items() if step == 1}
    assert math.isnan(points.pop("nan"))
    assert points == {
        "float": 0.5, "int": 2**60, "bool": 1, "float64": 1.5, "float32": 0.25, "array": 3, "decimal": 0.75,
        "nested/deep/er": 1, "nested/x": 2, "inf": -math.inf, "huge": 1e308, "negative zero": 0,
    }  # fmt: skip
    assert told() == ""


class _Bites:
    def __float__(self) -> float:
        raise OSError("bites")


def test_what_is_no_number_is_told_once_and_the_rest_is_kept(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    for _ in range(3):
        run.log({"text": "5e-5", "none": None, "many": np.zeros(3), "huge": 10**400, "z": 1j, "good": 1.0})
    run.log([1, 2])
    run.log(None)
    run.log({"bites": _Bites(), "good": 2.0})
    run.log({"good": 3.0}, step="seven")
    run.log({"good": 3.0}, step=2**70)
    run.log({"good": 4.0}, 7, None, None, "one too many", unknown=1)
    run.finish()
    assert {name for name, _ in server.run(run.id).points} == {"good"}
    text = told()
    for name in ("'text'", "'none'", "'many'", "'huge'", "'z'", "'bites'"):
        assert text.count(name) == 1, text
    assert text.count("expected a dictionary") == 1
    assert "expected a whole number" in text
    assert "one too many" in text


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 257, "\ud800"])
def test_a_bad_name_is_told_and_left_out(start: Start, server: PacketServer, told: Told, name: str) -> None:
    run = start()
    run.log({name: 1.0, "good": 1.0})
    run.finish()
    assert {name for name, _ in server.run(run.id).points} == {"good"}
    assert "expected a name" in told()


def test_names_are_limited_and_the_rest_is_told(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    run.log({f"m{i}": 1.0 for i in range(10_050)})
    run.log({f"m{i}": 1.0 for i in range(10_050)})
    run.finish()
    assert len(server.run(run.id).points) == 20_000
    assert "at most 10,000 names" in told()


def test_always_new_sets_of_names_do_not_grow_the_hook(start: Start, server: PacketServer) -> None:
    run = start(epochs=1)
    run.epoch(0)
    for i in range(9000):
        run.log({f"m{i}": float(i)}, step=i)
    run.log({"m1": -1.0}, step=9001)
    engine = run._engine
    assert engine is not None
    assert len(engine.recorder._table._by_names) < 5000
    run.finish()
    points = server.run(run.id).points
    assert all(points[f"m{i}", i] == i for i in range(9000))
    assert points["m1", 9001] == -1.0
    assert server.run(run.id).of_type("epoch")[0]["metrics"]["m1"][:2] == [2, 0.0]
