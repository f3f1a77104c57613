"""Curves of tasks, loops and logs that the corpus lacks, each of which once was misread at first sight."""

import math
from typing import Any

from tests.server.health.curves import Metrics, end, falling, fired, record, rising, wobble

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.history import RunFacts
from epochwatch_server.health.replay import Record, Recording, replay
from epochwatch_server.health.rule import Severity

LEARNS: Metrics = {"train/loss": falling(2.0), "val/loss": falling(2.1, 0.3), "val/acc": rising(0.2), "lr": 1e-3}
FLAT: Metrics = {"train/loss": wobble(2.0, 0.002), "val/loss": wobble(2.0, 0.002)}


def ran(metrics: Metrics, epochs: int = 30, **facts: Any) -> Recording:
    """Record a run that tracks val/acc, unless something else is said."""
    return record(epochs, metrics, **{"tracked_metric": "val/acc", "mode": "max", **facts})


def test_terms_without_a_total_are_judged_by_their_sum() -> None:
    metrics: Metrics = {"train/box_loss": wobble(3.0, 0.001), "train/cls_loss": wobble(1.0, 0.001)}
    (alert,) = fired("loss_not_decreasing", ran(metrics, tracked_metric=None))
    assert alert.finding.evidence.metrics == ("train/box_loss", "train/cls_loss")


def test_a_term_that_is_subtracted_is_named() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 1.0 - 2.0**epoch,
        "train/loss_event": wobble(0.5),
        "train/loss_type": lambda epoch: 0.5 + 2.0**epoch,
    }
    (alert,) = fired("component_not_decreasing", ran(metrics, 8))
    assert alert.subject == "type"


def test_a_weight_that_nothing_tells_is_found_in_the_total() -> None:
    metrics: Metrics = {
        "train/loss": lambda epoch: 1e6 * falling(1.3)(epoch),
        "train/loss_move": falling(1.3),
        "train/loss_tool": falling(1.1, 0.8),
    }
    assert fired("loss_scale_imbalance", ran(metrics))
    assert not fired("loss_scale_imbalance", ran({**metrics, "train/loss": falling(2.4, 0.9)}))


def test_weights_are_there_to_make_terms_equal() -> None:
    terms: Metrics = {
        "train/loss": falling(8e3),
        "train/loss_a": falling(0.8, 0.05),
        "train/loss_b": falling(1.2, 0.7),
    }
    assert fired("loss_scale_imbalance", ran(terms, weights={"a": 2e4, "b": 1.0}))
    balanced: Metrics = {**terms, "train/loss_a": falling(8e-4, 5e-5)}
    assert not fired("loss_scale_imbalance", ran(balanced, weights={"a": 1e3, "b": 1.0}))


def test_a_rate_may_vanish_in_a_run_without_a_plan() -> None:
    decayed: Metrics = {**LEARNS, "lr": lambda epoch: 0.01 * 0.3**epoch}
    assert fired("lr_vanished", ran(decayed, planned_epochs=None))
    to_zero: Metrics = {**LEARNS, "lr": lambda epoch: 0.005 * (1 + math.cos(math.pi * epoch / 30))}
    assert not fired("lr_vanished", ran(to_zero, planned_epochs=None))


def test_a_vanished_rate_stays_vanished_to_the_end() -> None:
    (alert,) = fired("lr_vanished", ran({**LEARNS, "lr": lambda epoch: 0.01 * 0.3**epoch}))
    assert alert.phase.value == "firing"


def test_a_plan_in_the_configuration_is_a_plan() -> None:
    steep: Metrics = {**FLAT, "lr": 1e-3}
    run = ran(steep, 12, planned_epochs=None, config={"trainer": {"max_epochs": 200}})
    assert replay(run, Engine(RULES)).history.facts.planned_epochs == 200


