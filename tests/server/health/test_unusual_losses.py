"""Losses that are no plain error: below 0, of terms that pull against each other, of agents, without a floor at 0."""

import math
from dataclasses import replace

import pytest
from tests.server.health.curves import Metrics, end, falling, fired, record, rising, wobble

from epochwatch_server.health.history import RunEnding
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.health.signals import read_signal


def of_terms(weights: dict[str, float] | None = None) -> Recording:
    """Record terms that pull against each other: two grow from little while the weighted total falls by two thirds."""
    weights = weights or {"invariance": 25.0, "variance": 25.0, "covariance": 1.0}
    terms = {
        "invariance": lambda epoch: 0.18 + 0.18 * math.exp(-((epoch - 2) ** 2) / 2),
        "variance": lambda epoch: 0.06 + 0.96 * math.exp(-epoch / 2),
        "covariance": lambda epoch: 0.17 + 3.4 * (1 - math.exp(-epoch)),
    }
    metrics: Metrics = {
        "train/loss": lambda epoch: sum(weight * terms[name](epoch) for name, weight in weights.items()),
        **{f"train/loss_{name}": term for name, term in terms.items()},
        "val/knn_accuracy": wobble(0.95, 0.01),
    }
    return record(
        24, metrics, tracked_metric="val/knn_accuracy", mode="max", weights=weights, components=tuple(weights)
    )


def test_terms_may_pull_against_each_other_while_their_sum_falls() -> None:
    assert not fired("component_not_decreasing", of_terms())


def test_a_term_of_size_that_stays_is_still_told() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 1.0 + math.exp(-epoch / 4),
        "train/loss_box": lambda epoch: math.exp(-epoch / 4),
        "train/loss_class": wobble(1.0, 0.01),
        "val/accuracy": wobble(0.2, 0.01),
    }
    assert fired("component_not_decreasing", record(24, metrics, tracked_metric="val/accuracy", mode="max"))


def test_a_term_that_spreads_the_load_may_rest_at_its_floor() -> None:
    metrics: Metrics = {
        "train/loss": falling(1.6),
        "train/loss_task": falling(1.6),
        "train/loss_balance": wobble(1.03, 0.005),
        "val/accuracy": rising(0.2, 0.9),
    }
    run = record(20, metrics)
    assert not fired("component_not_decreasing", run)
    assert not fired("loss_scale_imbalance", run)


def test_a_divergence_is_not_taken_for_the_loss() -> None:
    metrics: Metrics = {
        "train/kl": lambda epoch: 0.2 + 0.5 * epoch,
        "train/elbo": lambda epoch: -30 + epoch,
        "train/loss": falling(30.0, 5.0),
        "val/kl": lambda epoch: 0.2 + 0.5 * epoch,
        "val/loss": falling(31.0, 6.0),
    }
    for rule in ("loss_explosion", "loss_not_decreasing", "overfitting", "at_chance", "lr_too_high"):
        assert not fired(rule, record(24, metrics)), rule
    rises = {**metrics, "train/loss": lambda epoch: 30.0 * 1.4**epoch, "val/loss": lambda epoch: 31.0 * 1.4**epoch}
    assert fired("loss_explosion", record(24, rises))


@pytest.mark.parametrize("name", ["eval/ep_rew_mean", "rollout/ep_rew_mean", "mean_reward", "eval/rewards/mean"])
def test_what_an_agent_earns_is_known_by_the_names_of_its_trainers(name: str) -> None:
    metrics: Metrics = {
        "train/policy_loss": wobble(-0.03, 0.02),
        "train/value_loss": falling(40.0, 6.0),
        "train/loss": falling(20.0, 3.0),
        name: rising(-5.0, 5.0),
    }
    run = record(30, metrics)
    for rule in ("loss_scale_imbalance", "component_not_decreasing", "component_collapsed"):
        assert not fired(rule, run), rule
    assert read_signal(name).is_return
    assert not read_signal("eval/ep_rew_std").is_return
    assert not read_signal("rewards/chosen").is_return  # of a preference, whose loss is an error


def test_an_actor_and_its_entropy_tell_an_agent_where_no_return_is_logged() -> None:
    metrics: Metrics = {
        "train/actor_loss": wobble(-0.03, 0.02),
        "train/critic_loss": lambda epoch: 1.0 + epoch,
        "train/entropy_loss": wobble(-0.01, 0.001),
    }
    run = record(30, metrics)
    for rule in ("loss_scale_imbalance", "component_not_decreasing", "loss_explosion"):
        assert not fired(rule, run), rule


