"""The work every contender gets: the same numbers, the same training step, the same images."""

import math
import random
from typing import Any

METRICS = [f"train/m{number}" for number in range(10)]
SPIKE = 1000.0
IMAGE_SIZE = 384


def scalars(steps: int, *, spike: float = SPIKE) -> list[dict[str, float]]:
    """Make `steps` rows of ten falling, noisy curves; each metric is `spike` times too large at one step."""
    rng = random.Random(1)
    at = {metric: rng.randrange(steps // 10, steps - steps // 10) for metric in METRICS}
    return [
        {
            metric: (0.2 * place + 1 + math.exp(-3 * step / steps) + rng.uniform(0, 0.05))
            * (spike if at[metric] == step else 1.0)
            for place, metric in enumerate(METRICS)
        }
        for step in range(steps)
    ]


def images(count: int = 8) -> list[Any]:
    """Make images (384, 384, 3) of uint8 that compress about as well as photographs of a microscope do."""
    import numpy as np

    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE] / IMAGE_SIZE
    made = []
    for number in range(count):
        waves = np.stack([np.sin(7 * x + number), np.sin(6 * y - number), np.cos(5 * (x - y))], -1)
        grain = rng.integers(-6, 7, (IMAGE_SIZE, IMAGE_SIZE, 1))
        made.append((128 + 100 * waves + grain).clip(0, 255).astype("uint8"))
    return made


class TrainingStep:
    """One real step of a small network on one core: a few milliseconds."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(1)
        self.model = torch.nn.Sequential(torch.nn.Linear(256, 768), torch.nn.ReLU(), torch.nn.Linear(768, 10))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.inputs, self.labels = torch.randn(160, 256), torch.randint(0, 10, (160,))
        self.loss = torch.nn.CrossEntropyLoss()

    def __call__(self) -> float:
        """Train once and return the loss."""
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.inputs), self.labels)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())
