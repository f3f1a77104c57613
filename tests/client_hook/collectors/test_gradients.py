"""Gradients of real trainings are measured as they are, of whatever kind and inside whatever wrapper."""

import math
from typing import Any

import pytest
import torch
from tests.client_hook.collectors.small_training import Net, backward, norm_of, sgd, train
from torch import nn

from epochwatch.collectors.modules import MOST_MODULES


def test_norms_are_those_of_the_gradients_in_total_and_per_top_level_module(watching: Any) -> None:
    model = Net()
    _, emitted = watching(model, sgd(model))
    backward(model)
    expected = {
        "grad_norm": norm_of(model),
        "grad_norm/scale": norm_of(model.scale),
        "grad_norm/body": norm_of(model.body),
        "grad_norm/x_head": norm_of(model.x_head),
        "grad_norm/y_head": norm_of(model.y_head),
    }
    sgd(model, lr=0.0).step()
    assert emitted == []  # another optimizer's step is none of this watch's business
    model.zero_grad()
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    backward(model)
    optimizer.step()
    assert {name: value for name, value in emitted[0].items() if name != "update_ratio"} == pytest.approx(expected)
    assert all(type(value) is float for value in emitted[0].values())


def test_a_frozen_module_and_one_without_gradient_are_absent(watching: Any) -> None:
    model = Net()
    model.body.requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch, emitted = watching(model, optimizer)
    loss = model.x_head(model.body(torch.ones(2, 4))).sum()
    loss.backward()
    optimizer.step()
    assert set(emitted[0]) == {"grad_norm", "grad_norm/x_head", "update_ratio"}
    assert emitted[0]["grad_norm"] == pytest.approx(norm_of(model.x_head))
    assert watch.describe() == {
        "parameters": 4 * 8 + 8 + 2 * 9 + 1,
        "trainable": 2 * 9 + 1,
        "modules": ["scale", "body", "x_head", "y_head"],
    }


def test_a_step_without_any_gradient_says_nothing(watching: Any) -> None:
    model = Net()
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    optimizer.step()
    assert emitted == []


def test_a_shared_weight_counts_once(watching: Any) -> None:
    model = Net()
    model.y_head.weight = model.x_head.weight
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    train(model, optimizer, [1.0])
    assert emitted[0]["grad_norm"] == pytest.approx(norm_of(model))
    assert emitted[0]["grad_norm/x_head"] == pytest.approx(norm_of(model.x_head))
    assert emitted[0]["grad_norm/y_head"] == pytest.approx(norm_of(model.y_head.bias))


def test_sparse_gradients_are_measured_with_repeated_rows_added_up(watching: Any) -> None:
    model = nn.Embedding(10, 3, sparse=True)
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    (model(torch.tensor([1, 1, 4])) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert model.weight.grad is not None
    expected = float(model.weight.grad.to_dense().norm())
    optimizer.step()
    assert emitted[0]["grad_norm"] == pytest.approx(expected)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_gradients_do_not_overflow_their_norm(watching: Any, kind: torch.dtype) -> None:
    model = nn.Linear(4, 4, dtype=kind)
    optimizer = sgd(model, lr=1e-9)
    _, emitted = watching(model, optimizer)
    model.weight.grad = torch.full((4, 4), 60000.0, dtype=kind)
    optimizer.step()
    assert emitted[0]["grad_norm"] == pytest.approx(4 * 60000.0, rel=1e-2)


def test_weights_of_the_optimizer_outside_the_model_count_in_the_total_only(watching: Any) -> None:
    model, extra = Net(), nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([*model.parameters(), extra], lr=0.1)
    watch, emitted = watching(model, optimizer)
    extra.grad = torch.full((3,), 100.0)
    backward(model)
    expected = math.hypot(norm_of(model), norm_of(extra))
    optimizer.step()
    assert watch.describe()["modules"] == ["scale", "body", "x_head", "y_head"]
    assert emitted[0]["grad_norm"] == pytest.approx(expected)
    assert set(emitted[0]) == {
        "grad_norm",
        "update_ratio",
        *(f"grad_norm/{n}" for n in ("scale", "body", "x_head", "y_head")),
    }


def test_layers_added_during_the_training_are_named(watching: Any) -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    model.append(nn.Linear(4, 2))
    optimizer.add_param_group({"params": model[1].parameters()})
    train(model, optimizer, [1.0])
    assert emitted[0]["grad_norm/1"] == pytest.approx(norm_of(model[1]))


def test_wrappers_do_not_show_in_the_names(watching: Any) -> None:
    model = Net()
    wrapped = nn.DataParallel(model)
    optimizer = sgd(model)
    watch, emitted = watching(wrapped, optimizer)
    train(model, optimizer, [1.0])
    assert "grad_norm/x_head" in emitted[0]
    compiled: Any = torch.compile(Net(), backend="eager")
    assert watching(compiled, sgd(compiled))[0].describe() == watch.describe()


def test_a_wrapped_optimizer_is_watched_inside(watching: Any) -> None:
    class Wrapper(torch.optim.Optimizer):
        """As Accelerate's: an optimizer by type, whose own `step` runs no hooks."""

        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

    model = Net()
    optimizer = sgd(model)
    _, emitted = watching(model, Wrapper(optimizer))
    train(model, optimizer, [1.0])
    assert len(emitted) == 1


def test_a_model_of_very_many_modules_is_named_only_so_far(watching: Any) -> None:
    model = nn.ModuleList(nn.Linear(1, 1) for _ in range(MOST_MODULES + 20))
    optimizer = sgd(model)
    _, emitted = watching(model, optimizer)
    for layer in model:
        layer(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    assert len([name for name in emitted[0] if name.startswith("grad_norm/")]) == MOST_MODULES + 1
    rest = list(model)[MOST_MODULES:]
    assert emitted[0]["grad_norm/(other modules)"] == pytest.approx(norm_of(*rest))