def test_r2_tells_by_itself_that_something_is_explained() -> None:
    metrics: Metrics = {**FLAT, "val/r2": wobble(0.38, 0.02)}
    steps: Metrics = {"train/loss": wobble(2.0, 0.002)}
    assert not fired("loss_not_decreasing", ran(metrics, steps=steps, tracked_metric=None))
    assert fired("loss_not_decreasing", ran({**metrics, "val/r2": wobble(0.01)}, steps=steps, tracked_metric=None))


def test_samples_that_spread_have_not_collapsed() -> None:
    metrics: Metrics = {
        "train/loss_d": 1.3,
        "train/loss_g": 0.75,
        "val/modes": 1.0,
        "val/real_std": 1.4,
        "val/sample_std": lambda epoch: 0.2 + 0.05 * epoch,
    }
    assert not fired("gan_collapse", ran(metrics, 18, planned_epochs=80, tracked_metric=None))
    assert fired("gan_collapse", ran({**metrics, "val/sample_std": 0.3}, 18, planned_epochs=80, tracked_metric=None))


def test_poor_losses_alone_may_be_all_that_the_data_allows() -> None:
    metrics: Metrics = {"train/loss": falling(1.0, 0.8, 2), "val/loss": falling(1.0, 0.8, 2), "lr": 1e-3}
    steps: Metrics = {"train/loss": falling(1.0, 0.8, 8)}
    (alert,) = fired("underfitting", ran(metrics, steps=steps, tracked_metric=None))
    assert alert.severity is Severity.INFO
    held = {"optimizer": {"weight_decay": 1.0}}
    (alert,) = fired("underfitting", ran(metrics, steps=steps, tracked_metric=None, config=held))
    assert alert.severity is Severity.WARNING


def test_a_spike_on_its_way_back_is_no_alarm() -> None:
    back = [*(2.0 - 0.1 * epoch for epoch in range(15)), 6.0, 2.0, 1.2, 0.8, *[0.6] * 11]
    assert not fired("loss_spike", ran({**LEARNS, "train/loss": back}))
    stays = [*(2.0 - 0.1 * epoch for epoch in range(15)), *[6.0] * 15]
    assert fired("loss_spike", ran({**LEARNS, "train/loss": stays}))


def test_a_tracked_metric_at_its_bound_matters_where_it_may_stop_the_run() -> None:
    metrics: Metrics = {
        "train/loss": falling(2.0),
        "val/acc": rising(0.2, 1.0, 0.01),
        "val/type_acc": rising(0.2, pace=20),
    }
    (alert,) = fired("tracked_metric_saturated", ran(metrics, ending=end()))
    assert alert.severity is Severity.INFO
    (alert,) = fired("tracked_metric_saturated", ran(metrics, patience=8))
    assert alert.severity is Severity.WARNING


def test_an_area_of_a_half_is_a_guess_whatever_the_loss_does() -> None:
    metrics: Metrics = {"train/loss": falling(0.69, 0.4), "val/loss": falling(0.69, 0.5), "val/auc": wobble(0.5, 0.03)}
    assert fired("at_chance", ran(metrics, tracked_metric="val/auc"))
    assert not fired("at_chance", ran({**metrics, "val/auc": rising(0.5, 0.58)}, tracked_metric="val/auc"))


def test_a_loss_that_is_that_of_guessing_evenly_says_so() -> None:
    metrics: Metrics = {
        "train/loss": falling(6.3, 2.0, 20),
        "val/loss": lambda epoch: 3.0 - 0.3 * min(epoch, 2) + 0.07 * max(epoch - 4, 0),
        "val/acc": wobble(0.096, 0.1),
    }
    assert fired("at_chance", ran(metrics))
    learned: Metrics = {**metrics, "val/acc": wobble(0.35, 0.03)}  # as surely wrong as it is right: no guessing
    assert not fired("at_chance", ran(learned))


