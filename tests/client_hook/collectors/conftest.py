"""Keeps torch to one thread, since these tensors are far too small for more; and closes every watch."""

import os
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from tests.client_hook.collectors.small_training import Emitted
from torch import nn

from epochwatch.collectors.gradients import GradientWatch

torch.set_num_threads(1)


@pytest.fixture
def watching() -> Iterator[Any]:
    """Make watches that write down what they emit, and close them afterwards."""
    watches: list[GradientWatch] = []

    def watch(model: nn.Module, optimizer: Any, **options: Any) -> tuple[GradientWatch, Emitted]:
        emitted: Emitted = []
        given: dict[str, Any] = {"every": 1, "emit": emitted.append} | options
        watches.append(GradientWatch(model, optimizer, **given))
        return watches[-1], emitted

    yield watch
    for one in watches:
        one.close()
