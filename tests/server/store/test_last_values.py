"""What the runs table asks: last and best of many series, and small curves, in few queries."""

import math
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, event
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run, an_epoch, appending, points_of

from epochwatch_server.store import runs
from epochwatch_server.store.series import append_epoch_points, last_values, series_of_runs, sparklines


def statements(store: Store, job: Any) -> tuple[Any, int]:
    """Run a job on a reading connection and count the statements it sent."""
    seen: list[str] = []
    with store.database.read() as connection:

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        return job(connection), len(seen)


def test_last_and_best_of_many_runs_take_one_query(store: Store) -> None:
    for number in range(30):
        store.write(adding_run(f"run{number}"))
        given = {f"m{metric}": points_of(range(5), [3.0, 1.0, 5.0, 4.0, number]) for metric in range(10)}
        store.write(appending(given, f"run{number}"))
    ids = [f"run{number}" for number in range(30)]
    found, queries = statements(store, lambda c: series_of_runs(c, [*ids, "unknown"]))
    assert queries == 1
    assert list(found) == [*ids, "unknown"]
    assert found["unknown"] == {}
    assert {len(found[run_id]) for run_id in ids} == {10}
    assert (found["run7"]["m3"].last, found["run7"]["m3"].min, found["run7"]["m3"].max) == (7.0, 1.0, 7.0)


def test_last_values_are_of_the_asked_metrics_in_one_query(store: Store) -> None:
    for run_id in ("run1", "run2"):
        store.write(adding_run(run_id))
        given = {name: points_of([1, 2], [0.5, last]) for name, last in {"a": 1.5, "b": math.inf, "c": 2.5}.items()}
        store.write(appending(given, run_id))
    found, queries = statements(store, lambda c: last_values(c, ["run1", "run2", "unknown"], ["a", "b", "z"]))
    assert queries == 1
    assert found == {"run1": {"a": 1.5, "b": math.inf}, "run2": {"a": 1.5, "b": math.inf}, "unknown": {}}
    assert store.read(lambda c: last_values(c, ["run1"], [])) == {"run1": {}}
    assert store.read(lambda c: last_values(c, [], ["a"])) == {}


def test_a_small_curve_follows_the_epochs(store: Store) -> None:
    store.write(adding_run())
    epochs = [an_epoch(epoch, float(epoch)) for epoch in range(5)]
    store.write(lambda c: append_epoch_points(c, "run1", {"acc": epochs}))
    store.write(appending({"acc": points_of(range(100), 9.0)}))
    assert store.read(lambda c: sparklines(c, {"run1": "acc"})) == {"run1": [0.0, 1.0, 2.0, 3.0, 4.0]}


def test_a_small_curve_of_steps_keeps_the_extremes_without_unpacking_a_chunk(store: Store) -> None:
    store.write(adding_run())
    values = np.sin(np.arange(50_000) / 3_000.0)
    values[[12_345, 44_444]] = [40.0, -40.0]
    store.write(appending({"loss": points_of(range(50_000), values)}))
    found, queries = statements(store, lambda c: sparklines(c, {"run1": "loss"}, n=60))
    assert len(found["run1"]) <= 60
    assert (max(found["run1"]), min(found["run1"])) == (40.0, -40.0)
    assert (found["run1"][0], found["run1"][-1]) == (values[0], values[-1])
    assert queries == 4


def test_curves_of_many_runs_take_no_more_queries_than_one(store: Store) -> None:
    for number in range(20):
        store.write(adding_run(f"run{number}"))
        given = {"loss": points_of(range(10), float(number)), "acc": points_of(range(3), 1.0)}
        store.write(appending(given, f"run{number}"))
    asked = {f"run{number}": "acc" if number % 2 else "loss" for number in range(20)} | {"unknown": "loss"}
    found, queries = statements(store, lambda c: sparklines(c, asked))
    assert queries == 4
    assert found["run4"] == [4.0] * 10
    assert found["run5"] == [1.0] * 3
    assert "unknown" not in found


def test_non_finite_values_stay_in_a_short_curve(store: Store) -> None:
    store.write(adding_run())
    store.write(appending({"loss": points_of(range(3), [1.0, math.nan, math.inf])}))
    (first, second, third) = store.read(lambda c: sparklines(c, {"run1": "loss"}))["run1"]
    assert (first, third) == (1.0, math.inf)
    assert math.isnan(second)


def test_a_thousand_runs_are_listed_by_one_query(store: Store) -> None:
    def add(connection: Connection) -> None:
        for number in range(1_000):
            adding_run(f"run{number:04}", created_ms=NOW_MS + number, config={"lr": 0.1})(connection)

    store.write(add)
    for with_documents in (False, True):
        found, queries = statements(store, partial(runs.list_runs, with_documents=with_documents))
        assert queries == 1
        assert [run.id for run in found[:2]] == ["run0999", "run0998"]
        assert len(found) == 1_000
        assert found[0].config == ({"lr": 0.1} if with_documents else {})
