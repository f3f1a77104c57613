"""A small model with two heads, and what it takes to train it and to check its gradients by hand."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Emitted = list[dict[str, Any]]


class Net(nn.Module):
    """A body with two heads, and a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.scale = nn.Parameter(torch.ones(1))
        self.body = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
        self.x_head = nn.Linear(8, 1)
        self.y_head = nn.Linear(8, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden = self.body(inputs) * self.scale
        return torch.cat([self.x_head(hidden), self.y_head(hidden)], dim=1)


def sgd(model: nn.Module, lr: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=lr)


def backward(model: nn.Module, factor: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    loss: torch.Tensor = factor * (model(torch.randn(16, 4, generator=generator)) - 1).pow(2).mean()
    loss.backward()  # type: ignore[no-untyped-call]  # as torch ships it
    return loss


def norm_of(*modules: nn.Module | nn.Parameter) -> float:
    """Take the norm of the gradients that are there, by hand."""
    weights = [w for module in modules for w in ([module] if isinstance(module, nn.Parameter) else module.parameters())]
    return math.sqrt(sum(float((weight.grad**2).sum()) for weight in weights if weight.grad is not None))


def train(
    model: nn.Module, optimizer: torch.optim.Optimizer, factors: list[float], clip: Callable[[], Any] = lambda: None
) -> None:
    for factor in factors:
        optimizer.zero_grad()
        backward(model, factor)
        clip()
        optimizer.step()
