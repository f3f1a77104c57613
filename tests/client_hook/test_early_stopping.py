"""Patience, best and the direction that a metric's name tells."""

import math

import pytest

from epochwatch.early_stopping import EarlyStopping, infer_mode


def after(stopping: EarlyStopping, *values: float) -> EarlyStopping:
    for epoch, value in enumerate(values):
        stopping = stopping.observe(epoch, value)
    return stopping


def test_patience_counts_epochs_since_the_best() -> None:
    state = after(EarlyStopping("val/loss", "min", 3), 1.0, 0.5, 0.6, 0.55)
    assert (state.best, state.best_epoch, state.waited, state.is_exhausted) == (0.5, 1, 2, False)
    assert state.observe(4, 0.5).is_exhausted


def test_an_improvement_must_exceed_min_delta() -> None:
    state = after(EarlyStopping("val/acc", "max", 2, min_delta=0.01), 0.5, 0.51, 0.52)
    assert (state.best, state.waited) == (0.52, 0)
    assert after(EarlyStopping("val/acc", "max", 2, min_delta=0.01), 0.5, 0.505, 0.509).waited == 2


@pytest.mark.parametrize("mode", ["min", "max"])
def test_what_is_not_finite_is_never_the_best(mode: str) -> None:
    state = after(EarlyStopping("m", mode, 10), math.nan, math.inf, -math.inf)
    assert (state.best, state.waited) == (None, 3)
    assert state.observe(3, 1.0).best == 1.0


def test_without_patience_nothing_stops() -> None:
    assert not after(EarlyStopping("m", "min"), *range(100)).is_exhausted


def test_a_patience_of_zero_allows_no_epoch_without_improvement() -> None:
    stopping = EarlyStopping("m", "min", 0)
    assert not stopping.is_exhausted
    assert not after(stopping, 2.0, 1.0).is_exhausted
    assert after(stopping, 1.0, 1.0).is_exhausted


def test_a_saved_state_of_another_metric_is_left_out() -> None:
    stopping = EarlyStopping("val/loss", "min", 3)
    saved = {"metric": "val/loss", "best": 0.5, "best_epoch": 4, "waited": 2}
    assert stopping.restored(saved).waited == 2
    assert stopping.restored({**saved, "metric": "val/acc"}) == stopping
    assert stopping.restored({**saved, "best": "0.5"}).best is None
    assert stopping.restored({}) == stopping


@pytest.mark.parametrize(
    ("name", "mode"),
    [("val/loss", "min"), ("val/param_value_mae", "min"), ("val/composite_acc", "max"), ("val/f1_macro", "max"),
     ("val/r2", "max"), ("variance_ratio", "max"), ("val/mAP", "max"), ("error_px", "min"), ("wer", "min"),
     ("val/something", None)],
)  # fmt: skip
def test_a_name_tells_which_is_better(name: str, mode: str | None) -> None:
    assert infer_mode(name) == mode
