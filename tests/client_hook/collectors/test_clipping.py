"""Every clipping by norm is heard, whatever it is called by and however old torch is."""

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

from epochwatch.collectors.clipping import ClipCounter, start_listening, stop_listening, wrap_whole


class Ear:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def before_clipping(self, parameters: list[Any]) -> None:
        self.heard.append(("before", [float(parameter.grad.norm()) for parameter in parameters]))

    def clipping(self, parameters: list[Any], total_norm: Any, max_norm: float) -> None:
        self.heard.append(("clipping", len(parameters), float(total_norm), max_norm))


@pytest.fixture
def ear() -> Any:
    ear = Ear()
    start_listening(ear)
    yield ear
    stop_listening(ear)


def weight(norm: float = 10.0) -> nn.Parameter:
    parameter = nn.Parameter(torch.zeros(1))
    parameter.grad = torch.tensor([norm])
    return parameter


@pytest.mark.parametrize("generator", [True, False])
def test_a_clipping_is_heard_before_the_gradients_change(ear: Ear, generator: bool) -> None:
    parameter = weight()
    clip_grad_norm_((p for p in [parameter]) if generator else parameter, 2.0)
    assert ear.heard == [("before", [10.0]), ("clipping", 1, 10.0, 2.0)]
    assert parameter.grad is not None
    assert float(parameter.grad) == pytest.approx(2.0)


def test_scaling_by_a_norm_already_known_is_heard_too(ear: Ear) -> None:
    if hasattr(torch.nn.utils, "clip_grads_with_norm_"):
        torch.nn.utils.clip_grads_with_norm_((p for p in [weight()]), 2.0, torch.tensor(10.0))
        assert ear.heard == [("before", [10.0]), ("clipping", 1, 10.0, 2.0)]


def test_an_older_torch_is_heard_by_wrapping_the_whole_function(ear: Ear) -> None:
    def clip_of_old(parameters: list[nn.Parameter], max_norm: float, norm_type: float = 2.0) -> torch.Tensor:
        (parameter,) = parameters
        assert parameter.grad is not None
        total: torch.Tensor = parameter.grad.norm(norm_type)
        parameter.grad.mul_(max_norm / total)
        return total

    parameter = weight()
    assert float(wrap_whole(clip_of_old)((p for p in [parameter]), 2.0, norm_type=1.0)) == 10.0
    assert ear.heard == [("before", [10.0]), ("clipping", 1, 10.0, 2.0)]
    assert parameter.grad is not None
    assert float(parameter.grad) == 2.0


def test_what_clipping_itself_raises_still_reaches_the_caller(ear: Ear) -> None:
    with pytest.raises(RuntimeError, match="non-finite"):
        clip_grad_norm_([weight(math.nan)], 1.0, error_if_nonfinite=True)


def test_a_listener_that_fails_does_not_stop_the_clipping() -> None:
    class Deaf(Ear):
        def before_clipping(self, parameters: list[Any]) -> None:
            raise RuntimeError("deaf")

    deaf, parameter = Deaf(), weight()
    start_listening(deaf)
    try:
        clip_grad_norm_([parameter], 2.0)
    finally:
        stop_listening(deaf)
    assert parameter.grad is not None
    assert float(parameter.grad) == pytest.approx(2.0)


def test_a_wrapper_that_somebody_else_put_over_ours_stays() -> None:
    module: Any = torch.nn.utils.clip_grad
    original = module._clip_grads_with_norm_
    first = Ear()
    start_listening(first)
    ours = module._clip_grads_with_norm_

    def theirs(*args: Any, **kwargs: Any) -> None:
        ours(*args, **kwargs)

    module._clip_grads_with_norm_ = theirs
    try:
        stop_listening(first)
        assert module._clip_grads_with_norm_ is theirs
        clip_grad_norm_([weight()], 2.0)
        assert first.heard == []
    finally:
        module._clip_grads_with_norm_ = original


def test_flags_on_a_device_are_added_up_without_being_looked_at() -> None:
    counter = ClipCounter()
    for step in range(600):
        counter.begin(1)
        counter.add(torch.ones((), device="meta"), 0.5)
        counter.end_step()
        counter.begin(step + 2)
    assert counter.has_begun
