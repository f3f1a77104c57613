"""Every symptom of the five post-mortems, with their own numbers, names its trouble."""

import pytest
from tests.server.health.curves import end, falling, fired, record, rising, sick, wobble
from tests.server.health.textbook import TEXTBOOK

from epochwatch_server.health.rule import Severity


def test_a_sweep_that_stops_200_epochs_at_31_is_named() -> None:
    config = {"sweep": {"min_iter": 25, "s": 3}}
    run = sick(
        {"val/acc": rising(0.2, 0.98, 20)},
        31,
        planned_epochs=200,
        config=config,
        ending=end("killed", error="command: stop"),
    )
    foreseen, alert = sorted(fired("killed_early", run), key=lambda one: one.severity.rank)
    assert foreseen.finding.what == "the sweep's scheduler may stop this run from epoch 25 on, of 200 planned"
    assert alert.severity is Severity.CRITICAL
    assert "31 of 200" in alert.finding.what
    assert "min_iter from 25 to 100" in alert.finding.recommendations[0]


@pytest.mark.parametrize(
    ("status", "severity"),
    [("killed", Severity.CRITICAL), ("cut_off", Severity.CRITICAL), ("interrupted", Severity.WARNING)],
)
def test_who_interrupts_at_the_terminal_is_not_alarmed_by_it(status: str, severity: Severity) -> None:
    run = sick({"val/acc": rising(0.2, 0.98, 20)}, 31, planned_epochs=200, ending=end(status))
    (alert,) = fired("killed_early", run)
    assert alert.severity is severity
    assert alert.finding.what.startswith("interrupted" if status == "interrupted" else "ended from outside")


def test_stopping_on_an_error_of_0_while_other_heads_improve_is_named() -> None:
    metrics = {
        "val/param_value_mae": [2.4, 1.5, 0.5, 0.1, 0.0, 0.0, 0.0],
        "val/param_type_acc": [0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95],
    }
    (alert,) = fired(
        "tracked_metric_saturated",
        sick(metrics, 7, tracked_metric="val/param_value_mae", mode="min", planned_epochs=200),
    )
    assert "param_type_acc" in alert.finding.what


def test_a_sweep_of_another_metric_than_the_run_is_named_before_it_begins() -> None:
    config = {"sweep": {"metric": {"name": "val/param_type_acc", "goal": "maximize"}}}
    (alert,) = fired("metric_mismatch", record(0, {}, tracked_metric="val/param_value_mae", mode="min", config=config))
    assert "val/param_type_acc" in alert.finding.what
    assert "val/param_value_mae" in alert.finding.what


@pytest.mark.parametrize("ending", [end(), end(test_acc=0.0)])
def test_a_test_accuracy_of_0_or_none_at_all_is_named(ending: object) -> None:
    assert fired("test_eval_missing", sick({"val/acc": 0.9377}, ending=ending))


def test_a_run_that_never_validated_is_not_asked_for_a_test() -> None:
    assert not fired("test_eval_missing", record(5, {"train/loss": falling(2.0)}, ending=end()))
    assert fired("test_eval_missing", record(5, {"train/loss": falling(2.0), "val/loss": falling(2.0)}, ending=end()))


def test_a_crash_names_a_plan_only_when_there_was_one() -> None:
    ending = end("crashed", error="ValueError: shapes")
    (planned,) = fired("run_crashed", record(2, {"train/loss": 1.0}, ending=ending, planned_epochs=5))
    (open_ended,) = fired("run_crashed", record(2, {"train/loss": 1.0}, ending=ending, planned_epochs=None))
    assert planned.finding.what == "crashed after 2 of 5 epochs: ValueError: shapes"
    assert open_ended.finding.what == "crashed: ValueError: shapes"


def test_a_test_error_of_exactly_0_is_a_result() -> None:
    assert not fired("test_eval_missing", sick({"val/mae": 0.0}, ending=end(test_mae=0.0, test_loss=0.1)))


def test_best_at_10_of_55_with_a_gap_of_0_10_against_1_51_is_named() -> None:
    val = [1.2 - 0.0594 * n for n in range(11)] + [0.606 + 0.0205 * n for n in range(1, 45)]
    train = [0.91 - 0.06 * n for n in range(11)] + [0.31 - 0.0047 * n for n in range(1, 45)]
    run = sick({"val/loss": val, "train/loss": train}, 55, tracked_metric="val/loss", mode="min", patience=5)
    (overfits,) = fired("overfitting", run)
    assert overfits.finding.evidence.values["best epoch"] == 10
    assert overfits.severity is Severity.CRITICAL
    assert (overfits.fired_epoch or 99) <= 17
    (past,) = fired("past_best", run)
    assert past.fired_epoch == 15
    assert fired("train_val_gap", run)


