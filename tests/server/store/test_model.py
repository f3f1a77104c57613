"""The store against a plain dict: whatever is written, in whatever order, sealed when ever, reads the same."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run, appending

from epochwatch_server.domain.series import Points
from epochwatch_server.store import runs, series
from epochwatch_server.store.leftovers import tidy

_SPECIAL = (math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, 1e308, -1e308)
_EXAMPLES = {"sqlite": 200, "postgresql": 25}  # a round trip to PostgreSQL costs more, its SQL is the same


@dataclass(frozen=True)
class Append:
    """Points to append: a regular block, with some values replaced by special ones, or single steps anywhere."""

    steps: tuple[int, ...]
    seed: int
    specials: tuple[tuple[int, float], ...] = ()
    is_float32: bool = False

    def points(self) -> Points:
        random = np.random.default_rng(self.seed)
        n = len(self.steps)
        values = random.normal(size=n).astype(np.float32 if self.is_float32 else np.float64).astype(np.float64)
        if self.seed % 7 == 0:
            values = np.round(values)  # ties
        for place, value in self.specials:
            values[place % n] = value
        times = NOW_MS + np.cumsum(random.integers(-5, 60, n))
        return Points(np.array(self.steps, np.int64), random.integers(-1, 3, n), times.astype(np.int64), values)


@dataclass(frozen=True)
class Seal:
    """Do all idle work, after the run's end if so."""

    ended: bool


def blocks() -> st.SearchStrategy[Append]:
    def build(
        start: int, length: int, stride: int, seed: int, specials: list[tuple[int, float]], short: bool
    ) -> Append:
        return Append(tuple(range(start, start + length * stride, stride)), seed, tuple(specials), short)

    specials = st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(_SPECIAL)), max_size=4)
    starts = st.one_of(st.integers(-1_500, 6_000), st.sampled_from([0, 1_024, -(2**53), 2**53 - 3_000]))
    lengths = st.one_of(st.integers(1, 40), st.integers(900, 2_600))
    return st.builds(build, starts, lengths, st.integers(1, 3), st.integers(0, 99), specials, st.booleans())


def scatters() -> st.SearchStrategy[Append]:
    steps = st.lists(st.integers(-1_600, 9_000), min_size=1, max_size=40).map(tuple)
    specials = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(_SPECIAL)), max_size=3).map(tuple)
    return st.builds(Append, steps, st.integers(0, 99), specials)


HISTORIES = st.lists(st.one_of(blocks(), scatters(), st.builds(Seal, st.booleans())), min_size=1, max_size=8)
VIEWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-2_000, 9_000)),
        st.integers(0, 6_000),
        st.one_of(st.integers(1, 3), st.integers(1, 400)),  # with few buckets it is headers that are read
    ),
    max_size=4,
)


@dataclass
class Model:
    """What the store should hold: step to (epoch, time, value)."""

    points: dict[int, tuple[int, int, float]] = field(default_factory=dict)

    def write(self, given: Points) -> None:
        columns = (given.steps, given.epochs, given.times_ms, given.values)
        for step, epoch, time_ms, value in zip(*(column.tolist() for column in columns), strict=True):
            self.points[step] = (epoch, time_ms, value)

    def finite(self, first: int | None = None, last: int | None = None) -> dict[int, float]:
        return {step: value for step, (_, _, value) in self.within(first, last).items() if math.isfinite(value)}

    def within(self, first: int | None, last: int | None) -> dict[int, tuple[int, int, float]]:
        return {
            step: point
            for step, point in sorted(self.points.items())
            if (first is None or step >= first) and (last is None or step <= last)
        }


