"""A step is measured as the optimizer gets it: before clipping, unscaled, inside closures, and how far it went."""

import math
from typing import Any

import pytest
import torch
from tests.client_hook.collectors.small_training import Net, backward, norm_of, sgd, train
from torch import nn
from torch.nn.utils import clip_grad_norm_


def test_every_nth_step_is_sampled_beginning_with_the_first(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model, lr=0.0)
    _, emitted = watching(model, optimizer, every=3)
    train(model, optimizer, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    first = emitted[0]["grad_norm"]
    assert [one["grad_norm"] / first for one in emitted] == pytest.approx([1.0, 4.0, 7.0])


@pytest.mark.parametrize("by_name", [True, False])
def test_a_clipped_gradient_is_measured_before_the_clipping(watching: Any, by_name: bool) -> None:
    model = Net()
    optimizer = sgd(model)
    watch, emitted = watching(model, optimizer)
    backward(model)
    before = norm_of(model), norm_of(model.body)
    clip = clip_grad_norm_ if by_name else torch.nn.utils.clip_grad_norm_
    total = clip(model.parameters(), max_norm=before[0] / 4)
    after = norm_of(model)
    optimizer.step()
    assert float(total) == pytest.approx(before[0])
    assert after == pytest.approx(before[0] / 4, rel=1e-4)
    assert (emitted[0]["grad_norm"], emitted[0]["grad_norm/body"]) == pytest.approx(before)
    assert watch.end_epoch() == {"clip_fraction": 1.0}


def test_the_share_of_clipped_steps_counts_every_step_of_the_epoch(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model, lr=0.0)
    watch, _ = watching(model, optimizer, every=100)
    limit = 10.0
    train(model, optimizer, [1e-3, 1e3, 1e-3, 1e3, 1e3], lambda: clip_grad_norm_(model.parameters(), limit))
    assert watch.end_epoch() == {"clip_fraction": pytest.approx(3 / 5)}
    train(model, optimizer, [1e-3, 1e-3], lambda: clip_grad_norm_(model.parameters(), limit))
    assert watch.end_epoch() == {"clip_fraction": 0.0}


def test_a_training_that_never_clips_has_no_such_share(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model)
    watch, _ = watching(model, optimizer)
    train(model, optimizer, [1.0, 1.0])
    assert watch.end_epoch() == {}
    train(model, optimizer, [1.0], lambda: clip_grad_norm_(model.parameters(), math.inf))  # only to learn the norm
    assert watch.end_epoch() == {}


def test_modules_clipped_one_by_one_are_one_clipped_step_measured_before_all_of_it(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model, lr=0.0)
    watch, emitted = watching(model, optimizer)
    backward(model)
    before = norm_of(model)
    optimizer.zero_grad()

    def clip() -> None:
        clip_grad_norm_(model.body.parameters(), 1e-4)
        clip_grad_norm_(model.x_head.parameters(), 1e6)

    train(model, optimizer, [1.0, 1.0], clip)
    assert [one["grad_norm"] for one in emitted] == pytest.approx([before, before])
    assert watch.end_epoch() == {"clip_fraction": 1.0}


def test_an_attempt_whose_step_was_skipped_leaves_no_trace(watching: Any) -> None:
    """A GradScaler that finds an infinite gradient calls no step: the next attempt clips the same weights again."""
    model = Net()
    optimizer = sgd(model, lr=0.0)
    watch, emitted = watching(model, optimizer)
    backward(model, math.inf)
    clip_grad_norm_(model.parameters(), 1e6)
    train(model, optimizer, [1.0], lambda: clip_grad_norm_(model.parameters(), 1e6))
    assert len(emitted) == 1
    assert math.isfinite(emitted[0]["grad_norm"])
    assert watch.end_epoch() == {"clip_fraction": 0.0}


def test_clipping_of_another_model_is_not_this_watchs(watching: Any) -> None:
    generator, critic = Net(), Net()
    optimizers = [sgd(generator), sgd(critic)]
    watches = [watching(model, optimizer) for model, optimizer in zip((generator, critic), optimizers, strict=True)]
    train(generator, optimizers[0], [1.0], lambda: clip_grad_norm_(generator.parameters(), 1e-3))
    train(critic, optimizers[1], [1.0, 1.0])
    assert [watch.end_epoch() for watch, _ in watches] == [{"clip_fraction": 1.0}, {}]
    assert [len(emitted) for _, emitted in watches] == [1, 2]


def test_the_update_ratio_is_the_step_against_the_weights(watching: Any) -> None:
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    _, emitted = watching(model, optimizer)
    before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    train(model, optimizer, [1.0])
    after = nn.utils.parameters_to_vector(model.parameters()).detach()
    assert emitted[0]["update_ratio"] == pytest.approx(float((after - before).norm() / before.norm()), rel=1e-5)


def test_weights_that_are_all_zero_have_no_update_ratio(watching: Any) -> None:
    model = nn.Linear(4, 1)
    nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    train(model, optimizer, [1.0, 1.0])
    assert ["update_ratio" in one for one in emitted] == [False, True]


def test_a_step_with_a_closure_is_measured_inside_it_before_its_clipping(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model, lr=0.0)
    watch, emitted = watching(model, optimizer)
    unclipped: list[float] = []

    def closure(clips: bool) -> float:
        optimizer.zero_grad()
        loss = backward(model).item()
        unclipped.append(norm_of(model))
        if clips:
            clip_grad_norm_(model.parameters(), 1e-3)
        return loss

    losses = [optimizer.step(lambda: closure(clips=False)), optimizer.step(closure=lambda: closure(clips=True))]
    assert [one["grad_norm"] for one in emitted] == pytest.approx(unclipped)
    assert all(loss is not None and loss > 0 for loss in losses)
    assert watch.end_epoch() == {"clip_fraction": 0.5}


def test_an_optimizer_that_calls_its_closure_often_is_measured_once_a_step(watching: Any) -> None:
    model = Net()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5)
    _, emitted = watching(model, optimizer)
    norms: list[float] = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = backward(model)
        norms.append(norm_of(model))
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # as torch ships it
    assert len(norms) > 1
    assert [one["grad_norm"] for one in emitted] == pytest.approx(norms[:1])


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("clips", [False, True])
def test_scaled_gradients_are_measured_unscaled_and_skipped_steps_not_at_all(
    watching: Any, fused: bool, clips: bool
) -> None:
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    watch, emitted = watching(model, optimizer)
    backward(model)
    unscaled = norm_of(model)
    for factor in (1.0, 2.0):
        optimizer.zero_grad()
        backward(model, 1024.0 * factor)
        scaler.scale(torch.ones(()))  # the loss was scaled by hand above; this only readies the scaler
        if clips:
            scaler.unscale_(optimizer)
            clip_grad_norm_(model.parameters(), 1e-3)
        scaler.step(optimizer)
        scaler.update()
    assert [one["grad_norm"] for one in emitted] == pytest.approx([unscaled, 2 * unscaled])
    assert watch.end_epoch() == ({"clip_fraction": 1.0} if clips else {})
