"""The moving average, against its definition."""

import math
import time

import numpy as np
import pytest
from tests.server.charts.curves import by_step

from epochwatch_server.charts.smoothing import UNITS_PER_WIDTH, average_points, moving_average, thin_evenly


def defined(values: np.ndarray, weight: float, places: np.ndarray, width: float) -> list[float]:
    """Compute the average by its definition, one sum for each place."""
    at = places * (UNITS_PER_WIDTH / width)
    result = []
    for t in range(len(values)):
        known = [k for k in range(t + 1) if math.isfinite(values[k])]
        weights = [weight ** (at[t] - at[k]) for k in known]
        total = sum(w * values[k] for w, k in zip(weights, known, strict=True))
        result.append(total / sum(weights) if math.isfinite(values[t]) else math.nan)
    return result


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9, 0.99])
def test_the_average_is_the_one_defined_whatever_the_distances(weight: float) -> None:
    rng = np.random.default_rng(1)
    places = np.cumsum(rng.exponential(1.0, 300))
    places[200:] += 500.0  # a pause
    values = rng.normal(0, 1, 300)
    values[[5, 50]] = math.nan, math.inf
    width = float(places[-1])
    found = moving_average(values, weight, places, width)
    assert found == pytest.approx(defined(values, weight, places, width), nan_ok=True, rel=1e-9, abs=1e-12)


def test_dense_and_sparse_points_of_one_curve_have_the_same_average() -> None:
    places = np.arange(10_000)
    curve = np.cos(places / 1000)
    dense = moving_average(curve, 0.95, places, 10_000)
    sparse = moving_average(curve[::10], 0.95, places[::10], 10_000)
    assert np.abs(dense[::10] - sparse).max() < 0.005


def test_without_weight_or_width_nothing_is_smoothed() -> None:
    values = np.array([1.0, math.nan, 3.0])
    for weight, width in ((0.0, 10.0), (0.9, 0.0)):
        assert moving_average(values, weight, np.arange(3), width) == pytest.approx([1, math.nan, 3], nan_ok=True)


def test_extreme_values_do_not_overflow() -> None:
    found = moving_average(np.array([1e308, -1e308, 1e308]), 0.5, np.arange(3), 3.0)
    assert np.isfinite(found).all()


def test_nothing_and_nothing_finite_have_no_average() -> None:
    assert len(moving_average(np.array([]), 0.9, np.array([]), 1.0)) == 0
    assert np.isnan(moving_average(np.array([math.nan]), 0.9, np.array([0]), 1.0)).all()
    assert len(average_points(by_step([math.nan]), 0.9, 1.0, by_time=True)) == 0


def test_a_million_points_are_averaged_in_a_moment() -> None:
    values = np.random.default_rng(0).normal(0, 1, 1_000_000)
    began = time.thread_time()
    average_points(by_step(values), 0.99, 1e6, by_time=False)
    assert time.thread_time() - began < 2.0


def test_thinning_keeps_the_last_point() -> None:
    kept = thin_evenly(by_step(np.arange(1001.0)), 100)
    assert len(kept) <= 101
    assert kept.steps[-1] == 1000