def test_done_at_most_0_57_at_3_percent_positives_is_named() -> None:
    run = sick({"val/done_max": wobble(0.55, 0.03), "val/done_pos_rate": 0.03})
    (alert,) = fired("one_sided_head", run)
    assert "3%" in alert.finding.what
    assert any("weight positives 32 times" in advice for advice in alert.finding.recommendations)


def test_done_always_below_0_2_is_named_after_three_epochs() -> None:
    (alert,) = fired("one_sided_head", sick({"val/done_max": wobble(0.15, 0.2), "val/done_pos_rate": 0.03}))
    assert alert.fired_epoch == 3


@pytest.mark.parametrize("scale", [1e-5, 1.0, 100.0, 1e5])
def test_gradients_of_any_size_pass_while_the_loss_falls(scale: float) -> None:
    run = sick(
        {"grad_norm": wobble(scale, 0.3), "grad_norm/a": wobble(scale, 0.2), "grad_norm/b": wobble(0.3 * scale, 0.2)}
    )
    assert not fired("grad_explosion", run)
    assert not fired("grad_vanishing", run)


def test_gradients_above_1000_with_a_loss_that_rose_are_named() -> None:
    run = sick({"train/loss": lambda n: 2 + n, "grad_norm": lambda n: 150 * (n + 1)}, 12, steps={"train/loss": 2.0})
    assert fired("grad_explosion", run)


def test_f1_at_0_for_ten_epochs_is_named_at_the_sixth() -> None:
    metrics = {"val/f1_macro": 0.0, "train/loss": falling(20.3035, 2.5959), "val/acc": rising(0.5)}
    (alert,) = fired("metric_stuck_zero", sick(metrics, 12, planned_epochs=50))
    assert alert.severity is Severity.CRITICAL
    assert alert.fired_epoch == 5


def test_a_tagger_whose_f1_starts_at_0_passes() -> None:
    f1 = [0.0] * 7 + [0.05 * n for n in range(1, 14)]
    assert not fired("metric_stuck_zero", sick({"val/f1": f1, "val/acc": wobble(0.9, 0.001)}, 20))


def test_a_classification_loss_that_does_not_fall_beside_a_signal_that_does_is_named() -> None:
    metrics = {"train/loss_signal": falling(20.3, 2.6), "train/loss_classification": wobble(1.6)}
    (alert,) = fired("component_not_decreasing", sick(metrics))
    assert alert.subject == "classification"


def test_fast_validation_without_metrics_is_named_after_its_interval() -> None:
    metrics = {"train/loss": falling(2.0)}
    assert fired("val_missing", record(5, metrics))
    assert not fired("val_missing", record(5, metrics, config={"val_every": 5}))


def test_f1_below_0_1_at_epoch_5_is_named_and_resolves_when_it_is_reached() -> None:
    run = sick({"val/f1": lambda n: 0.012 * n}, milestones=(("val/f1", 5, 0.1), ("val/f1", 20, 0.3)))
    first, second = fired("milestone_missed", run)
    assert (first.fired_epoch, second.fired_epoch) == (5, 20)
    assert first.resolved_epoch == 9
    assert second.resolved_epoch is None


def test_numbers_as_text_are_named_also_in_lists_and_identifiers_are_not() -> None:
    config = {
        "optimizer": {"learning_rate": "1e-5", "betas": ["0.9", "0.999"]},
        "run_id": "20250224476151",
        "version": "2.0",
        "precision": "32",
        "tags": ["2025"],
        "date": "20241020",
        "batch_size": 32,
        "device": "0",
    }
    (alert,) = fired("config_string_number", record(0, {}, config=config))
    assert set(alert.finding.evidence.values) == {"optimizer.learning_rate", "optimizer.betas"}
    assert "write optimizer.learning_rate: 1.0e-5" in alert.finding.recommendations


def test_a_run_that_never_started_names_the_text_that_broke_it() -> None:
    (alert,) = fired("run_never_started", TEXTBOOK["run_never_started"]())
    assert "float" in alert.finding.what


def test_3256742_75_against_3_75_is_named_with_weights_that_equalise() -> None:
    metrics = {"train/loss_peak_amplitude": wobble(3_256_742.75, 0.05), "train/loss_signal": wobble(3.75, 0.001)}
    (alert,) = fired("loss_scale_imbalance", sick(metrics, 8, planned_epochs=20))
    assert alert.severity is Severity.CRITICAL
    assert "3,256,742" in alert.finding.what or "times signal" in alert.finding.what
    assert "weights that make the terms equal now" in alert.finding.recommendations[0]


def test_unequal_terms_that_both_learn_are_information() -> None:
    (alert,) = fired(
        "loss_scale_imbalance", sick({"train/loss_a": falling(900.0, 300.0), "train/loss_b": falling(3.0, 1.0)})
    )
    assert alert.severity is Severity.INFO


