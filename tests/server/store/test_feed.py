"""Events, commands, sessions and writers' numbers."""

import math
from typing import Any

import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.store import commands, events, runs, sessions, writers


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def an_event(type_: str = "note", **data: object) -> RunEvent:
    return RunEvent(0, "run1", type_, 3, 99, NOW_MS, data)


def test_events_get_rising_ids_and_come_back_newest_first(store: Store) -> None:
    stored = store.write(lambda c: events.append_events(c, "run1", [an_event(text=f"n{n}") for n in range(5)]))
    ids = [event.id for event in stored]
    assert ids == sorted(set(ids))
    found = store.read(lambda c: events.list_events(c, "run1"))
    assert found == stored[::-1]
    assert store.read(lambda c: events.list_events(c, "run1", before_id=ids[3], limit=2)) == [stored[2], stored[1]]
    assert store.read(lambda c: events.list_events(c, "none")) == []


def test_types_that_a_feed_does_not_show_take_no_place_in_it(store: Store) -> None:
    told = [an_event(type_) for type_ in ("note", "classes", "best", "classes", "summary", "lr")]
    store.write(lambda c: events.append_events(c, "run1", told))
    found = store.read(lambda c: events.list_events(c, "run1", limit=2, without={"classes", "summary"}))
    assert [event.type for event in found] == ["lr", "best"]


def test_what_an_event_says_comes_back_as_given_non_finite_numbers_too(store: Store) -> None:
    given = an_event("best", metric="val/acc", value=math.inf, previous=-math.inf, nested={"a": [1, None, "x"]})
    store.write(lambda c: events.append_events(c, "run1", [given]))
    (found,) = store.read(lambda c: events.list_events(c, "run1"))
    assert found.data == given.data
    assert (found.epoch, found.step, found.time_ms, found.type) == (3, 99, NOW_MS, "best")


def test_an_id_is_never_used_again(store: Store) -> None:
    (first,) = store.write(lambda c: events.append_events(c, "run1", [an_event()]))
    store.write(lambda c: runs.delete_run(c, "run1"))
    store.write(adding_run())
    (second,) = store.write(lambda c: events.append_events(c, "run1", [an_event()]))
    assert second.id > first.id


def test_the_latest_event_is_found_by_type_and_by_what_it_says(store: Store) -> None:
    given = [
        an_event("classes", split="val", n=1),
        an_event("classes", split="train", n=2),
        an_event("note", split="val"),
    ]
    given += [an_event("classes", split="train", n=n) for n in range(3, 130)]
    store.write(lambda c: events.append_events(c, "run1", given))

    def latest(type_: str, **data: Any) -> object:
        found = store.read(lambda c: events.latest_event(c, "run1", type_, **data))
        return None if found is None else found.data.get("n")

    assert latest("classes") == 129
    assert latest("classes", split="val") == 1
    assert latest("classes", split="test") is None
    assert latest("gradients") is None


def test_a_command_is_asked_seen_and_done_once(store: Store) -> None:
    asked = store.write(lambda c: commands.ask(c, "run1", "stop", "too slow", "me", NOW_MS))
    again = store.write(lambda c: commands.ask(c, "run1", "stop", "really", "you", NOW_MS + 1))
    assert again == asked
    assert store.read(lambda c: commands.pending_commands(c, "run1")) == [asked]
    store.write(lambda c: commands.mark(c, asked.id, "seen", NOW_MS + 2))
    store.write(lambda c: commands.mark(c, asked.id, "seen", NOW_MS + 3))
    (pending,) = store.read(lambda c: commands.pending_commands(c, "run1"))
    assert (pending.seen_ms, pending.done_ms) == (NOW_MS + 2, None)
    done = store.write(lambda c: commands.mark(c, asked.id, "done", NOW_MS + 4))
    assert done is not None
    assert (done.seen_ms, done.done_ms) == (NOW_MS + 2, NOW_MS + 4)
    assert store.read(lambda c: commands.pending_commands(c, "run1")) == []
    assert store.read(lambda c: commands.latest_command(c, "run1")) == done
    later = store.write(lambda c: commands.ask(c, "run1", "stop", "", "me", NOW_MS + 5))
    assert later.id > asked.id


def test_a_run_cannot_mark_the_command_of_another(store: Store) -> None:
    store.write(adding_run("run2"))
    asked = store.write(lambda c: commands.ask(c, "run1", "stop", "", "me", NOW_MS))
    assert store.write(lambda c: commands.mark(c, asked.id, "done", NOW_MS, run_id="run2")) is None
    assert store.write(lambda c: commands.mark(c, 999, "done", NOW_MS)) is None
    assert store.read(lambda c: commands.pending_commands(c, "run1")) == [asked]


def test_the_latest_commands_of_many_runs_are_read_together(store: Store) -> None:
    for number in (2, 3):
        store.write(adding_run(f"run{number}"))
    first = store.write(lambda c: commands.ask(c, "run1", "stop", "", "me", NOW_MS))
    store.write(lambda c: commands.mark(c, first.id, "done", NOW_MS))
    second = store.write(lambda c: commands.ask(c, "run1", "stop", "", "me", NOW_MS))
    other = store.write(lambda c: commands.ask(c, "run2", "stop", "", "me", NOW_MS))
    found = store.read(lambda c: commands.latest_commands(c, ["run1", "run2", "run3"]))
    assert found == {"run1": second, "run2": other}


def test_a_session_lasts_until_it_is_ended(store: Store) -> None:
    assert not store.read(lambda c: sessions.has_session(c, "hash"))
    for _ in "12":
        store.write(lambda c: sessions.put_session(c, "hash", NOW_MS))
    assert store.read(lambda c: sessions.has_session(c, "hash"))
    store.write(lambda c: sessions.delete_session(c, "hash"))
    assert not store.read(lambda c: sessions.has_session(c, "hash"))


def test_each_writer_of_a_run_counts_for_itself(store: Store) -> None:
    assert store.write(lambda c: writers.expected_number(c, "run1", "r0-a")) == 0
    store.write(lambda c: writers.advance(c, "run1", "r0-a", 7, NOW_MS))
    store.write(lambda c: writers.advance(c, "run1", "r1-b", 2, NOW_MS))
    store.write(lambda c: writers.advance(c, "run1", "r0-a", 9, NOW_MS))
    assert store.read(lambda c: writers.expected_number(c, "run1", "r0-a")) == 9
    assert store.read(lambda c: writers.expected_number(c, "run1", "r1-b")) == 2
    assert store.write(lambda c: writers.expected_number(c, "not yet there", "r0-a")) == 0
