"""Which trouble is the cause of which: while the cause is found, its symptoms stay quiet."""

from collections.abc import Set

_NUMERIC = frozenset(
    [
        "loss_explosion",
        "loss_spike",
        "loss_oscillation",
        "lr_too_high",
        "lr_too_low",
        "loss_not_decreasing",
        "component_not_decreasing",
        "component_collapsed",
        "loss_scale_imbalance",
        "metric_stuck_zero",
        "metric_constant",
        "at_chance",
        "underfitting",
        "r2_stuck",
        "variance_collapse",
        "one_sided_head",
        "class_imbalance",
        "overfitting",
        "train_val_gap",
        "slow_convergence",
        "plateau",
        "gan_collapse",
        "dead_layer",
        "grad_vanishing",
        "grad_explosion",
        "poor_init",
        "tracked_metric_misaligned",
        "val_test_gap",
    ]
)
_NO_LEARNING = frozenset({"metric_constant", "slow_convergence", "plateau", "underfitting"})
_UNDERFITS = frozenset({"underfitting"})

INHIBITS: dict[str, frozenset[str]] = {
    "nonfinite": _NUMERIC,
    "dead_layer": _NO_LEARNING,
    "at_chance": frozenset({"slow_convergence", "underfitting"}),
    "lr_vanished": _NO_LEARNING | {"dead_layer", "lr_too_low"},
    "amp_overflow": _NO_LEARNING,
    "clip_always_active": _NO_LEARNING | {"dead_layer"},
    "dead_relu": _NO_LEARNING,
    "poor_init": _UNDERFITS | {"lr_too_high"},
    "lr_too_high": _UNDERFITS | {"loss_oscillation", "loss_spike", "plateau"},
    "lr_spike": _UNDERFITS | {"lr_too_high"},
    "lr_too_low": _UNDERFITS | {"loss_oscillation"},
    "loss_explosion": _UNDERFITS,
    "grad_explosion": _UNDERFITS,
    "grad_vanishing": _UNDERFITS,
    "loss_oscillation": _UNDERFITS,
    "loss_spike": _UNDERFITS,
    "loss_scale_imbalance": _UNDERFITS,
    "loss_not_decreasing": _UNDERFITS,
    "component_not_decreasing": _UNDERFITS,
    "run_never_started": frozenset({"run_crashed", "test_eval_missing", "val_missing", "tracked_metric_missing"}),
    "run_crashed": frozenset({"killed_early", "test_eval_missing"}),
    "killed_early": frozenset({"test_eval_missing"}),
}


def silenced_by(rule: str, causes: Set[str]) -> str | None:
    """Return the cause that silences this rule; None when none does."""
    return next((cause for cause in INHIBITS if cause in causes and rule in INHIBITS[cause]), None)
