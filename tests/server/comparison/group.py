"""Runs to compare, as a store would give them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.domain.run import Declared, Run, RunEnd, RunState, Tracked
from epochwatch_server.domain.series import EpochPoint


def compared(
    name: str,
    config: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Sequence[float]] | None = None,
    *,
    state: RunState = RunState.FINISHED,
    track: tuple[str, str] | None = ("val/accuracy", "max"),
    planned: int | None = None,
    actor: str | None = None,
) -> Compared:
    """Make a run with these values by epoch."""
    epochs = {
        metric: [_point(epoch, value) for epoch, value in enumerate(of)] for metric, of in (metrics or {}).items()
    }
    done = max((len(points) for points in epochs.values()), default=0)
    run = Run(
        id=f"id-{name}", project="abr", name=name, state=state, hue=0, created_ms=1_000_000, last_seen_ms=1_060_000,
        last_point_ms=1_060_000, ended_ms=1_060_000, heartbeat_seconds=5.0, planned_epochs=planned, epoch=done - 1,
        epochs_done=done, epoch_seconds=1.0, step=done * 10, learning_rate=None, parameters=None, dropped=0,
        tracked=Tracked(*track) if track else None, declared=Declared(), config=dict(config or {}), environment={},
        end=RunEnd("stopped", actor) if actor else None,
    )  # fmt: skip
    return Compared(run, epochs)


def _point(epoch: int, value: float) -> EpochPoint:
    n = 1 if math.isfinite(value) else 0
    return EpochPoint(epoch, value, n, 0.0, value, value, 1 - n, epoch * 10, 1_000_000 + epoch * 1000)


def rising(to: float, epochs: int = 20, begin: float = 0.5) -> list[float]:
    """Rise from `begin` and end at `to`, quickly first."""
    return [to - (to - begin) * math.exp(-epoch / 4) for epoch in range(epochs - 1)] + [to]


def seed_000() -> list[Compared]:
    """The three experiments of the post-mortem that the comparison grew out of."""
    large = {"hidden_dim": 256, "num_heads": 8, "batch_size": 32, "lr": 5.4e-05}
    small = {"hidden_dim": 96, "num_heads": 4, "batch_size": 8, "lr": 9.0e-05}
    return [
        compared("focal-loss", large, {"val/accuracy": rising(0.9377)}),
        compared("production", large, {"val/accuracy": rising(0.9370)}),
        compared("multihead", small, {"val/accuracy": rising(0.9348)}),
    ]
