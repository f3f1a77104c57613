"""A forecast finds the curve that a metric follows, keeps to what is possible, and says when it cannot tell."""

import math

import numpy as np
import pytest

from epochwatch_server.charts.expectation import Forecast, forecast

EPOCHS = list(range(30))


def foretell(values: list[float], **bounds: float) -> Forecast:
    found = forecast(EPOCHS[: len(values)], values, **bounds)
    assert found is not None
    return found


def test_what_rises_steadily_goes_on_steadily() -> None:
    found = foretell([0.01 * k for k in EPOCHS])
    assert found.curve.kind == "linear"
    assert found.at(99) == pytest.approx(0.99)
    assert found.reaches(0.5, after=29) == pytest.approx(50)


def test_what_slows_down_like_a_logarithm_goes_on_like_one() -> None:
    found = foretell([0.1 + 0.1 * math.log1p(k) for k in EPOCHS])
    assert found.curve.kind == "log"
    assert found.at(99) == pytest.approx(0.1 + 0.1 * math.log(100))
    assert found.reaches(0.5, after=29) == pytest.approx(math.e**4 - 1)


def test_what_comes_to_rest_is_not_expected_beyond() -> None:
    found = foretell([0.8 - 0.7 * 0.85**k for k in EPOCHS])
    assert found.curve.kind == "settling"
    assert found.at(199) == pytest.approx(0.8, abs=0.01)
    assert found.reaches(0.9, after=29) is None


def test_the_fit_of_a_line_agrees_with_an_independent_one() -> None:
    values = (np.arange(30) * 0.02 + np.random.default_rng(3).normal(0, 1e-4, 30)).tolist()
    slope, intercept = np.polyfit(EPOCHS[15:], values[15:], 1)
    found = foretell(values)
    assert found.at(60) == pytest.approx(slope * 60 + intercept, rel=0.02)


def test_an_accuracy_is_not_expected_above_1() -> None:
    assert foretell([0.03 * k for k in EPOCHS], low=0.0, high=1.0).at(1000) == 1.0


def test_too_few_points_say_nothing_and_nan_is_no_point() -> None:
    assert forecast([0, 1, 2], [1.0, 2.0, 3.0]) is None
    assert forecast([0, 1, 2, 3], [1.0, math.nan, math.inf, 3.0]) is None
    assert forecast(EPOCHS, [math.nan] * 30) is None


def test_what_stands_still_never_reaches_anything() -> None:
    found = foretell([0.25] * 30)
    assert found.at(500) == pytest.approx(0.25)
    assert found.reaches(0.5, after=29) is None


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_sizes_at_the_ends_of_what_a_float_holds_are_fitted(size: float) -> None:
    assert foretell([size * (1 + k / 100) for k in EPOCHS]).at(40) == pytest.approx(1.4 * size, rel=0.05)
