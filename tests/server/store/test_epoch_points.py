"""Epochs' points: kept whole, last wins, and summed up when a series has nothing else."""

import math

import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import adding_run, an_epoch, appending, points_of

from epochwatch_server.domain.series import EpochPoint
from epochwatch_server.store.series import append_epoch_points, list_series, read_epoch_points


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def append(store: Store, *points: EpochPoint, metric: str = "val/acc") -> None:
    store.write(lambda c: append_epoch_points(c, "run1", {metric: points}))


def test_epochs_come_back_in_order_whatever_order_they_came_in(store: Store) -> None:
    points = [an_epoch(epoch, 0.1 * epoch) for epoch in (2, 0, 1)]
    append(store, *points)
    assert store.read(lambda c: read_epoch_points(c, "run1")) == {"val/acc": sorted(points, key=lambda p: p.epoch)}


def test_an_epoch_that_is_told_again_replaces_the_first(store: Store) -> None:
    append(store, an_epoch(0, 0.5), an_epoch(1, 0.6))
    append(store, an_epoch(1, 0.7, n=3, nonfinite=2))
    (_, second) = store.read(lambda c: read_epoch_points(c, "run1"))["val/acc"]
    assert second == an_epoch(1, 0.7, n=3, nonfinite=2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_epoch_without_any_finite_step_says_how(store: Store, value: float) -> None:
    append(store, an_epoch(3, value, n=0, std=math.nan, min=math.nan, max=math.nan, nonfinite=40))
    (found,) = store.read(lambda c: read_epoch_points(c, "run1"))["val/acc"]
    assert repr(found.value) == repr(value)
    assert (found.n, found.nonfinite) == (0, 40)
    assert math.isnan(found.std)
    assert math.isnan(found.min)
    assert math.isnan(found.max)


def test_a_spread_too_wide_for_a_float_stays_infinite(store: Store) -> None:
    append(store, an_epoch(0, 0.0, std=math.inf, min=-1e308, max=1e308))
    (found,) = store.read(lambda c: read_epoch_points(c, "run1"))["val/acc"]
    assert (found.std, found.min, found.max) == (math.inf, -1e308, 1e308)


def test_only_the_metrics_asked_for_are_read_and_those_without_epochs_left_out(store: Store) -> None:
    for metric in ("b", "a", "c"):
        append(store, an_epoch(0, 1.0), metric=metric)
    store.write(appending({"steps only": points_of([1])}))
    assert list(store.read(lambda c: read_epoch_points(c, "run1"))) == ["a", "b", "c"]
    assert list(store.read(lambda c: read_epoch_points(c, "run1", ["c", "steps only", "none"]))) == ["c"]


def test_a_series_of_epochs_alone_is_summed_up_from_them(store: Store) -> None:
    append(store, *(an_epoch(epoch, value) for epoch, value in enumerate([0.5, math.nan, 0.9, 0.7])))
    (found,) = store.read(lambda c: list_series(c, "run1"))
    assert (found.n, found.nonfinite, found.last, found.last_epoch, found.last_step) == (0, 1, 0.7, 3, 39)
    assert (found.min, found.min_step, found.max, found.max_step) == (0.5, 9, 0.9, 29)
    append(store, an_epoch(2, 0.6))
    (found,) = store.read(lambda c: list_series(c, "run1"))
    assert (found.max, found.max_step) == (0.7, 39)


def test_once_there_are_steps_the_summary_is_of_steps_alone(store: Store) -> None:
    append(store, an_epoch(0, 99.0), metric="loss")
    store.write(appending({"loss": points_of([1, 2], [0.4, 0.3])}))
    append(store, an_epoch(1, 77.0), metric="loss")
    (found,) = store.read(lambda c: list_series(c, "run1"))
    assert (found.n, found.nonfinite, found.last, found.max) == (2, 0, 0.3, 0.4)


def test_epochs_told_one_by_one_sum_up_as_told_at_once(store: Store) -> None:
    values = [0.5, math.nan, 0.9, -0.2, math.inf, 0.9, -0.2, 0.1]
    points = [an_epoch(epoch, value) for epoch, value in enumerate(values)]
    append(store, *points, metric="at once")
    for point in points:
        append(store, point, metric="one by one")
    once, each = store.read(lambda c: list_series(c, "run1"))
    named = ("nonfinite", "last", "last_epoch", "last_step", "min", "min_step", "max", "max_step")
    assert [getattr(each, name) for name in named] == [getattr(once, name) for name in named]
