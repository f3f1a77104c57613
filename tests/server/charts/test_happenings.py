"""Events and weights of a run become pins; what glides is no event."""

import math
from typing import Any

from tests.server.charts.curves import CREATED_MS, by_epoch

from epochwatch_server.charts.happenings import bests_of, phase_pins, rate_pins
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.domain.event import RunEvent


def told(type_: str, epoch: int, **data: Any) -> RunEvent:
    return RunEvent(1, "r", type_, epoch, 10 * epoch + 9, CREATED_MS + 1000 * epoch, data)


def phases(**weights: list[float]) -> list[tuple[int | None, str]]:
    series = {f"weight/{name}": epochs_of_points(by_epoch(values)) for name, values in weights.items()}
    return [(pin.epoch, pin.text) for pin in phase_pins(series)]


def test_a_drop_of_the_rate_is_a_pin_and_a_gliding_schedule_is_none() -> None:
    (pin,) = rate_pins([told("lr", 4, value=1e-4, previous=1e-3), told("lr", 5, value=9e-5, previous=1e-4)])
    assert (pin.epoch, pin.step, pin.time_ms, pin.text) == (4, 49, CREATED_MS + 4000, "lr 0.0001")


def test_a_rise_of_the_rate_is_a_pin_too() -> None:
    assert [pin.text for pin in rate_pins([told("lr", 4, value=1e-3, previous=1e-4)])] == ["lr 0.001"]


def test_what_is_no_number_is_no_change() -> None:
    assert rate_pins([told("lr", 4, value=math.nan, previous=1e-3), told("lr", 4, value=0.0, previous=1e-3)]) == []
    assert rate_pins([told("lr", 4, value="nan", previous=None)]) == []


def test_a_weight_that_jumps_is_one_phase() -> None:
    assert phases(peak=[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]) == [(3, "peak 0→1")]


def test_a_weight_that_grows_is_told_where_it_begins_and_where_it_rests() -> None:
    assert phases(peak=[0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]) == [(2, "peak 0→0.25"), (5, "peak 1")]


def test_weights_that_change_together_are_one_pin() -> None:
    assert phases(peak=[0.0, 1.0, 1.0], signal=[1.0, 0.5, 0.5]) == [(1, "peak 0→1, signal 1→0.5")]


def test_weights_that_stay_have_no_phase() -> None:
    assert phases(peak=[1.0] * 5) == []
    assert phases(peak=[]) == []


def test_bests_are_those_of_the_tracked_metric() -> None:
    events = [
        told("best", 1, metric="val/acc", value=0.5),
        told("best", 2, metric="val/loss", value=0.1),
        told("best", 3, metric="val/acc", value=math.inf),
    ]
    assert [(best.value, best.epoch) for best in bests_of(events, "val/acc")] == [(0.5, 1)]