def test_a_score_of_few_samples_may_rest_while_the_loss_moves() -> None:
    rests: Metrics = {**LEARNS, "val/acc": [0.2, 0.21, 0.22, 0.23, *[0.24] * 26], "train/loss": falling(2.0, 1.9)}
    assert not fired("metric_constant", ran(rests))
    same: Metrics = {**rests, "val/acc": 0.24}
    assert fired("metric_constant", ran({**same, "val/loss": wobble(2.1, 0.001)}))


def test_one_jump_is_no_oscillation() -> None:
    values = [*(0.2 - 0.01 * epoch for epoch in range(10)), 0.6, 0.2, 0.15, 0.13, 0.12, 0.11]
    once: Metrics = {"train/loss": wobble(1.0, 0.01), "val/loss": values}
    assert not fired("loss_oscillation", ran(once, 16, tracked_metric=None))
    swings = [0.2 + 0.2 * (epoch % 2) for epoch in range(16)]
    both: Metrics = {"train/loss": [value + 0.8 for value in swings], "val/loss": swings}
    assert fired("loss_oscillation", ran(both, 16, tracked_metric=None))


def test_a_term_that_had_halved_is_not_stuck() -> None:
    hit = [*(2.0 * 0.8**epoch for epoch in range(15)), *[3.0] * 15]
    metrics: Metrics = {"train/loss": falling(3.0), "train/loss_a": hit, "train/loss_b": falling(1.0)}
    assert not fired("component_not_decreasing", ran(metrics))
    assert fired("component_not_decreasing", ran({**metrics, "train/loss_a": wobble(2.0)}))


def test_the_r2_of_a_head_that_has_not_begun_is_not_judged() -> None:
    metrics: Metrics = {**LEARNS, "val/leak_r2": -0.05}
    config = {"curriculum": {"leak_start": 20}}
    assert not fired("r2_stuck", ran(metrics, 20, config=config))
    assert fired("r2_stuck", ran(metrics, 20))


def test_an_easy_head_does_not_make_a_run_begin_trained() -> None:
    metrics: Metrics = {
        "train/loss": falling(3.5, 1.4),
        "train/loss_move": wobble(1.38, 0.01),
        "train/loss_tool": falling(1.0, 0.02),
        "val/loss_move": wobble(1.36, 0.01),
        "val/loss_tool": falling(1.0, 0.02),
        "val/move_acc": wobble(0.27, 0.05),
        "val/force_r2": rising(0.62, 0.98),
    }
    run = ran(metrics, steps={"train/loss": 3.6}, tracked_metric="val/move_acc")
    assert fired("component_not_decreasing", run)


def test_clipping_from_the_start_is_no_fault_while_the_loss_falls() -> None:
    metrics: Metrics = {"train/loss": falling(16.0, 0.2, 8), "clip_frac": 1.0, "grad_norm": falling(12.0, 1.0, 10)}
    steps: Metrics = {"train/loss": falling(16.0, 0.2, 32)}
    assert not fired("clip_always_active", ran(metrics, 20, steps=steps, config={"clip": 1.0}, tracked_metric=None))


def test_guessing_is_the_cause_and_slowness_its_symptom() -> None:
    metrics: Metrics = {**FLAT, "val/acc": wobble(0.1, 0.02), "train/acc": wobble(0.1, 0.02), "lr": 1e-3}
    state = replay(ran(metrics, 40, steps={"train/loss": 2.0}), Engine(RULES)).state
    firing = {alert.rule for alert in state.firing()}
    assert "at_chance" in firing
    assert not firing & {"slow_convergence", "underfitting"}


def test_a_confident_start_is_named_while_it_is_being_unlearned() -> None:
    metrics: Metrics = {
        "train/loss": falling(70.0, 3.0, 8),
        "val/loss": falling(65.0, 4.0, 6),
        "val/acc": rising(0.08, 0.5, 12),
    }
    assert fired("poor_init", ran(metrics, steps={"train/loss": falling(73.0, 3.0, 32)}))


