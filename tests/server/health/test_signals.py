"""What names and configurations are taken for, and the measures against independent references."""

import numpy as np
import pytest

from epochwatch_server.health.history import RunFacts
from epochwatch_server.health.intent import read_intent
from epochwatch_server.health.signals import declare, read_signal
from epochwatch_server.health.statistics import (
    noise,
    rank_correlation,
    relative_fall,
    share_falling,
    slope,
    smallest_count,
    turns,
)


@pytest.mark.parametrize(
    ("metric", "split", "role"),
    [
        ("train/loss", "train", "loss"),
        ("train_loss_epoch", "train", "loss"),
        ("loss", "train", "loss"),
        ("eval_loss", "val", "loss"),
        ("val/loss_signal", "val", "component"),
        ("val_signal_loss", "val", "component"),
        ("loss_kl", "train", "component"),
        ("train/loss_std", "train", "loss_std"),
        ("lr-AdamW", None, "lr"),
        ("learning_rate", None, "lr"),
        ("grad_norm", None, "grad_norm"),
        ("grad_2.0_norm_total", None, "grad_norm"),
        ("grad_norm_max", None, "grad_norm_max"),
        ("grad_norm/layer0", None, "layer_grad_norm"),
        ("grad_2.0_norm/layer0", None, "layer_grad_norm"),
        ("update_ratio", None, "update_ratio"),
        ("dead_frac/layer1", None, "dead_fraction"),
        ("clip_frac", None, "clip_fraction"),
        ("amp/scale", None, "loss_scale"),
        ("amp/skipped_frac", None, "skipped_fraction"),
        ("val/acc", "val", "accuracy"),
        ("val_sparse_categorical_accuracy", "val", "accuracy"),
        ("eval_f1", "val", "f1"),
        ("val/param_value_mae", "val", "error"),
        ("val/done_max", "val", "output_max"),
        ("val/done_pos_rate", "val", "positive_rate"),
        ("val/pred_std", "val", "pred_std"),
        ("val/min_recall", "val", "min_recall"),
        ("val/pred_classes", "val", "predicted_classes"),
        ("val/modes", "val", "mode_count"),
        ("val/d_fake", "val", "d_fake"),
        ("val/r2", "val", "r2"),
        ("val/variance_ratio", "val", "variance_ratio"),
        ("val/ppl", "val", "perplexity"),
        ("val/psnr", "val", "score"),
        ("val_MulticlassF1Score", "val", "f1"),
        ("val_BinaryAccuracy", "val", "accuracy"),
        ("val_MeanSquaredError", "val", "error"),
        ("valid/R2Score", "val", "r2"),
        ("test_BinaryAUROC", "test", "accuracy"),
        ("val/MulticlassJaccardIndex", "val", "accuracy"),
        ("train/box_loss", "train", "component"),
        ("metrics/mAP50-95(B)", "val", "accuracy"),
        ("metrics/precision(B)", "val", "accuracy"),
        ("lr/pg0", None, "lr"),
        ("Validation Loss", "val", "loss"),
        ("Train Move Loss", "train", "component"),
        ("Learning Rate", None, "lr"),
        ("valLoss", "val", "loss"),
        ("trainAccuracy", "train", "accuracy"),
        ("loss.validation", "val", "loss"),
        ("loss-val", "val", "loss"),
        ("val.loss.move", "val", "component"),
        ("mIoU/val", "val", "accuracy"),
        ("val/meanIoU", "val", "accuracy"),
    ],
)
def test_a_name_is_taken_for_what_it_is(metric: str, split: str | None, role: str) -> None:
    signal = read_signal(metric)
    assert (signal.split, signal.role) == (split, role)


def test_terms_and_layers_carry_their_names() -> None:
    assert read_signal("val/loss_peak_latency").component == "peak_latency"
    assert read_signal("val_signal_loss").component == "signal"
    assert read_signal("Validation Signal Loss").component == "Signal"
    assert read_signal("grad_norm/head_signal").part == "head_signal"
    assert read_signal("dead_frac/layer1").part == "layer1"


def test_what_the_user_declares_wins() -> None:
    signal = declare(read_signal("val/quux"), RunFacts(roles={"val/quux": "accuracy"}).roles)
    assert (signal.role, signal.direction) == ("accuracy", "max")


def test_what_a_configuration_means_is_read_whatever_its_nesting() -> None:
    intent = read_intent(
        {
            "optim": {"scheduler": "warmup_cosine", "warmup_epochs": 4},
            "freeze": ["embedding"],
            "val_every": 5,
            "curriculum": {"classification_start": 3},
            "init_from": "best.pt",
            "early_stop": True,
        }
    )
    assert (intent.warms_up, intent.started_from_weights, intent.stops_itself, intent.restarts) == (
        True,
        True,
        True,
        False,
    )
    assert [intent.freezes(part) for part in ("embedding.weight", "body")] == [True, False]
    assert (intent.start_of("head_classification"), intent.start_of("signal"), intent.validates_every) == (3, 0, 5)
    plain = read_intent({"warmup_epochs": 0, "init_from": None, "early_stop": False, "scheduler": None})
    assert not any((plain.warms_up, plain.started_from_weights, plain.stops_itself, plain.scheduled))


def test_noise_is_that_of_the_values_and_not_of_their_trend() -> None:
    generator = np.random.default_rng(0)
    flat = generator.normal(0, 1, 4001)
    reference = 1.5 * np.sqrt(2) * 0.6745  # 1.5 x the median absolute difference of two standard normals
    assert noise(flat) == pytest.approx(reference, rel=0.05)
    assert noise(flat + 5 * np.arange(4001)) == pytest.approx(reference, rel=0.05)
    assert noise(np.array([1.0, 2.0])) == 0.0


def test_slope_and_rank_correlation_agree_with_independent_ones() -> None:
    generator = np.random.default_rng(1)
    values, other = generator.normal(0, 1, 50), generator.normal(0, 1, 50)
    assert slope(values) == pytest.approx(np.polyfit(np.arange(50), values, 1)[0])
    ranks = [np.array([np.sum(xs < x) for x in xs], dtype=float) for xs in (values, other)]
    difference = ranks[0] - ranks[1]
    assert rank_correlation(values, other) == pytest.approx(1 - 6 * np.sum(difference**2) / (50 * (50**2 - 1)))
    assert rank_correlation(values, np.ones(50)) == 0.0


def test_small_measures() -> None:
    assert relative_fall(10.0, 7.0) == pytest.approx(0.3)
    assert relative_fall(0.0, 7.0) == 0.0
    assert share_falling(np.array([3.0, 2.0, 2.5, 1.0])) == pytest.approx(2 / 3)
    assert turns(np.array([1.0, 2.0, 1.0, 2.0])) == 1.0
    assert turns(np.array([1.0, 2.0, 3.0])) == 0.0


@pytest.mark.parametrize("count", [80, 195, 400, 1797])
def test_digits_betray_the_number_of_samples(count: int) -> None:
    shares = np.array([float(f"{k / count:.5g}") for k in range(count // 3, count, max(1, count // 11))])
    assert smallest_count(shares) == count
