"""Any range of a series in few points, with every extreme and every mark."""

import math

import numpy as np
import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import adding_run, appending, points_of, same_points

from epochwatch_server.domain.series import Floats, Points, SeriesSlice
from epochwatch_server.store import series
from epochwatch_server.store.series import read_slices

MILLION = 1_000_000


def read(store: Store, **view: int | None) -> SeriesSlice:
    view.setdefault("buckets", 1_000)
    (part,) = store.read(lambda c: read_slices(c, "run1", ["loss"], **view))  # type: ignore[arg-type]  # range and buckets
    return part


def fill(store: Store, points: Points) -> None:
    store.write(adding_run())
    store.write(appending({"loss": points}))


@pytest.fixture
def noise() -> Floats:
    return np.random.default_rng(1).random(MILLION)


def test_one_spike_in_a_million_steps_is_kept_at_every_zoom(store: Store, noise: Floats) -> None:
    spike = 654_321
    noise[spike] = 1_000.0
    fill(store, points_of(range(MILLION), noise))
    seen = 0
    width = MILLION
    while width >= 10:
        for buckets in (10, 300, 1_000):
            first = max(0, spike - width // 3)
            part = read(store, first=first, last=first + width - 1, buckets=buckets)
            seen += part.points.values.max() == 1_000.0 and spike in part.points.steps
            assert len(part.points) <= 2 * buckets + 2
            assert part.total == min(width, MILLION - first)
        width //= 7
    assert seen == 3 * 6


def test_spikes_up_and_down_are_all_kept_however_close_they_lie(store: Store, noise: Floats) -> None:
    values = noise[:100_000]
    spikes = np.random.default_rng(2).choice(100_000, 50, replace=False)
    values[spikes] = np.where(np.arange(50) % 2, 100.0 + np.arange(50), -100.0 - np.arange(50))
    fill(store, points_of(range(100_000), values))
    part = read(store, buckets=1_000)
    tallest = {int(step) for step in spikes}
    buckets = {step // 100 for step in tallest}
    assert len(tallest - set(part.points.steps.tolist())) <= len(tallest) - len(buckets)
    assert part.points.values.max() == values.max()
    assert part.points.values.min() == values.min()


def test_each_bucket_gives_its_lowest_and_highest_point_in_order_of_steps(store: Store, noise: Floats) -> None:
    fill(store, points_of(range(10_000), noise[:10_000]))
    part = read(store, buckets=100)
    expected = {0, 9_999}
    for start in range(0, 10_000, 100):
        bucket = noise[start : start + 100]
        expected |= {start + int(bucket.argmin()), start + int(bucket.argmax())}
    assert part.points.steps.tolist() == sorted(expected)
    assert not part.exact


def test_buckets_of_irregular_steps_are_equally_wide(store: Store) -> None:
    dense, sparse = np.arange(10_000), 10_000 + 100 * np.arange(1, 101)
    steps = np.concatenate([dense, sparse])
    fill(store, points_of(steps, np.sin(steps / 50.0)))
    part = read(store, buckets=100)
    kept = part.points.steps
    # Half the buckets lie over the sparse half, where each holds one step: none of these may be lost.
    assert set(sparse.tolist()) <= set(kept.tolist())


def test_what_fits_comes_back_whole(store: Store, noise: Floats) -> None:
    given = points_of(range(2_002), noise[:2_002])
    fill(store, given)
    part = read(store, buckets=1_000)
    assert part.exact
    assert same_points(part.points, given)
    assert read(store, first=100, last=109).points.steps.tolist() == list(range(100, 110))


def test_zooming_in_shows_points_that_were_left_out(store: Store, noise: Floats) -> None:
    fill(store, points_of(range(50_000), noise[:50_000]))
    part = read(store, first=20_000, last=20_999)
    assert part.exact
    assert part.points.values.tolist() == noise[20_000:21_000].tolist()


def test_a_range_without_points_is_empty_and_an_unknown_metric_is_left_out(store: Store) -> None:
    fill(store, points_of(range(3_000)))
    part = read(store, first=5_000, last=6_000)
    assert (len(part.points), len(part.nonfinite), part.total, part.exact) == (0, 0, 0, True)
    assert store.read(lambda c: read_slices(c, "run1", ["accuracy"])) == []
    assert store.read(lambda c: read_slices(c, "no such run", ["loss"])) == []


def test_slices_come_in_the_order_asked(store: Store) -> None:
    store.write(adding_run())
    store.write(appending({name: points_of(range(3)) for name in "abc"}))
    parts = store.read(lambda c: read_slices(c, "run1", ["c", "a", "b"]))
    assert [part.metric for part in parts] == ["c", "a", "b"]


def test_non_finite_points_are_reported_apart_from_the_line(store: Store, noise: Floats) -> None:
    values = noise[:20_000]
    values[[7, 10_000, 19_999]] = [math.nan, math.inf, -math.inf]
    fill(store, points_of(range(20_000), values))
    part = read(store, buckets=50)
    assert np.isfinite(part.points.values).all()
    assert part.nonfinite.steps.tolist() == [7, 10_000, 19_999]
    assert math.isnan(part.nonfinite.values[0])
    assert part.nonfinite.values[1:].tolist() == [math.inf, -math.inf]
    assert part.total == 20_000


def test_beyond_a_thousand_marks_are_thinned_but_the_first_and_the_last_stay(store: Store) -> None:
    values = np.full(30_000, math.nan)
    values[:1_000] = 1.0
    fill(store, points_of(range(30_000), values))
    for buckets in (1_000, 3):  # unpacked, and from headers
        part = read(store, buckets=buckets)
        marks = part.nonfinite.steps
        assert 500 <= len(marks) <= 1_000
        assert (marks[0], marks[-1]) == (1_000, 29_999)
        assert np.diff(marks).max() < 2_000
        assert part.total == 30_000
        assert not part.exact


def test_headers_tell_the_same_extremes_as_unpacking_would(store: Store, noise: Floats) -> None:
    values = noise[:100_000]
    values[55_555], values[66_666] = 50.0, math.nan
    fill(store, points_of(range(100_000), values))
    part = read(store, first=10, last=99_000, buckets=8)  # 97 chunks
    assert part.total == 98_991
    assert (part.points.steps[0], part.points.steps[-1]) == (10, 99_000)
    assert len(part.points) <= 18
    for start in range(10, 99_000, 12_374):
        inside = (part.points.steps >= start - 1_024) & (part.points.steps < start + 12_374 + 1_024)
        bucket = values[start : min(99_001, start + 12_374)]
        assert part.points.values[inside].max() >= np.nanmax(bucket) - 1e-3
    assert 55_555 in part.points.steps
    assert part.nonfinite.steps.tolist() == [66_666]


def test_a_corrected_extreme_disappears_from_headers_too(store: Store, noise: Floats) -> None:
    values = noise[:20_000]
    values[[3_000, 9_000]] = [70.0, 80.0]
    fill(store, points_of(range(20_000), values))
    store.write(appending({"loss": points_of([3_000, 9_000], [0.5, math.nan])}))
    part = read(store, buckets=3)
    assert part.points.values.max() < 1.0
    assert part.nonfinite.steps.tolist() == [9_000]
    (summary,) = store.read(lambda c: series.list_series(c, "run1"))
    assert summary.max == np.delete(values, [3_000, 9_000]).max()


def test_a_line_that_ends_in_nan_ends_where_it_ended(store: Store, noise: Floats) -> None:
    values = noise[:40_000]
    values[:3_000], values[30_500:] = math.nan, math.nan
    fill(store, points_of(range(40_000), values))
    for buckets in (1_000, 4):
        part = read(store, buckets=buckets)
        assert (part.points.steps[0], part.points.steps[-1]) == (3_000, 30_499)


def test_a_range_that_begins_between_two_chunks_begins_with_its_first_point(store: Store, noise: Floats) -> None:
    steps = np.concatenate([np.arange(1_024), np.arange(5_000, 25_000)])
    fill(store, points_of(steps, noise[: len(steps)]))
    part = read(store, first=2_000, buckets=3)
    assert (part.points.steps[0], part.points.steps[-1], part.total) == (5_000, 24_999, 20_000)


def test_a_few_finite_points_among_chunks_of_nan_all_come_back(store: Store) -> None:
    values = np.full(6_000, math.nan)
    values[[2_500, 2_501, 2_502]] = [1.0, 2.0, 1.5]
    fill(store, points_of(range(6_000), values))
    part = read(store, buckets=1)
    assert part.points.values.tolist() == [1.0, 2.0, 1.5]


def test_reading_is_the_same_before_and_after_sealing(store: Store, noise: Floats) -> None:
    store.write(adding_run())
    for start in range(0, 1_000, 10):
        block = points_of(range(start, start + 10), noise[start : start + 10])
        store.write(appending({"loss": block}))
    store.write(appending({"loss": points_of(range(2_000, 2_900), noise[:900])}))
    before = read(store, buckets=100)
    while store.write(series.seal):
        pass
    assert store.count("chunk") > 0
    after = read(store, buckets=100)
    assert same_points(before.points, after.points)
