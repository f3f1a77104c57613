"""The textbook curve of every trouble: what its rule must fire on."""

import math
from collections.abc import Callable

from tests.server.health.curves import end, falling, record, rising, sick, wobble

from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording

NAN = float("nan")
FLAT = {"train/loss": wobble(2.3, 0.002), "val/loss": wobble(2.31, 0.002), "val/acc": 0.1}
FLAT_STEPS = {"train/loss": wobble(2.3, 0.002)}


def _silence() -> Recording:
    epochs = [Record("epoch", 20.0 * (n + 1), n, n, {"train/loss": 1.0}) for n in range(6)]
    return Recording("run", RunFacts(), (*epochs, Record("clock", 9_000.0)))


def _slower() -> Recording:
    times = [10.0 * n for n in range(9)] + [80 + 40.0 * n for n in range(1, 6)]
    return Recording(
        "run", RunFacts(), tuple(Record("epoch", t, n, n, {"train/loss": 1.0}) for n, t in enumerate(times))
    )


def _never_started(**facts: object) -> Recording:
    error = "TypeError: '<=' not supported between instances of 'float' and 'str'"
    ending = Record("end", 1.0, ending=RunEnding("crashed", error, 1.0))
    return Recording("run", RunFacts(**facts), (ending,))  # type: ignore[arg-type]  # facts by name


def _gan() -> Recording:
    metrics = {"train/loss_d": falling(0.6, 1e-6, 0.5), "train/loss_g": rising(2, 20, 2), "val/modes": 1.0}
    return record(12, metrics, tracked_metric="val/modes", mode="max")


