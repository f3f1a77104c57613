"""Scalars of any kind become floats; those of a device arrive later, and nobody waits for them in the loop."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from epochwatch.collectors.device import Arrival, PendingCopy, copy_to_host, is_device_tensor, start_copy, to_float


class SlowEvent:
    """Stands for a CUDA event: it comes to pass after a number of queries, or the device fails first."""

    def __init__(self, queries: int, fails: bool = False) -> None:
        self.queries = queries
        self.fails = fails

    def query(self) -> bool:
        self.queries -= 1
        if self.fails and self.queries <= 0:
            raise RuntimeError("device-side assert triggered")
        return self.queries <= 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (True, 1.0),
        (0.25, 0.25),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.float16(2), 2.0),
        (np.longdouble(2), 2.0),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(1.5), 1.5),
        (np.array([[1.5]]), 1.5),
        (np.array([Decimal("1.5")], dtype=object), 1.5),
        (torch.tensor(2.5), 2.5),
        (torch.tensor([[2.5]]), 2.5),
        (torch.tensor(2.5, requires_grad=True) * 2, 5.0),
        (torch.tensor(2.5, dtype=torch.bfloat16), 2.5),
        (torch.tensor(3), 3.0),
        (torch.tensor(True), 1.0),
    ],
)
def test_every_kind_of_number_becomes_a_float(value: object, expected: float) -> None:
    number = to_float(value)
    assert type(number) is float
    assert number == expected


@pytest.mark.parametrize("value", [math.nan, torch.tensor(math.nan), np.float32("nan"), Decimal("NaN")])
def test_nan_is_a_number_like_any_other(value: object) -> None:
    assert math.isnan(to_float(value))


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        b"0.5",
        np.str_("1"),
        None,
        [1.0],
        {"a": 1},
        1j,
        np.complex64(1),
        torch.tensor(1j),
        np.datetime64("2026-01-01"),
    ],
)
def test_what_is_no_real_number_is_refused_with_what_was_given_and_expected(value: object) -> None:
    with pytest.raises(TypeError, match=r"given .*expected a number"):
        to_float(value)


@pytest.mark.parametrize("value", [torch.ones(2), torch.ones(0), np.ones((2, 2)), np.ones(0), 10**400])
def test_what_is_not_one_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"given .*expected a number"):
        to_float(value)


def test_a_tensor_without_a_value_is_refused_instead_of_waited_for() -> None:
    meta = torch.ones((), device="meta")
    assert is_device_tensor(meta)
    with pytest.raises(TypeError, match="expected"):
        to_float(meta)
    with pytest.raises(TypeError, match="meta"):
        start_copy([1.0, meta])


@pytest.mark.parametrize("value", [1.0, np.ones(1), torch.ones(1), None, "cuda"])
def test_what_lies_in_memory_is_no_device_tensor(value: object) -> None:
    assert not is_device_tensor(value)


def test_a_copy_of_plain_numbers_is_ready_at_once() -> None:
    copy = start_copy([1.5, torch.tensor(2.5, requires_grad=True), np.float32(3.5)])
    assert copy is not None
    assert copy.ready()
    assert copy.wait(0.0)
    assert copy.values() == [1.5, 2.5, 3.5]


def test_gathered_scalars_do_not_follow_their_tensors_any_more() -> None:
    losses = [torch.tensor([0.5]), torch.tensor([3], dtype=torch.int64), torch.tensor([0.25], dtype=torch.float16)]
    host, event = copy_to_host(losses)
    for loss in losses:
        loss.add_(100)
    assert event is None
    assert host.tolist() == [0.5, 3.0, 0.25]


def test_a_copy_under_way_is_not_readable_before_its_event() -> None:
    arrival = Arrival([1], torch.tensor([7.0]), SlowEvent(queries=3))
    copy = PendingCopy([1.0, 0.0], [arrival])
    assert not copy.ready()
    with pytest.raises(RuntimeError, match="not arrived"):
        copy.values()
    assert copy.ready()
    assert copy.values() == [1.0, 7.0]


def test_copies_of_several_devices_are_ready_when_the_last_is() -> None:
    first, second = SlowEvent(queries=1), SlowEvent(queries=3)
    parts = [Arrival([0, 2], torch.tensor([1.0, 3.0]), first), Arrival([1], torch.tensor([2.0]), second)]
    copy = PendingCopy([0.0, 0.0, 0.0], parts)
    assert not copy.ready()
    assert copy.wait(1.0)
    assert copy.values() == [1.0, 2.0, 3.0]


def test_waiting_ends_at_the_timeout() -> None:
    copy = PendingCopy([0.0], [Arrival([0], torch.tensor([1.0]), SlowEvent(queries=10**9))])
    assert not copy.wait(0.01)
    assert not copy.ready()


def test_a_device_that_failed_is_reported_when_the_values_are_asked_for() -> None:
    copy = PendingCopy([0.0], [Arrival([0], torch.tensor([1.0]), SlowEvent(queries=2, fails=True))])
    assert copy.wait(1.0)
    with pytest.raises(RuntimeError, match="device failed"):
        copy.values()


def test_memory_first_used_in_inference_mode_serves_the_training_too() -> None:
    with torch.inference_mode():
        copy_to_host([torch.ones(1, dtype=torch.int16)])
    host, _ = copy_to_host([torch.full((1,), 7, dtype=torch.int16)])
    assert host.tolist() == [7]


def test_copies_never_share_memory() -> None:
    values = [copy_to_host([torch.full((1,), float(n)), torch.full((1,), -float(n))])[0] for n in range(3000)]
    assert [value.tolist() for value in values] == [[float(n), -float(n)] for n in range(3000)]
