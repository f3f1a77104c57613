"""Points come in: repeats, corrections, late steps, bulk, names that are refused."""

import math

import numpy as np
import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run, an_epoch, appending, points_of, same_points

from epochwatch_server.domain.series import Points, Series
from epochwatch_server.store import series_rows
from epochwatch_server.store.series import append_epoch_points, list_series, read_points


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def append(store: Store, steps: list[int] | range, values: list[float] | float = 0.5, **more: int) -> None:
    store.write(appending({"loss": points_of(steps, values, **more)}))


def summary(store: Store) -> Series:
    (found,) = store.read(lambda c: list_series(c, "run1"))
    return found


def values(store: Store) -> dict[int, float]:
    points = store.read(lambda c: read_points(c, "run1", "loss"))
    return dict(zip(points.steps.tolist(), points.values.tolist(), strict=True))


def test_within_one_call_the_last_value_of_a_step_wins(store: Store) -> None:
    append(store, [3, 1, 3, 2, 1], [1.0, 2.0, 3.0, 4.0, 5.0])
    assert values(store) == {1: 5.0, 2: 4.0, 3: 3.0}
    assert summary(store).n == 3


def test_the_last_value_of_a_step_wins_over_hot_rows_and_over_chunks(store: Store) -> None:
    append(store, range(3_000), 1.0)
    append(store, [5, 2_999], [2.0, 3.0], epoch=7)
    assert (values(store)[5], values(store)[2_999]) == (2.0, 3.0)
    found = summary(store)
    assert (found.n, found.last, found.last_epoch, found.max, found.max_step) == (3_000, 3.0, 7, 3.0, 2_999)


def test_steps_that_go_back_or_below_zero_are_kept(store: Store) -> None:
    append(store, range(100, 110))
    append(store, [-5, 50])
    assert sorted(values(store)) == [-5, 50, *range(100, 110)]
    assert summary(store).last_step == 109


def test_a_lowered_extreme_is_searched_for_again(store: Store) -> None:
    append(store, range(5_000), [float(step % 100) for step in range(5_000)])
    append(store, [2_000], [900.0])
    assert (summary(store).max, summary(store).max_step) == (900.0, 2_000)
    append(store, [2_000], [3.0])
    assert (summary(store).max, summary(store).max_step) == (99.0, 99)
    append(store, range(0, 5_000, 100), 50.0)
    assert (summary(store).min, summary(store).min_step) == (1.0, 1)


def test_an_extreme_that_turns_nan_is_none_any_more(store: Store) -> None:
    append(store, [1, 2, 3], [1.0, 9.0, 2.0])
    append(store, [2], [math.nan])
    found = summary(store)
    assert (found.max, found.max_step, found.nonfinite) == (2.0, 3, 1)
    append(store, [1, 3], [math.inf, -math.inf])
    found = summary(store)
    assert (found.min, found.max, found.nonfinite) == (None, None, 3)
    append(store, [2], [4.0])
    found = summary(store)
    assert (found.min, found.max, found.nonfinite) == (4.0, 4.0, 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 1e308, -1e308, 5e-324, 0.1])
def test_every_float_is_kept_bit_for_bit(store: Store, value: float) -> None:
    append(store, [1], [value])
    points = store.read(lambda c: read_points(c, "run1", "loss"))
    assert same_points(points, points_of([1], [value]))
    last = summary(store).last
    assert (math.isnan(last) and math.isnan(value)) or (
        last == value and math.copysign(1, last) == math.copysign(1, value)
    )


def test_epochs_and_times_are_kept_even_when_the_clock_goes_back(store: Store) -> None:
    times = np.array([NOW_MS, NOW_MS - 3_600_000, NOW_MS + 40 * 86_400_000, 0])
    given = Points(np.arange(4), np.array([-1, 0, 1, 9_999]), times, np.ones(4))
    store.write(appending({"loss": given}))
    assert same_points(store.read(lambda c: read_points(c, "run1", "loss")), given)


def test_bulk_goes_straight_into_whole_chunks(store: Store) -> None:
    append(store, range(2_500))
    assert (store.count("chunk"), store.count("point")) == (2, 2_500 - 2_048)
    append(store, range(2_500, 7_500))
    assert (store.count("chunk"), store.count("point")) == (7, 7_500 - 7 * 1_024)
    assert store.count("chunk", "n <> 1024") == 0
    assert sorted(values(store)) == list(range(7_500))


def test_small_packets_fill_chunks_as_they_go(store: Store) -> None:
    for start in range(0, 2_100, 70):
        append(store, range(start, start + 70))
    assert (store.count("chunk"), store.count("point")) == (2, 2_100 - 2_048)


def test_many_series_that_fill_a_chunk_at_once_do_not_stop_the_writer(store: Store) -> None:
    names = [f"m{number}" for number in range(40)]
    for start in (0, 1_000):
        points = points_of(range(start, start + 1_000))
        store.write(appending(dict.fromkeys(names, points)))
    assert store.count("chunk") == 16  # the others wait for an idle moment
    store.tidy()
    assert store.count("chunk") == 40
    assert store.count("point") == 40 * (2_000 - 1_024)


def test_a_name_that_no_engine_keeps_is_refused_and_the_rest_is_stored(store: Store) -> None:
    given = {name: points_of([1]) for name in ("loss", "a\0b", "half \ud83d pair")}
    rejected = store.write(appending(given))
    assert len(rejected) == 2
    assert all("a name without NUL" in rejection.expected for rejection in rejected)
    assert [found.metric for found in store.read(lambda c: list_series(c, "run1"))] == ["loss"]


def test_markup_quotes_and_percent_signs_are_ordinary_names(store: Store) -> None:
    names = ["<script>alert(1)</script>", "a'b\"c", "100%s ?", "{columns}", "名前/損失", "__proto__"]
    assert store.write(appending({name: points_of([1]) for name in names})) == []
    assert sorted(names) == [found.metric for found in store.read(lambda c: list_series(c, "run1"))]
    assert len(store.read(lambda c: read_points(c, "run1", "100%s ?"))) == 1


def test_names_beyond_the_limit_of_a_run_are_refused_and_known_ones_go_on(store: Store) -> None:
    limit = series_rows.MAX_METRICS
    many = {f"m{number}": points_of([1]) for number in range(limit + 5)}
    rejected = store.write(appending(many))
    assert len(rejected) == 5
    assert {rejection.expected for rejection in rejected} == {"at most 10,000 metric names in a run"}
    assert store.count("series") == limit
    again = {"m0": points_of([2]), "one more": points_of([2])}
    assert [rejection.given for rejection in store.write(appending(again))] == ["one more"]
    assert len(store.read(lambda c: read_points(c, "run1", "m0"))) == 2
    refused = store.write(lambda c: append_epoch_points(c, "run1", {"yet another": [an_epoch(1, 0.5)]}))
    assert [rejection.given for rejection in refused] == ["yet another"]


def test_nothing_to_append_is_no_mistake(store: Store) -> None:
    assert store.write(appending({})) == []
    assert store.write(appending({"loss": points_of([])})) == []
    assert store.read(lambda c: list_series(c, "run1")) == []