def test_a_loss_that_leaps_below_zero_at_once_has_no_rate_that_is_too_high() -> None:
    steps: Metrics = {"train/loss": [-0.05, -0.57, -0.49, -0.45] + [-1.0] * 92}
    metrics: Metrics = {
        "train/loss": [-0.37] + [-0.95 - 0.002 * epoch for epoch in range(23)],
        "train/loss_std": [0.3] + [0.04] * 23,
        "val/loss": wobble(-0.97, 0.01),
    }
    assert not fired("lr_too_high", record(24, metrics, steps=steps))
    flat: Metrics = {
        **metrics,
        "train/loss": [2.9] + [2.3] * 23,
        "val/loss": 2.3,
        "train/loss_std": [3.0] + [0.04] * 23,
    }
    assert fired("lr_too_high", record(24, flat, steps={"train/loss": [2.3] * 96}))


def test_few_batches_that_cost_much_are_no_leap() -> None:
    def first_epoch(cost: float, every: int) -> Recording:
        losses = [cost if step > 3 and step % every == 0 else 0.75 for step in range(20)]
        steps = [Record("step", float(step), step, 0, {"train/loss": loss}) for step, loss in enumerate(losses)]
        metrics: Metrics = {"train/loss": [sum(losses) / 20, 0.95, 0.9, 0.9], "val/loss": wobble(0.9, 0.01)}
        return replace(run := record(4, metrics, planned_epochs=30), records=(*steps, *run.records))

    assert not fired("lr_too_high", first_epoch(4.0, 4))
    assert fired("lr_too_high", first_epoch(2.0, 1))


def test_noise_in_validation_alone_is_no_oscillation() -> None:
    metrics: Metrics = {
        "train/loss": wobble(0.45, 0.01),
        "val/loss": lambda epoch: 0.3 + 0.5 * (epoch % 2),
    }
    calm = record(30, metrics, steps={"train/loss": lambda place: 0.6 - 0.01 * min(place, 12)})
    assert not fired("loss_oscillation", calm)
    both = {**metrics, "train/loss": lambda epoch: 0.4 + 0.4 * (epoch % 2)}
    assert fired("loss_oscillation", record(30, both, steps={"train/loss": 0.6}))


def test_a_probe_is_not_what_the_loss_counts() -> None:
    metrics: Metrics = {
        "train/loss": falling(2.0, 0.1, 2),
        "val/loss": falling(1.2, 0.1, 2),
        "val/knn_acc": wobble(0.66, 0.01),
    }
    run = record(20, metrics, steps={"train/loss": 2.0})
    assert not fired("poor_init", run)
    asked = {**metrics, "val/acc": rising(0.1, 0.4)}
    assert fired("poor_init", record(20, asked, steps={"train/loss": 2.0}))


def test_clipping_a_little_is_no_fault_once_the_loss_has_fallen() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 1.0 + 1.4 * math.exp(-epoch),
        "val/loss": wobble(1.3, 0.01),
        "grad_norm": 1.7,
        "clip_frac": 1.0,
    }
    steps: Metrics = {"train/loss": lambda place: 2.5 if place < 3 else 1.2}
    assert not fired("clip_always_active", record(24, metrics, steps=steps, config={"clip": 1.0}))
    stuck = {**metrics, "train/loss": wobble(2.4, 0.01), "val/loss": wobble(2.4, 0.01)}
    assert fired("clip_always_active", record(24, stuck, config={"clip": 1.0}))


def test_a_tiny_limit_is_named_even_where_no_norm_is_logged() -> None:
    metrics: Metrics = {"train/loss": lambda epoch: 0.05 - 1e-5 * epoch, "val/loss": lambda epoch: 0.06 - 1e-5 * epoch}
    assert fired("clip_always_active", record(24, metrics, config={"clip": 1e-5}))
    assert not fired("clip_always_active", record(24, metrics, config={"clip": 1.0}))
    learned: Metrics = {"train/loss": falling(1.0), "val/loss": falling(1.0)}
    assert not fired("clip_always_active", record(24, learned, config={"clip": 1e-5}))