def test_everything_written_reads_as_a_plain_dict_would_hold_it(store: Store, engine: str) -> None:
    made = iter(range(10_000_000))

    @settings(
        max_examples=_EXAMPLES[engine],
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(HISTORIES, VIEWS)
    def holds(history: list[Append | Seal], views: list[tuple[int | None, int, int]]) -> None:
        run_id = f"run{next(made)}"
        store.write(adding_run(run_id))
        model = Model()
        for act in history:
            store.write(play(act, run_id, model))
        check(store, run_id, model, views)
        store.write(play(Seal(ended=True), run_id, model))
        check(store, run_id, model, views)

    holds()


def play(act: Append | Seal, run_id: str, model: Model) -> Callable[[Connection], None]:
    def job(connection: Connection) -> None:
        if isinstance(act, Append):
            given = act.points()
            model.write(given)
            assert appending(given, run_id)(connection) == []
            return
        runs.update_run(connection, run_id, ended_ms=NOW_MS if act.ended else None)
        while tidy(connection):
            pass

    return job


def check(store: Store, run_id: str, model: Model, views: list[tuple[int | None, int, int]]) -> None:
    if not model.points:
        assert store.read(lambda c: series.list_series(c, run_id)) == []
        return
    check_points(store.read(lambda c: series.read_points(c, run_id, "loss")), model)
    check_summary(store, run_id, model)
    for first, width, buckets in views:
        check_slice(store, run_id, model, (first, None if first is None else first + width), buckets)


def check_points(found: Points, model: Model) -> None:
    expected = model.within(None, None)
    assert found.steps.tolist() == list(expected)
    epochs, times, values = zip(*expected.values(), strict=True)
    assert found.epochs.tolist() == list(epochs)
    assert found.times_ms.tolist() == list(times)
    assert bits(found.values.tolist()) == bits(values)


def check_summary(store: Store, run_id: str, model: Model) -> None:
    (found,) = store.read(lambda c: series.list_series(c, run_id))
    finite = model.finite()
    assert found.n == len(model.points)
    assert found.nonfinite == len(model.points) - len(finite)
    last = max(model.points)
    assert (found.last_step, found.last_epoch, found.last_time_ms) == (last, *model.points[last][:2])
    assert bits([found.last]) == bits([model.points[last][2]])
    if not finite:
        assert (found.min, found.min_step, found.max, found.max_step) == (None, None, None, None)
        return
    low, high = min(finite.values()), max(finite.values())
    assert (found.min, found.max) == (low, high)
    assert found.min_step == next(step for step, value in finite.items() if value == low)
    assert found.max_step == next(step for step, value in finite.items() if value == high)


def check_slice(store: Store, run_id: str, model: Model, ends: tuple[int | None, int | None], buckets: int) -> None:
    first, last = ends
    (part,) = store.read(lambda c: series.read_slices(c, run_id, ["loss"], first=first, last=last, buckets=buckets))
    inside, finite = model.within(first, last), model.finite(first, last)
    assert part.total == len(inside)
    assert len(part.points) <= 2 * buckets + 2
    steps = part.points.steps.tolist()
    assert steps == sorted(set(steps))
    assert bits(part.points.values.tolist()) == bits([finite[step] for step in steps])
    assert part.nonfinite.steps.tolist()[:500] == [step for step in inside if step not in finite][:500]
    assert part.exact == (len(steps) == len(finite) and len(inside) - len(finite) <= 1_000)
    if finite:
        assert {min(finite), max(finite)} <= set(steps)
        assert min(part.points.values) == min(finite.values())
        assert max(part.points.values) == max(finite.values())


def bits(values: object) -> list[int]:
    floats = np.array(values, np.float64)
    floats[np.isnan(floats)] = np.nan
    return [int(value) for value in floats.view(np.int64)]


@pytest.mark.parametrize("step", [-(2**63), 2**63 - 1])
def test_the_outermost_steps_are_kept(store: Store, step: int) -> None:
    store.write(adding_run())
    model = Model()
    for steps in (tuple(range(3_000)), (step,), (5, step)):
        store.write(play(Append(steps, seed=1), "run1", model))
    store.write(play(Seal(ended=True), "run1", model))
    check(store, "run1", model, [(None, 0, 100)])
