"""A watch through its life: what it says of an epoch, and that the training never notices it."""

import gc
import math
import weakref
from typing import Any

import pytest
import torch
from tests.client_hook.collectors.small_training import Emitted, Net, sgd, train
from torch import nn
from torch.nn.utils import clip_grad_norm_

from epochwatch.collectors.gradients import GradientWatch, judge


def test_what_is_no_optimizer_and_no_number_of_steps_is_refused() -> None:
    model = Net()
    with pytest.raises(TypeError, match="given an optimizer of type list, expected"):
        GradientWatch(model, [], emit=print)  # type: ignore[arg-type]  # what a user may well write
    for every in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="given every="):
            GradientWatch(model, sgd(model), every=every, emit=print)  # type: ignore[arg-type]  # likewise


def test_learning_rates_have_one_name_until_groups_differ_and_then_keep_theirs(watching: Any) -> None:
    model = Net()
    groups: list[dict[str, Any]] = [
        {"params": model.body.parameters(), "name": "body"},
        {"params": model.x_head.parameters()},
        {"params": model.y_head.parameters(), "lr": torch.tensor(0.5)},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.5)
    watch, _ = watching(model, optimizer)
    assert watch.learning_rates() == {"lr": 0.5}
    optimizer.param_groups[0]["lr"] = 0.1
    assert watch.learning_rates() == {"lr/body": 0.1, "lr/1": 0.5, "lr/2": 0.5}
    optimizer.param_groups[0]["lr"] = 0.5
    assert watch.learning_rates() == {"lr/body": 0.5, "lr/1": 0.5, "lr/2": 0.5}
    optimizer.param_groups[1]["name"] = "body"
    assert set(watch.learning_rates()) == {"lr/body (0)", "lr/body (1)", "lr/2"}


def test_the_first_epoch_is_judged_once_by_the_median_of_its_sampled_steps(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model, lr=0.0)
    checks: list[dict[str, Any]] = []
    watch, emitted = watching(model, optimizer, first_epoch_check=checks.append)
    train(model, optimizer, [1.0, 100.0, 5.0])
    watch.end_epoch()
    train(model, optimizer, [1.0])
    watch.end_epoch()
    assert len(checks) == 1
    names = ["scale", "body", "x_head", "y_head"]
    assert checks[0]["modules"] == pytest.approx({name: emitted[2][f"grad_norm/{name}"] for name in names})
    assert set(checks[0]["verdicts"]) == set(names)


def test_gradients_of_the_first_epoch_are_good_from_1_to_1000() -> None:
    norms = {"a": 0.9, "b": 1.0, "c": 200.0, "d": 1000.0, "e": 1000.5, "f": math.inf, "g": math.nan}
    judged = judge([{"grad_norm": 7.0} | {f"grad_norm/{name}": norm for name, norm in norms.items()}])
    expected = {"a": "small", "b": "good", "c": "good", "d": "good", "e": "large", "f": "large", "g": "large"}
    assert judged["verdicts"] == expected
    assert judged["modules"]["c"] == 200.0


def test_a_first_epoch_of_any_length_is_judged_from_a_bounded_number_of_steps(watching: Any) -> None:
    model = nn.Linear(1, 1, bias=False)
    optimizer = sgd(model, lr=0.0)
    checks: list[dict[str, Any]] = []
    watch, _ = watching(model, optimizer, first_epoch_check=checks.append)
    for step in range(1501):
        model.weight.grad = torch.full((1, 1), float(step))
        optimizer.step()
    watch.end_epoch()
    assert checks[0]["modules"]["weight"] == pytest.approx(750.0, abs=10.0)


def test_nothing_that_fails_inside_reaches_the_training(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model)

    def emit(_: dict[str, object]) -> None:
        raise OSError("disk full")

    watch, _ = watching(model, optimizer, emit=emit)
    before = model.x_head.weight.detach().clone()
    train(model, optimizer, [1.0, 1.0], lambda: clip_grad_norm_(model.parameters(), 1e-2))
    assert not torch.equal(before, model.x_head.weight)
    assert watch.end_epoch() == {"clip_fraction": 1.0}


def test_the_training_is_the_same_with_and_without_a_watch(watching: Any) -> None:
    weights = []
    for watched in (False, True):
        model = Net()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        if watched:
            watching(model, optimizer)
        train(model, optimizer, [1.0] * 5, lambda model=model: clip_grad_norm_(model.parameters(), 0.1))  # type: ignore[misc]  # binds the loop's model
        weights.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    assert torch.equal(*weights)


def test_a_closed_watch_is_silent_and_torch_is_as_before() -> None:
    originals = (torch.nn.utils.clip_grad._clip_grads_with_norm_, torch.nn.utils.clip_grads_with_norm_)
    model = Net()
    optimizer = sgd(model)
    emitted: Emitted = []
    watch = GradientWatch(model, optimizer, every=1, emit=emitted.append)
    other = GradientWatch(model, optimizer, every=1, emit=emitted.append)
    watch.close()
    watch.close()
    other.close()
    train(model, optimizer, [1.0], lambda: clip_grad_norm_(model.parameters(), 0.1))
    assert emitted == []
    assert (torch.nn.utils.clip_grad._clip_grads_with_norm_, torch.nn.utils.clip_grads_with_norm_) == originals


def test_a_watch_keeps_neither_model_nor_optimizer_in_memory(watching: Any) -> None:
    def trained() -> tuple[GradientWatch, list[weakref.ref[Any]]]:
        model = Net()
        optimizer = sgd(model)
        watch, _ = watching(model, optimizer)
        train(model, optimizer, [1.0], lambda: clip_grad_norm_(model.parameters(), 0.1))
        return watch, [weakref.ref(model), weakref.ref(model.x_head.weight), weakref.ref(optimizer)]

    watch, alive = trained()
    gc.collect()
    assert [reference() for reference in alive] == [None, None, None]
    assert watch.learning_rates() == {}
    assert watch.describe()["parameters"] == 0


def test_nothing_is_read_from_a_device_during_the_epoch(watching: Any) -> None:
    """Tensors on `meta` have no values: whatever tried to look at one would fail, and nothing would be emitted."""
    with torch.device("meta"):
        model = Net()
        inputs = torch.ones(16, 4)
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    for _ in range(280):
        optimizer.zero_grad()
        model(inputs).sum().backward()
        clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
    assert len(emitted) == 280
    names = {"grad_norm", "update_ratio", *(f"grad_norm/{name}" for name in ("scale", "body", "x_head", "y_head"))}
    assert set(emitted[-1]) == names
    assert {value.device.type for value in emitted[-1].values()} == {"meta"}
