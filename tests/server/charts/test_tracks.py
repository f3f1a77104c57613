"""Series laid along the x axis, and epochs summed up from points."""

import math

import numpy as np
import pytest
from tests.server.charts.curves import CREATED_MS, by_step, slice_of

from epochwatch_server.charts.thinning import keep_extremes
from epochwatch_server.charts.tracks import cut, epochs_of_points, track_of_epochs, track_of_slice
from epochwatch_server.charts.view import View
from epochwatch_server.domain.series import EpochPoint, Points


def test_epochs_are_summed_up_as_their_finite_steps_are() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(5, 2, 95)
    values[[0, 11, 12]] = math.nan, math.inf, -math.inf
    values[40:50] = math.inf
    for point in epochs_of_points(by_step(values)):
        part = values[10 * point.epoch : 10 * point.epoch + 10]
        finite = part[np.isfinite(part)]
        assert (point.n, point.nonfinite) == (len(finite), len(part) - len(finite))
        assert point.step == min(94, 10 * point.epoch + 9)
        if len(finite):
            told = (point.value, point.std, point.min, point.max)
            assert told == pytest.approx((finite.mean(), finite.std(), finite.min(), finite.max()))
        else:
            assert point.value == math.inf
            assert math.isnan(point.std)
            assert math.isnan(point.min)


def test_points_outside_any_epoch_have_no_epochs() -> None:
    assert epochs_of_points(by_step([1.0, 2.0], epochs=False)) == []
    assert epochs_of_points(by_step([])) == []


def test_a_long_gap_costs_one_place() -> None:
    values = np.array([1.0] + [math.nan] * 500 + [2.0])
    track = track_of_slice(slice_of("m", by_step(values)), "step", CREATED_MS)
    assert track.y.tolist() == pytest.approx([1.0, math.nan, 2.0], nan_ok=True)
    assert len(track.marks) == 500


def test_seconds_are_exact_to_the_millisecond_and_a_resumed_run_goes_on_later() -> None:
    steps = np.array([0, 1, 2], dtype=np.int64)
    times = CREATED_MS + np.array([1234, 99_999, 50_001], dtype=np.int64)
    points = Points(steps, steps, times, np.array([1.0, 2.0, 3.0]))
    track = track_of_slice(slice_of("m", points), "time", CREATED_MS)
    assert track.x.tolist() == [1.234, 50.001, 99.999]
    assert track.y.tolist() == [1.0, 3.0, 2.0]


def test_an_epoch_done_again_later_stands_at_its_time_and_lines_never_run_backward() -> None:
    points = [
        EpochPoint(epoch, 1.0, 1, 0.0, 1.0, 1.0, 0, epoch, CREATED_MS + ms) for epoch, ms in ((0, 9000), (1, 4000))
    ]
    assert track_of_epochs(points, View("time"), CREATED_MS).x.tolist() == [4.0, 9.0]


def test_very_many_epochs_are_thinned_to_their_extremes() -> None:
    values = np.ones(20_000)
    values[12_345] = 7.0
    values[17_000] = math.nan
    points = [EpochPoint(k, v, 1, 0.0, v, v, 0, k, CREATED_MS) for k, v in enumerate(values.tolist())]
    track = cut(track_of_epochs(points, View(), CREATED_MS), View())
    assert len(track.x) <= 2003
    assert np.nanmax(track.y) == 7.0
    assert np.isnan(track.y).sum() == 1


@pytest.mark.parametrize("n", [0, 1, 2, 999, 2000, 2001, 12_345])
def test_thinning_keeps_the_extremes_of_every_bucket_and_the_ends(n: int) -> None:
    values = np.random.default_rng(n).normal(0, 1, n)
    values[::7] = math.nan
    kept = keep_extremes(values, 100)
    assert len(kept) <= max(202, min(n, 200))
    assert (np.diff(kept) > 0).all()
    if n > 1:
        assert (kept[0], kept[-1]) == (0, n - 1)
        assert np.nanmax(values[kept]) == np.nanmax(values)
        assert np.nanmin(values[kept]) == np.nanmin(values)