def test_an_auxiliary_term_may_grow_while_the_score_is_learned() -> None:
    metrics: Metrics = {
        "train/loss": falling(1.9),
        "train/loss_sup": falling(1.9),
        "train/loss_consistency": lambda epoch: 0.002 + 0.0001 * epoch,
        "val/loss": falling(1.9, 0.3),
        "val/acc": rising(0.2),
    }
    for rule in ("component_not_decreasing", "loss_scale_imbalance"):
        assert all(alert.severity is Severity.INFO for alert in fired(rule, ran(metrics))), rule
        drowned = fired(rule, ran({**metrics, "val/acc": wobble(0.2), "train/loss_consistency": wobble(0.002)}))
        assert [alert.severity for alert in drowned] != [Severity.INFO], rule


def test_a_return_is_known_however_it_is_spelled() -> None:
    terms: Metrics = {"Train Policy Loss": wobble(0.01, 0.5), "Train Value Loss": rising(0.1, 90.0)}
    for name in ("Validation Episode Return", "metrics/episode_return(B)", "valEpisodeReturn"):
        run = ran({**terms, name: rising(-20.0, 90.0)}, tracked_metric=name)
        assert not fired("loss_scale_imbalance", run), name
        assert not fired("component_not_decreasing", run), name


def by_steps(metrics: Metrics, evaluations: int = 30, *, every: int = 20, **facts: Any) -> Recording:
    """Record a loop that counts steps and knows no epochs: it validates once in `every` step records."""
    records = []
    for number in range(evaluations * every):
        place = number // every
        at = {name: curve(place) if callable(curve) else curve for name, curve in metrics.items()}
        is_last = number % every == every - 1
        seen = {name: value for name, value in at.items() if is_last or not name.startswith("val")}
        records.append(Record("step", float(number), 10 * number, None, seen))
    return Recording("run", RunFacts(**facts), tuple(records))


def test_a_loop_without_epochs_is_judged_from_evaluation_to_evaluation() -> None:
    metrics: Metrics = {"train/loss": falling(2.0), "val/loss": lambda place: 0.8 + 0.02 * abs(place - 8) ** 1.5}
    (alert,) = fired("overfitting", by_steps(metrics))
    assert alert.finding.evidence.since == 10 * (9 * 20 - 1)  # the step of the best evaluation
    assert not fired("overfitting", by_steps({**metrics, "val/loss": falling(2.0, 0.3)}))


def test_a_loop_without_epochs_and_validation_is_judged_by_stretches() -> None:
    flat: Metrics = {"train/loss": wobble(2.0, 0.001), "lr": 1e-3}
    assert fired("loss_not_decreasing", by_steps(flat, 60, every=50))
    assert not fired("val_missing", by_steps(flat, 60, every=50))
    assert not fired("throughput_drop", by_steps(flat, 60, every=50))


def test_stretches_grow_so_that_a_long_run_has_few() -> None:
    history = replay(by_steps({"train/loss": falling(2.0)}, 200, every=200), Engine([])).history
    assert history.steps_seen == 40_000
    assert 40 < len(history.epochs) < 250


def test_an_epoch_that_comes_after_all_replaces_the_stretches() -> None:
    recording = by_steps({"train/loss": falling(2.0), "val/loss": falling(2.0)}, 5)
    epoch = Record("epoch", 1e6, 0, 0, {"train/loss": 1.0})
    history = replay(Recording("run", recording.facts, (*recording.records, epoch)), Engine([])).history
    assert (history.epochs, history.counts_steps) == ([0], False)


def test_a_nan_in_a_stretch_is_told_at_its_step() -> None:
    metrics: Metrics = {"train/loss": lambda place: float("nan") if place > 4 else 1.0, "val/loss": 1.0}
    (alert,) = fired("nonfinite", by_steps(metrics, 8))
    assert alert.severity is Severity.CRITICAL
