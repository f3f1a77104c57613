"""One short real training, for the loggers of other programs; healthy, or with a step that is far too large."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

EPOCHS, STEPS = 4, 6
RATES = {"healthy": 0.05, "sick": 10.0}  # the second one ends in infinities and what is no number


@dataclass(frozen=True)
class Logged:
    """What the training said. epoch metrics come once, after the epoch's steps."""

    step: int
    epoch: int
    metrics: Mapping[str, float]


def train(seed: int = 0, *, lr: float = RATES["healthy"]) -> Iterator[Logged]:
    """Fit a line, really."""
    torch.manual_seed(seed)
    x = torch.randn(96, 2)
    y = x @ torch.tensor([[1.5], [-0.5]]) + 0.1 * torch.randn(96, 1)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    step = 0
    for epoch in range(EPOCHS):
        for part in range(STEPS):
            rows = slice(16 * part % 80, 16 * part % 80 + 16)
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub
            optimizer.step()
            yield Logged(step, epoch, {"train/loss": loss.item()})
            step += 1
        with torch.no_grad():
            val = nn.functional.mse_loss(model(x[80:]), y[80:]).item()
        yield Logged(step - 1, epoch, {"val/loss": val, "val/mae": abs(val) ** 0.5})