TEXTBOOK: dict[str, Callable[[], Recording]] = {
    "nonfinite": lambda: sick({"train/loss": [2.0, 1.5, 1.1, NAN, NAN]}, 5),
    "loss_explosion": lambda: sick({"train/loss": [2.0, 1.5, 1.2, 9.0, 30.0, 80.0], "val/acc": 0.1}, 6),
    "loss_spike": lambda: sick({"train/loss": lambda n: falling(2.0, 0.5)(n) + (0.9 if n >= 10 else 0)}),
    "loss_oscillation": lambda: sick(
        {"train/loss": wobble(1.6, 0.1), "train/loss_std": 1.1, "val/acc": wobble(0.3, 0.3)}, steps={"train/loss": 2.0}
    ),
    "lr_too_high": lambda: sick(
        {**FLAT, "train/loss": [60.0, 2.36, 2.35, 2.35, 2.35], "train/loss_std": [130, 0.1, 0.1, 0.1, 0.1]},
        5,
        steps={"train/loss": 2.3},
    ),
    "lr_too_low": lambda: sick(
        {"train/loss": lambda n: 2.3 - 0.002 * n, "val/loss": lambda n: 2.31 - 0.002 * n, "val/acc": 0.1, "lr": 1e-8},
        steps={"train/loss": 2.3},
    ),
    "lr_spike": lambda: sick({"lr": lambda n: 1.0 if n == 10 else 0.001}),
    "lr_vanished": lambda: sick({"lr": lambda n: 1e-3 * 0.1**n}),
    "grad_explosion": lambda: sick(
        {"train/loss": lambda n: 2.0 + 2.0 * n, "grad_norm": lambda n: 1.0 + 8 * n}, steps={"train/loss": 2.0}
    ),
    "grad_vanishing": lambda: sick(
        {**FLAT, "grad_norm": 0.8, "grad_norm/layer0": 1e-8, "grad_norm/layer1": 0.8}, steps=FLAT_STEPS
    ),
    "dead_layer": lambda: sick({"grad_norm/layer0": 0.0, "grad_norm/layer1": 0.5}),
    "dead_relu": lambda: sick({**FLAT, "dead_frac/layer0": 0.97}, steps=FLAT_STEPS),
    "clip_always_active": lambda: sick(
        {**FLAT, "clip_frac": 1.0, "grad_norm": wobble(0.3)}, config={"clip": 1e-4}, steps=FLAT_STEPS
    ),
    "amp_overflow": lambda: sick({"amp/skipped_frac": 1.0, "amp/scale": 67108864.0}),
    "poor_init": lambda: sick({**FLAT, "train/loss_std": 2e-5}, steps={"train/loss": 2.3}),
    "loss_not_decreasing": lambda: sick(FLAT, steps=FLAT_STEPS),
    "component_not_decreasing": lambda: sick({"train/loss_a": falling(1.5), "train/loss_b": wobble(1.6, 0.01)}),
    "component_collapsed": lambda: sick(
        {"train/loss_recon": falling(3.0, 2.0), "train/loss_kl": falling(0.5, 1e-5, 0.6)}
    ),
    "loss_scale_imbalance": lambda: sick({"train/loss_a": falling(3e6, 1e4), "train/loss_b": wobble(3.75)}),
    "metric_stuck_zero": lambda: sick({"val/f1": 0.0}),
    "metric_constant": lambda: sick({**FLAT, "val/acc": 0.3, "val/loss": 1.7}),
    "at_chance": lambda: sick(
        {"train/loss": lambda n: 2.3 - 0.015 * n, "val/loss": lambda n: 2.3 + 0.03 * n, "val/acc": wobble(0.1, 0.05)},
        steps={"train/loss": 2.3},
    ),
    "underfitting": lambda: sick(
        {"train/loss": falling(2.0, 1.7, 0.5), "val/loss": falling(2.0, 1.72, 0.5), "val/acc": wobble(0.4, 0.02)},
        steps={"train/loss": 2.3},
        config={"optimizer": {"weight_decay": 1.0}},
    ),
    "r2_stuck": lambda: sick({"val/r2": wobble(-0.1, 0.3)}),
    "variance_collapse": lambda: sick({"val/variance_ratio": wobble(0.03)}),
    "one_sided_head": lambda: sick({"val/done_max": wobble(0.06), "val/done_pos_rate": 0.02}),
    "class_imbalance": lambda: sick({"val/min_recall": 0.0}, config={"class_counts": [500, 400, 4]}),
    "overfitting": lambda: sick({"val/loss": lambda n: 0.6 + 0.02 * abs(n - 10) * (3 if n > 10 else 1)}),
    "train_val_gap": lambda: sick({"train/loss": falling(2.0, 0.01), "val/loss": lambda n: 0.6 + 0.05 * abs(n - 6)}),
    "past_best": lambda: sick({"val/acc": lambda n: 0.8 - 0.01 * abs(n - 5)}, patience=5),
    "val_test_gap": lambda: sick({}, ending=end(test_acc=0.5)),
    "suspicious_perfect": lambda: sick({"val/acc": rising(0.2), "train/acc": rising(0.2)}),
    "tracked_metric_saturated": lambda: sick(
        {"val/mae": [2, 1, 0.5] + [0.0] * 9, "val/acc": lambda n: 0.4 + 0.03 * n},
        12,
        tracked_metric="val/mae",
        mode="min",
        patience=20,
    ),
    "tracked_metric_misaligned": lambda: sick(
        {"val/loss": lambda n: 2.0 - 0.001 * n, "val/r2": rising(0.0, 0.7)}, tracked_metric="val/loss", mode="min"
    ),
    "metric_mismatch": lambda: sick({}, config={"sweep": {"metric": {"name": "val/loss"}}}),
    "tracked_metric_missing": lambda: sick({}, tracked_metric="val/auc"),
    "val_missing": lambda: record(10, {"train/loss": falling(2.0)}),
    "test_eval_missing": lambda: sick({}, ending=end()),
    "milestone_missed": lambda: sick({"val/f1": 0.05}, milestones=(("val/f1", 5, 0.1),)),
    "slow_convergence": lambda: sick(
        {"train/loss": lambda n: 2.3 - 0.003 * n, "val/acc": wobble(0.1)}, steps={"train/loss": 2.3}, planned_epochs=40
    ),
    "target_band": lambda: sick({"val/r2": 0.1}, bands={"val/r2": {"minimum": 0.3, "good": 0.5}}, ending=end()),
    "plateau": lambda: sick(
        {"val/loss": lambda n: falling(2.1, 0.5, 1)(min(n, 6)) + 0.002 * math.sin(2.4 * n) * (n > 6)}
    ),
    "killed_early": lambda: sick({}, 9, planned_epochs=100, ending=end("killed", error="stopped by the scheduler")),
    "run_crashed": lambda: sick({}, 9, ending=end("crashed", error="RuntimeError: out of memory")),
    "run_never_started": _never_started,
    "repeated_crashes": lambda: _never_started(failed_starts=("OSError: style not found",)),
    "config_string_number": lambda: sick({}, config={"optimizer": {"lr": "1e-5"}}),
    "stalled": _silence,
    "throughput_drop": _slower,
    "gan_collapse": _gan,
}
