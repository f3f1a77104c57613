"""Measure what one evaluation of all rules costs for a run of 200 epochs x 60 metrics.

    python benchmarks/health/cost.py [--epochs 200] [--metrics 60] [--json]

The run is a healthy one with noise, of several tasks, with layers, gradients and step points: the rules have all there
is to look at. Times are of the epoch evaluation at the last fifth of the run.
"""

import argparse
import json
import math
import random
import statistics
import time

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine, HealthState
from epochwatch_server.health.history import History, RunFacts
from epochwatch_server.health.moment import Moment

GOAL_MS = 20.0


def metrics_at(epoch: int, count: int, noise: random.Random) -> dict[str, float]:
    """Return `count` metrics of an epoch: losses and terms of both splits, scores, gradients of many layers."""
    fall = 0.2 + 2.0 * math.exp(-epoch / 40)
    values = {"lr": 1e-3, "grad_norm": 1 + noise.random(), "grad_norm_max": 3 + noise.random(), "update_ratio": 2e-3}
    for split in ("train", "val"):
        values[f"{split}/loss"] = 3 * fall * (1 + 0.02 * noise.gauss(0, 1))
        for term in ("signal", "peak", "class"):
            values[f"{split}/loss_{term}"] = fall * (1 + 0.02 * noise.gauss(0, 1))
        values[f"{split}/acc"] = 1 - 0.4 * fall + 0.005 * noise.gauss(0, 1)
        values[f"{split}/f1"] = 0.95 - 0.4 * fall + 0.005 * noise.gauss(0, 1)
        values[f"{split}/r2"] = 0.9 - 0.4 * fall
        values[f"{split}/variance_ratio"] = 0.9
    values["train/loss_std"] = 0.1
    for layer in range(max(0, count - len(values)) // 2 + 1):
        values[f"grad_norm/layer{layer}"] = 0.2 + noise.random()
        values[f"dead_frac/layer{layer}"] = 0.1
    return dict(list(values.items())[:count])


def measure(epochs: int, count: int) -> dict[str, float]:
    """Feed a run to the engine and return the milliseconds of its late epoch evaluations."""
    noise, engine, state = random.Random(0), Engine(RULES), HealthState()
    facts = RunFacts(
        config={"lr": 1e-3, "class_counts": [500, 60, 170]},
        planned_epochs=epochs,
        tracked_metric="val/f1",
        mode="max",
        patience=50,
        components=("signal", "peak", "class"),
    )
    history, took = History(facts), []
    for epoch in range(epochs):
        for step in range(10):
            loss = 3 * (0.2 + 2 * math.exp(-epoch / 40))
            history.add_step(epoch * 10 + step, epoch, {"train/loss": loss, "lr": 1e-3}, epoch * 10 + step)
        history.add_epoch(epoch, metrics_at(epoch, count, noise), epoch * 10 + 9.5)
        begun = time.perf_counter()
        state, _ = engine.evaluate(history, Moment.EPOCH, state)
        took.append(1000 * (time.perf_counter() - begun))
    late = sorted(took[-max(1, epochs // 5) :])
    return {
        "median_ms": statistics.median(late),
        "p95_ms": late[int(0.95 * (len(late) - 1))],
        "goal_ms": GOAL_MS,
        "rules": float(len(RULES)),
        "failures": float(sum(state.failures.values())),
    }


def main() -> None:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--metrics", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = measure(given.epochs, given.metrics)
    if given.json:
        print(json.dumps(result))
        return
    print(f"{result['rules']:.0f} rules, {given.epochs} epochs x {given.metrics} metrics:")
    print(f"  median {result['median_ms']:.1f} ms, p95 {result['p95_ms']:.1f} ms, goal {GOAL_MS:g} ms")


if __name__ == "__main__":
    main()
