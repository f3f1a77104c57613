"""What is true of training anywhere: curves of kinds that the corpus lacks, each of which once misled a rule."""

import math
from typing import Any

from tests.server.health.curves import Metrics, end, falling, fired, record, rising, sick, wobble

from epochwatch_server.health.replay import Recording
from epochwatch_server.health.rule import Severity

FLOORED: Metrics = {  # a ranking loss: nearly all of it is floor, while the ranking becomes good
    "train/loss": lambda epoch: 3.66 - 0.012 * epoch,
    "val/loss": lambda epoch: 4.47 - 0.01 * epoch,
    "val/c_index": lambda epoch: 0.56 + 0.012 * epoch,
    "lr": 1e-3,
}


def ran(metrics: Metrics, epochs: int = 24, **facts: Any) -> Recording:
    """Record a run of these metrics alone."""
    return record(epochs, metrics, **{"tracked_metric": "val/c_index", "mode": "max", **facts})


def test_a_score_in_percent_is_read_as_a_share() -> None:
    metrics: Metrics = {
        "train/loss": falling(2.0, 1.1),
        "val/loss": falling(2.1, 1.2),
        "val/accuracy": lambda epoch: 100 * rising(0.2, 0.75)(epoch),
    }
    run = ran(metrics, tracked_metric="val/accuracy", ending=end(test_accuracy=71.0))
    assert not fired("val_test_gap", run)
    worse = ran(metrics, tracked_metric="val/accuracy", ending=end(test_accuracy=41.0))
    assert fired("val_test_gap", worse)


def test_a_target_in_percent_is_compared_as_logged() -> None:
    config = {"targets": {"val/accuracy": {"minimum": 60.0}}}
    metrics: Metrics = {"train/loss": falling(2.0), "val/accuracy": lambda epoch: 100 * rising(0.2, 0.75)(epoch)}
    assert not fired("target_band", ran(metrics, config=config, ending=end(test_accuracy=74.0)))


def test_a_loss_with_a_high_floor_is_not_slow_while_the_score_climbs() -> None:
    for rule in ("lr_too_low", "slow_convergence", "loss_not_decreasing", "underfitting", "at_chance"):
        assert not fired(rule, ran(FLOORED)), rule
    assert fired("slow_convergence", ran({**FLOORED, "val/c_index": wobble(0.5, 0.002)}))


def test_a_return_replaces_the_loss() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 0.3 + 0.05 * epoch + 0.2 * math.sin(2.4 * epoch),
        "train/episode_return": rising(5.0, 90.0, 10),
    }
    run = ran(metrics, tracked_metric="train/episode_return")
    for rule in ("loss_explosion", "loss_not_decreasing", "loss_oscillation", "val_missing"):
        assert not fired(rule, run), rule


def test_an_exact_match_may_be_0_while_tokens_are_learned() -> None:
    metrics: Metrics = {
        "train/loss": falling(2.0),
        "val/token_accuracy": rising(0.3, 0.7, 12),
        "val/exact_match": 0.0,
    }
    assert not fired("metric_stuck_zero", ran(metrics, 9, planned_epochs=30, tracked_metric="val/exact_match"))


def test_a_head_that_still_says_no_gets_time() -> None:
    metrics: Metrics = {
        "train/loss_box": falling(1.0),
        "train/loss_obj": falling(0.6, 0.45),
        "val/loss_box": falling(1.0),
        "val/loss_obj": falling(0.6, 0.45),
        "train/loss": falling(1.6, 0.55),
        "val/map50": rising(0.0, 0.6),
        "val/obj_f1": 0.0,
    }
    assert not fired("metric_stuck_zero", ran(metrics, 12, planned_epochs=40, tracked_metric="val/map50"))
    (alert,) = fired("metric_stuck_zero", ran(metrics, 40, tracked_metric="val/map50"))
    assert alert.severity is Severity.WARNING


def test_a_score_that_lives_in_training_is_not_called_broken() -> None:
    metrics: Metrics = {"train/loss": falling(2.0), "val/f1": 0.0, "train/f1": rising(0.0, 0.5)}
    assert not fired("metric_stuck_zero", ran(metrics, tracked_metric="val/f1"))


