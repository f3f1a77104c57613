"""Small recordings to ask the rules about: one healthy run, and one textbook curve for every trouble."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.lifecycle import Alert, Phase
from epochwatch_server.health.replay import Record, Recording, replay

Curve = Callable[[int], float] | Sequence[float] | float
Metrics = Mapping[str, Any]  # curves; a dict of functions, lists and numbers has no closer type that mypy infers
BY_ID = {rule.id: rule for rule in RULES}


def record(
    epochs: int,
    metrics: Metrics,
    *,
    steps: Metrics | None = None,
    ending: RunEnding | None = None,
    seconds: float = 10.0,
    **facts: Any,
) -> Recording:
    """Record a run: each curve is a function of the epoch, a list (short ones end early) or a constant."""
    records = []
    for epoch in range(epochs):
        for step in range(4):
            place = epoch * 4 + step
            values = {name: at(curve, place) for name, curve in (steps or {}).items()}
            if steps is not None:
                records.append(Record("step", epoch * seconds + step, place, epoch, _there(values)))
        values = {name: at(curve, epoch) for name, curve in metrics.items()}
        records.append(Record("epoch", (epoch + 1) * seconds, epoch, epoch, _there(values)))
    if ending is not None:
        records.append(Record("end", ending.time, ending=ending))
    facts.setdefault("planned_epochs", max(epochs, 1))
    return Recording("run", RunFacts(**facts), tuple(records))


def at(curve: Curve, place: int) -> float | None:
    """Return a curve's value at a place; None past the end of a list."""
    if callable(curve):
        return curve(place)
    if isinstance(curve, int | float):
        return float(curve)
    return float(curve[place]) if place < len(curve) else None


def _there(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}


def fired(rule: str, recording: Recording) -> list[Alert]:
    """Return what one rule fired over a whole recording, resolved alerts too."""
    replayed = replay(recording, Engine([BY_ID[rule]]))
    assert not replayed.state.failures
    return [alert for alert in replayed.state.alerts.values() if alert.phase is not Phase.PENDING]


def end(status: str = "finished", *, time: float = 1e4, error: str | None = None, **metrics: float) -> RunEnding:
    """End a run; metrics as `test_acc=0.9` for test/acc."""
    return RunEnding(status, error, time, {name.replace("test_", "test/", 1): value for name, value in metrics.items()})


def falling(start: float, floor: float = 0.1, pace: float = 4.0) -> Callable[[int], float]:
    """Fall from `start` to `floor`, by 1/e in `pace` epochs."""
    return lambda epoch: floor + (start - floor) * math.exp(-epoch / pace)


def rising(start: float, ceiling: float = 0.9, pace: float = 4.0) -> Callable[[int], float]:
    """Rise from `start` to `ceiling`."""
    return lambda epoch: ceiling - (ceiling - start) * math.exp(-epoch / pace)


def wobble(value: float, size: float = 0.01) -> Callable[[int], float]:
    """Stay at `value`, with a little noise that is the same in every run."""
    return lambda place: value * (1 + size * math.sin(place * 2.399))


GOOD: Metrics = {
    "train/loss": falling(2.0),
    "val/loss": falling(2.1, 0.3),
    "train/acc": rising(0.2),
    "val/acc": rising(0.2),
    "val/f1": rising(0.15),
    "train/loss_std": 0.05,
    "lr": 0.001,
    "grad_norm": wobble(1.0, 0.2),
    "update_ratio": 0.002,
    "grad_norm/layer0": wobble(0.4, 0.2),
    "grad_norm/layer1": wobble(0.6, 0.2),
    "dead_frac/layer0": 0.1,
    "val/r2": rising(-0.2, 0.8),
    "train/r2": rising(-0.1, 0.85),
    "val/variance_ratio": rising(0.5, 0.9),
    "train/loss_a": falling(1.2),
    "train/loss_b": falling(0.8),
    "val/loss_a": falling(1.2, 0.2),
    "val/loss_b": falling(0.9, 0.1),
    "clip_frac": 0.02,
    "amp/scale": 65536.0,
    "amp/skipped_frac": 0.0,
    "val/done_max": rising(0.4),
    "val/done_min": 0.01,
    "val/done_pos_rate": 0.3,
    "val/min_recall": rising(0.1),
    "val/pred_classes": 3.0,
}
HEALTHY_STEPS: Metrics = {
    "train/loss": lambda step: falling(2.0)(step // 4),
    "lr": 0.001,
    "grad_norm": wobble(1.0, 0.2),
}
HEALTHY_FACTS: dict[str, Any] = {
    "tracked_metric": "val/acc",
    "mode": "max",
    "patience": 40,
    "components": ("a", "b"),
    "milestones": (("val/acc", 5, 0.3),),
    "bands": {"val/acc": {"minimum": 0.5, "good": 0.8}},
    "config": {"lr": 0.001, "batch_size": 32, "class_counts": [60, 50, 40], "sweep": {"metric": {"name": "val_acc"}}},
}


def healthy(epochs: int = 24, **changes: Curve) -> Recording:
    """Record a run that learns well, logs everything and finishes; `changes` by metric, `__` for `/`."""
    metrics = {**GOOD, **{name.replace("__", "/"): curve for name, curve in changes.items()}}
    ending = end(test_acc=0.89, test_f1=0.89, test_loss=0.31)
    return record(epochs, metrics, steps=HEALTHY_STEPS, ending=ending, **HEALTHY_FACTS)


def sick(metrics: Metrics, epochs: int = 24, **more: Any) -> Recording:
    """Record a run with plain losses, accuracy and rate, but for what is given."""
    plain: Metrics = {"train/loss": falling(2.0), "val/loss": falling(2.1, 0.3), "val/acc": rising(0.2), "lr": 0.001}
    more.setdefault("tracked_metric", "val/acc")
    more.setdefault("mode", "max")
    return record(epochs, {**plain, **metrics}, **more)
