"""Runs: kept whole, hues for ever, listed, changed, deleted with everything they had."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, a_run, adding_run, an_epoch, appending, points_of

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.domain.packet import SampleRecord
from epochwatch_server.domain.run import Declared, Run, RunEnd, RunState, Tracked
from epochwatch_server.domain.sample import Image
from epochwatch_server.store import (
    alerts,
    commands,
    events,
    health,
    notifiers,
    rule_settings,
    runs,
    samples,
    series,
    tables,
    writers,
)
from epochwatch_server.store.leftovers import purge

LASTING = {
    "session",
    "rule_setting",
    "own_rule",
    "role_correction",
    "notifier",
    "delivery",
    "view",
    "comparison_note",
    "deleted_writer",
}


def whole_run() -> Run:
    return a_run(
        "full",
        project="abr",
        name="focal-loss",
        state=RunState.STALLED,
        last_point_ms=NOW_MS + 5,
        planned_epochs=200,
        epoch=17,
        epochs_done=17,
        epoch_seconds=12.5,
        step=123_456,
        learning_rate=5e-5,
        parameters=7_000_000_000,
        dropped=3,
        tracked=Tracked(
            "val/acc", "max", patience=15, min_delta=1e-4, value=math.nan, best=-math.inf, best_epoch=3, waited=14
        ),
        declared=Declared(
            composite={"acc": ["a", "b"]},
            targets={"val/f1": {"5": 0.1, "20": math.inf}},
            bands={"grad_norm": {"minimum": 1.0}},
            components=["loss_signal"],
            weights={"loss_signal": 0.5},
            stop_on_critical=True,
        ),
        config={"lr": "5e-5", "nested": {"deep": [1, 2.5, None, True]}, "odd": {"$float": "nan"}, "big": 10**40},
        environment={"git": {"commit": "abc", "dirty": True}, "packages": {"torch": "2.13"}},
        end=None,
        tags=("baseline", "ü", "<b>"),
        note="line one\nline two",
        verdict="the first that learns",
        origin={"format": "csv", "source": "log.csv", "imported_ms": NOW_MS},
    )


def test_a_run_comes_back_as_it_was_given(store: Store) -> None:
    given = whole_run()
    store.write(lambda c: runs.insert_run(c, given))
    found = store.read(lambda c: runs.get_run(c, "full"))
    assert found is not None
    assert found.tracked is not None
    assert math.isnan(found.tracked.value or 0.0)
    comparable = replace(given, hue=found.hue, tracked=None)
    assert replace(found, tracked=None) == comparable
    assert replace(found.tracked, value=0.0) == replace(given.tracked or found.tracked, value=0.0)


def test_a_listed_run_leaves_out_only_its_documents(store: Store) -> None:
    given = whole_run()
    store.write(lambda c: runs.insert_run(c, replace(given, end=RunEnd("crashed", "me", "Traceback ...", {"x": 1}))))
    (listed,) = store.read(runs.list_runs)
    assert (dict(listed.config), dict(listed.environment)) == ({}, {})
    assert listed.end == RunEnd("crashed", "me", None, {})
    whole = store.read(lambda c: runs.get_run(c, "full"))
    assert whole is not None
    assert whole.end == RunEnd("crashed", "me", "Traceback ...", {"x": 1})
    assert replace(listed, end=None, tracked=None) == replace(whole, end=None, tracked=None, config={}, environment={})


@pytest.mark.parametrize("rate", [None, 0.0, 1e-9, math.nan, math.inf, -math.inf])
def test_a_learning_rate_may_be_anything(store: Store, rate: float | None) -> None:
    store.write(adding_run())
    store.write(lambda c: runs.update_run(c, "run1", learning_rate=rate))
    found = store.read(lambda c: runs.get_run(c, "run1"))
    assert found is not None
    assert repr(found.learning_rate) == repr(rate)


def test_fields_are_changed_one_by_one(store: Store) -> None:
    store.write(adding_run())
    changes: dict[str, Any] = {
        "state": RunState.CRASHED,
        "name": "other",
        "tags": ("a",),
        "note": "n",
        "verdict": "v",
        "origin": {"format": "csv"},
        "ended_ms": NOW_MS + 9,
        "end": RunEnd("crashed", None, "Traceback", {"best": math.nan}),
        "tracked": Tracked("loss", "min"),
        "config": {"given": math.inf},
        "epoch": 3,
    }
    store.write(lambda c: runs.update_run(c, "run1", **changes))
    found = store.read(lambda c: runs.get_run(c, "run1"))
    assert found is not None
    expected = a_run(**changes | {"config": {"given": {"$float": "inf"}}}, hue=found.hue)
    assert found == replace(expected, end=RunEnd("crashed", None, "Traceback", {"best": {"$float": "nan"}}))
    store.write(lambda c: runs.update_run(c, "run1", end=None, tracked=None, ended_ms=None))
    found = store.read(lambda c: runs.get_run(c, "run1"))
    assert found is not None
    assert (found.end, found.tracked, found.ended_ms) == (None, None, None)


def test_what_is_no_run_and_what_is_no_field_is_said(store: Store) -> None:
    store.write(adding_run())
    with pytest.raises(NotFound, match="no run nowhere"):
        store.write(lambda c: runs.update_run(c, "nowhere", name="x"))
    with pytest.raises(TypeError, match="no field 'colour'"):
        store.write(lambda c: runs.update_run(c, "run1", colour="red"))
    assert store.read(lambda c: runs.get_run(c, "nowhere")) is None
    assert store.read(lambda c: runs.get_run(c, "\0 \ud800")) is None


def test_text_that_no_engine_keeps_is_mended(store: Store) -> None:
    store.write(adding_run(name="a\0b", note="half \udc00", tags=("x\0",), project="p\0"))
    found = store.read(lambda c: runs.get_run(c, "run1"))
    assert found is not None
    assert (found.name, found.note, found.tags, found.project) == ("a\ufffdb", "half ?", ("x\ufffd",), "p\ufffd")


def test_hues_are_used_in_turn_and_a_free_one_is_taken_first(store: Store) -> None:
    for number in range(12):
        store.write(adding_run(f"run{number}", created_ms=NOW_MS + number))
    hues = {run.id: run.hue for run in store.read(runs.list_runs)}
    assert [hues[f"run{number}"] for number in range(12)] == list(range(12))
    store.write(lambda c: runs.delete_run(c, "run5"))
    store.write(adding_run("next", created_ms=NOW_MS + 50))
    store.write(adding_run("after", created_ms=NOW_MS + 51))
    hues = {run.id: run.hue for run in store.read(runs.list_runs)}
    assert (hues["next"], hues["after"]) == (5, 6)
    for number in range(30):
        store.write(adding_run(f"more{number}", created_ms=NOW_MS + 100 + number))
    uses = Counter(run.hue for run in store.read(runs.list_runs))
    assert max(uses.values()) - min(uses.values()) <= 1


def test_lists_are_newest_first_and_narrowed_by_project_ids_and_number(store: Store) -> None:
    for number, project in enumerate(["a", "b", "a", "c"]):
        store.write(adding_run(f"run{number}", project=project, created_ms=NOW_MS + number))

    def ids(**narrow: object) -> list[str]:
        return [run.id for run in store.read(lambda c: runs.list_runs(c, **narrow))]  # type: ignore[arg-type]  # by name

    assert ids() == ["run3", "run2", "run1", "run0"]
    assert ids(project="a") == ["run2", "run0"]
    assert ids(limit=2) == ["run3", "run2"]
    assert ids(ids=["run0", "run3", "none"]) == ["run3", "run0"]
    assert ids(ids=[]) == []
    assert store.read(runs.list_projects) == [("a", 2), ("b", 1), ("c", 1)]


def test_unfinished_runs_are_those_that_sent_no_end(store: Store) -> None:
    for number in range(3):
        store.write(adding_run(f"run{number}", created_ms=NOW_MS + number))
    store.write(lambda c: runs.update_run(c, "run1", ended_ms=NOW_MS))
    assert [run.id for run in store.read(runs.unfinished_runs)] == ["run2", "run0"]


def fill(store: Store, run_id: str) -> None:
    picture = Image("ab" * 32, "image/png", 4, 4, b"shared bytes")
    own = Image(f"{run_id:x>64}", "image/png", 4, 4, run_id.encode())
    sample = SampleRecord("val", "s1", 0, 1, NOW_MS, "k1", None, None, None, None, None, "", {})

    store.write(adding_run(run_id))
    store.write(appending({f"m{n}": points_of(range(3_000)) for n in range(3)}, run_id))
    store.write(lambda c: series.append_epoch_points(c, run_id, {"m0": [an_epoch(0, 1.0)]}))
    store.write(lambda c: samples.put_image(c, run_id, "k1", picture))
    store.write(lambda c: samples.put_image(c, run_id, "k2", own))
    store.write(lambda c: samples.append_samples(c, run_id, [sample]))
    store.write(lambda c: events.append_events(c, run_id, [RunEvent(0, run_id, "note", None, None, NOW_MS, {})]))
    store.write(lambda c: commands.ask(c, run_id, "stop", "", "me", NOW_MS))
    store.write(lambda c: fill_health(c, run_id))
    store.write(lambda c: writers.advance(c, run_id, "r0-1", 5, NOW_MS))


def fill_health(connection: Connection, run_id: str) -> None:
    found = {name: "x" for name in ("rule", "subject", "severity", "what")}
    alert = {**found, "phase": "firing", "first_epoch": 0, "fired_epoch": 0, "resolved_epoch": None}
    kept = alerts.put_alert(connection, run_id, alert, NOW_MS)
    alerts.add_transition(connection, kept.id, run_id, "firing", "info", 0, NOW_MS, "what")
    health.put_health(connection, run_id, {}, NOW_MS)
    rule_settings.add_mute(connection, "project", "x", run_id=run_id, actor="me", now_ms=NOW_MS)
    team = notifiers.put_notifier(connection, Notifier(0, "team", "webhook", "https://example.org"))
    notifiers.queue_notification(connection, Notification(run_id, team.id, run_id, (1,), "title", "body"))


def test_a_deleted_run_leaves_nothing_behind_and_takes_nothing_from_others(store: Store) -> None:
    fill(store, "run1")
    fill(store, "run2")
    before = count_of_runs(store)
    assert all(count for name, count in before.items() if name != "orphan_image")
    store.write(lambda c: runs.delete_run(c, "run1"))
    assert store.read(lambda c: runs.get_run(c, "run1")) is None
    assert store.read(lambda c: series.list_series(c, "run1")) == []
    store.tidy()
    after = count_of_runs(store)
    assert after == {name: count // 2 for name, count in before.items() if name != "image"} | {"image": 2}
    assert store.read(lambda c: samples.get_image(c, "ab" * 32)) is not None
    store.write(lambda c: runs.delete_run(c, "run2"))
    store.tidy()
    assert sum(count_of_runs(store).values()) == 0
    assert store.count("notifier") == 2


def count_of_runs(store: Store) -> dict[str, int]:
    """Count the rows of the tables that hold something of a run; the others belong to a project or to the server."""
    return {table.name: store.count(table.name) for table in tables.metadata.sorted_tables if table.name not in LASTING}


def test_a_run_may_come_again_under_its_id_while_the_old_one_is_being_removed(store: Store) -> None:
    fill(store, "run1")
    store.write(lambda c: runs.delete_run(c, "run1"))
    fill(store, "run1")
    store.tidy()
    assert store.read(lambda c: len(series.read_points(c, "run1", "m0"))) == 3_000
    assert store.read(lambda c: samples.get_image(c, "ab" * 32)) is not None
    assert store.count("series") == 3


def test_a_huge_run_is_removed_in_bounded_portions(store: Store) -> None:
    store.write(adding_run())
    given = {f"m{n}": points_of(range(700_000)) for n in range(2)}
    store.write(appending(given))
    store.write(lambda c: runs.delete_run(c, "run1"))
    left = [store.count("chunk")]
    while store.write(purge):
        left.append(store.count("chunk"))
    assert left[0] == 2 * 683
    assert max(before - after for before, after in pairwise(left)) <= 700
    assert left[-1] == 0


def test_deleting_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(NotFound):
        store.write(lambda c: runs.delete_run(c, "nowhere"))