def test_a_test_that_confirms_the_tracked_metric_is_no_leak() -> None:
    metrics: Metrics = {"val/acc": rising(0.2, 0.8), "val/r2": rising(0.0, 0.9), "train/loss": falling(2.0)}
    assert not fired("val_test_gap", ran(metrics, tracked_metric="val/acc", ending=end(test_acc=0.81, test_r2=0.6)))
    assert fired("val_test_gap", ran(metrics, tracked_metric="val/acc", ending=end(test_acc=0.5, test_r2=0.6)))


def test_f1_of_a_rare_class_rests_on_few_samples() -> None:
    metrics: Metrics = {"val/f1": rising(0.1, 0.6), "train/loss": falling(2.0)}
    config = {"class_counts": [1728, 72]}
    assert not fired("val_test_gap", ran(metrics, tracked_metric="val/f1", config=config, ending=end(test_f1=0.41371)))
    assert fired("val_test_gap", ran(metrics, tracked_metric="val/f1", ending=end(test_f1=0.41371)))


def test_batches_of_noise_differ_while_validation_is_calm() -> None:
    metrics: Metrics = {
        "train/loss": wobble(5.0, 0.04),
        "train/loss_std": 2.6,
        "val/loss": wobble(6.4, 0.001),
        "val/r2": rising(0.0, 0.2),
    }
    steps: Metrics = {"train/loss": 7.0}
    assert not fired("loss_oscillation", ran(metrics, 40, steps=steps, tracked_metric="val/r2"))
    assert fired("loss_oscillation", ran({**metrics, "val/loss": wobble(6.4, 0.2)}, 40, steps=steps))


def test_epochs_without_a_finite_loss_break_no_rule() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: float("nan") if epoch > 6 else 5.0,
        "train/loss_std": lambda epoch: float("nan") if epoch > 8 else 3.0,
        "val/loss": wobble(6.0, 0.3),
    }
    fired("loss_oscillation", ran(metrics, 20))  # asserts that the rule did not fail


def test_clipping_every_step_is_no_fault_of_a_run_that_learns() -> None:
    clipped: Metrics = {"clip_frac": 1.0, "grad_norm": wobble(30.0)}
    assert not fired("clip_always_active", sick(clipped, config={"clip": 1.0}))


def test_predictions_vary_by_what_the_inputs_tell() -> None:
    metrics: Metrics = {
        "train/loss": falling(9.0, 7.0, 10),
        "val/loss": falling(9.0, 7.2, 10),
        "val/r2": rising(-0.05, 0.2, 10),
        "val/variance_ratio": rising(0.04, 0.3, 10),
    }
    assert not fired("variance_collapse", ran(metrics, 40, tracked_metric="val/r2"))


def test_a_validation_loss_that_leaps_alone_is_a_warning() -> None:
    metrics: Metrics = {"train/loss": falling(1.0), "val/loss": [1.0, 0.5, 0.4, 0.4, 1.5, 2.6, 3.5]}
    alerts = fired("loss_explosion", ran(metrics, 7, tracked_metric=None, mode=None))
    assert [alert.severity for alert in alerts] == [Severity.WARNING]


def test_a_run_that_begins_good_has_little_to_lose() -> None:
    metrics: Metrics = {"train/loss": wobble(0.5, 0.005), "val/loss": wobble(0.6, 0.005), "val/acc": wobble(0.8, 0.01)}
    alerts = fired("loss_not_decreasing", ran(metrics, 30, tracked_metric="val/acc"))
    assert all(alert.severity is Severity.INFO for alert in alerts)


def test_a_rate_below_a_millionth_is_named() -> None:
    metrics: Metrics = {"train/loss": wobble(2.3, 1e-4), "val/loss": 2.3, "val/acc": 0.1, "lr": 6e-8}
    assert fired("lr_too_low", ran(metrics, 12, tracked_metric="val/acc"))


def test_gradients_that_pile_up_are_named_before_the_loss_rises() -> None:
    metrics: Metrics = {
        "train/loss": wobble(2.2, 0.05),
        "val/loss": wobble(2.2, 0.05),
        "val/acc": wobble(0.1, 0.05),
        "grad_norm": lambda epoch: 1.0 + 12.0 * epoch,
    }
    assert fired("grad_explosion", ran(metrics, 20, steps={"train/loss": 2.3, "grad_norm": 1.0}))