def test_a_loss_that_falls_while_no_answer_is_right_is_at_chance() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 0.3 + 0.7 * math.exp(-epoch / 3),
        "val/loss": lambda epoch: 0.33 + 0.6 * math.exp(-epoch / 3),
        "val/recall_at_1": wobble(0.1, 0.01),
        "val/map": wobble(0.1, 0.005),
    }
    assert fired("at_chance", record(24, metrics, tracked_metric="val/map", mode="max"))
    assert not fired("at_chance", record(24, metrics, tracked_metric="val/loss", mode="min"))
    learned = {**metrics, "val/map": rising(0.1, 0.3)}
    assert not fired("at_chance", record(24, learned, tracked_metric="val/map", mode="max"))


def test_one_wrong_answer_of_a_few_may_stay() -> None:
    metrics: Metrics = {"train/loss": falling(29.0, 5.0), "val/loss": wobble(8.0, 0.8), "val/accuracy": 23 / 24}
    assert not fired("metric_constant", record(20, metrics, tracked_metric="val/accuracy", mode="max"))
    poor = {**metrics, "val/loss": 8.0, "val/accuracy": 5 / 24}
    assert fired("metric_constant", record(20, poor, tracked_metric="val/accuracy", mode="max"))


def test_a_slow_start_whose_gradients_grow_has_no_slow_rate() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 5.12 - 0.03 * epoch,
        "val/loss": lambda epoch: 5.2 - 0.02 * epoch,
        "grad_norm": lambda epoch: 0.2 + 0.02 * epoch,
    }
    assert not fired("lr_too_low", record(6, metrics, planned_epochs=30))
    assert fired("lr_too_low", record(6, {**metrics, "grad_norm": 0.2}, planned_epochs=30))


def test_sizes_of_terms_tell_nothing_where_the_total_shows_unknown_weights() -> None:
    terms: Metrics = {"train/loss_on": wobble(0.07, 0.003), "train/loss_off": falling(7.6, 2.0)}

    def known(epoch: int) -> float:
        return falling(7.6, 2.0)(epoch) + 0.07

    def unknown(epoch: int) -> float:
        return 0.02 * falling(7.6, 2.0)(epoch) + 0.07

    assert fired("loss_scale_imbalance", record(24, {**terms, "train/loss": known}))
    assert not fired("loss_scale_imbalance", record(24, {**terms, "train/loss": unknown}))


def test_sizes_of_terms_are_no_cause_where_nothing_at_all_is_learned() -> None:
    terms: Metrics = {"train/loss_a": wobble(3.2, 0.01), "train/loss_b": wobble(0.2, 0.001)}
    still = {**terms, "train/loss": wobble(3.4, 0.01)}
    assert not fired("loss_scale_imbalance", record(24, still))
    moving = {**terms, "train/loss_a": falling(4.0, 3.0), "train/loss": falling(4.2, 3.2)}
    assert fired("loss_scale_imbalance", record(24, moving))


def test_a_flat_loss_at_a_minute_rate_has_that_cause_whatever_the_first_batches_cost() -> None:
    metrics: Metrics = {"train/loss": wobble(2.49, 0.002), "val/loss": wobble(2.27, 0.002), "lr": 8e-7}
    run = record(20, metrics, steps={"train/loss": lambda place: 3.0 if place < 2 else 2.4})
    assert fired("lr_too_low", run)
    assert not fired("lr_too_low", record(20, {**metrics, "lr": 1e-3}))


def test_a_log_that_does_not_say_that_it_is_done_lacks_no_test() -> None:
    metrics: Metrics = {"train/loss": falling(1.0), "val/accuracy": rising(0.2, 0.9)}
    assert not fired("test_eval_missing", record(10, metrics, ending=RunEnding("ended", None, 200.0)))
    assert fired("test_eval_missing", record(10, metrics, ending=end()))


@pytest.mark.parametrize(
    ("name", "split", "role"),
    [
        ("train:loss", "train", "loss"),
        ("val:acc", "val", "accuracy"),
        ("val | loss_kl", "val", "component"),
        ("val__f1", "val", "f1"),
        ("loss (valid)", "val", "loss"),
        ("Loss [test]", "test", "loss"),
        ("tr_loss", "train", "loss"),
        ("te_acc", "test", "accuracy"),
        ("te_size", None, "other"),
        ("epoch/val_loss", "val", "loss"),
        ("train.loss-std", "train", "loss_std"),
        ("val/hits@1", "val", "accuracy"),
        ("val/recall_at_10", "val", "accuracy"),
        ("metrics/mAP50(B)", "val", "accuracy"),
    ],
)
def test_other_habits_of_naming_are_read(name: str, split: str | None, role: str) -> None:
    signal = read_signal(name)
    assert (signal.split, signal.role) == (split, role)