def test_79_7_against_0_8_percent_with_a_lost_class_is_named() -> None:
    counts = [41_391, 417, 5_513, 1_715, 2_925]
    (alert,) = fired("class_imbalance", sick({"val/min_recall": 0.0}, config={"class_counts": counts}))
    assert alert.severity.rank >= Severity.WARNING.rank
    assert "79.7%" in str(alert.finding.evidence.values["counts"])


def test_rare_classes_that_are_found_are_information() -> None:
    run = sick({"val/min_recall": rising(0.0, 0.7)}, config={"class_counts": [41_391, 417]})
    assert [alert.severity for alert in fired("class_imbalance", run)] == [Severity.INFO]


@pytest.mark.parametrize(
    ("ratio", "severity"), [(0.034, Severity.CRITICAL), (0.039, Severity.CRITICAL), (0.35, Severity.WARNING)]
)
def test_a_variance_ratio_below_40_percent_is_named_and_below_10_critical(ratio: float, severity: Severity) -> None:
    (alert,) = fired("variance_collapse", sick({"val/variance_ratio": wobble(ratio, 0.02)}))
    assert alert.severity is severity
    assert (alert.fired_epoch or 99) <= 3


def test_a_variance_ratio_of_70_percent_passes() -> None:
    assert not fired("variance_collapse", sick({"val/variance_ratio": wobble(0.7, 0.05)}))


@pytest.mark.parametrize("value", [-0.045, -0.023, -0.203])
def test_r2_between_minus_0_2_and_0_is_named(value: float) -> None:
    (alert,) = fired("r2_stuck", sick({"val/r2": wobble(value, 0.1)}))
    assert alert.severity is Severity.CRITICAL


def test_a_validation_loss_of_0_51_to_0_53_while_r2_varies_is_named() -> None:
    run = sick(
        {"val/loss": lambda n: 0.53 - 0.001 * n, "val/r2": rising(-0.2, 0.5), "val/acc": 0.5},
        20,
        tracked_metric="val/loss",
        mode="min",
    )
    (alert,) = fired("tracked_metric_misaligned", run)
    assert any("track val/r2" in advice for advice in alert.finding.recommendations)


def test_below_the_minimum_band_is_named_and_a_good_end_is_information() -> None:
    bands = {"val/r2": {"minimum": 0.0, "good": 0.3, "excellent": 0.5}}
    (bad,) = fired("target_band", sick({"val/r2": -0.045}, bands=bands, ending=end()))
    (good,) = fired("target_band", sick({"val/r2": 0.41}, bands=bands, ending=end()))
    assert bad.severity is Severity.WARNING
    assert (good.severity, "good" in good.finding.what) == (Severity.INFO, True)


def test_a_kl_term_that_falls_to_nothing_is_named() -> None:
    run = sick({"train/loss_recon": falling(180.0, 120.0), "train/loss_kl": falling(4.0, 0.001, 0.7)})
    (alert,) = fired("component_collapsed", run)
    assert alert.subject == "kl"


def test_a_term_that_is_learned_to_nothing_passes() -> None:
    run = sick({"train/loss_command": falling(1.8, 0.0002, 2), "train/loss_value": falling(2.0, 0.1, 2)})
    assert not [alert for alert in fired("component_collapsed", run) if alert.severity is not Severity.INFO]


def test_a_kl_term_that_grows_while_the_code_learns_passes() -> None:
    metrics = {
        "train/loss_recon": falling(14.0, 4.0),
        "train/loss_kl": rising(0.3, 9.0),
        "val/loss_kl": rising(0.3, 9.0),
    }
    run = sick(metrics, config={"loss_weights": {"recon": 1, "kl": 0.1}}, weights={"recon": 1.0, "kl": 0.1})
    for rule in ("component_not_decreasing", "component_collapsed", "loss_scale_imbalance"):
        assert not fired(rule, run)


def test_a_rate_whose_leap_hides_the_first_loss_is_named() -> None:
    steps = {"train/loss": [2.31, 34.2, 6.5, 4.35] + [2.75] * 20}
    spread = [5.8] + [0.28] * 5
    run = sick(
        {"train/loss": [5.15] + [2.8] * 5, "train/loss_std": spread, "val/loss": 2.8, "val/acc": 0.1}, 6, steps=steps
    )
    assert fired("lr_too_high", run)


def test_noise_around_a_lucky_first_step_is_no_leap() -> None:
    steps = {"train/loss": [0.004, 0.06, 0.003, 0.13] + [0.03] * 20}
    metrics = {
        "train/loss": falling(0.13, 0.02),
        "train/loss_std": falling(0.2, 0.05, 8),
        "val/loss": falling(0.05, 0.03),
    }
    assert not fired("lr_too_high", sick(metrics, 6, steps=steps))


def test_a_policys_loss_that_changes_its_sign_does_not_explode() -> None:
    run = sick({"train/loss": [0.02, -0.1, 0.3, 0.8, -0.2, 0.9], "val/loss": 1.0, "val/acc": 0.1}, 6)
    assert not fired("loss_explosion", run)
