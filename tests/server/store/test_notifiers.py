"""Destinations, and the queue of what is to be sent there."""

from dataclasses import replace

import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.store import notifiers, runs

TEAM = Notifier(0, "team", "webhook", "https://example.org/s3cret", created_ms=NOW_MS)
NIGHT = replace(TEAM, projects=("a", "b"), is_on=False, quiet_from="22:00", quiet_until="07:30", cool_down_seconds=60)


@pytest.fixture
def team(store: Store) -> Notifier:
    store.write(adding_run())
    return store.write(lambda c: notifiers.put_notifier(c, TEAM))


def queue(store: Store, team: Notifier, id: str, **told: object) -> Notification:
    values = {"run_id": "run1", "transition_ids": (1, 2), "title": "t", "body": "b", "created_ms": NOW_MS, **told}
    made = Notification(id, team.id, **values)  # type: ignore[arg-type]  # by name
    store.write(lambda c: notifiers.queue_notification(c, made))
    return made


def due(store: Store, now_ms: int = NOW_MS, limit: int = 10) -> list[str]:
    return [found.id for found in store.read(lambda c: notifiers.due_notifications(c, now_ms, limit))]


def test_destinations_are_kept_changed_and_forgotten(store: Store) -> None:
    first = store.write(lambda c: notifiers.put_notifier(c, TEAM))
    second = store.write(lambda c: notifiers.put_notifier(c, NIGHT))
    assert (first, second) == (replace(TEAM, id=first.id), replace(NIGHT, id=second.id))
    changed = replace(first, severity="critical", sends_resolved=False)
    assert store.write(lambda c: notifiers.put_notifier(c, changed)) == changed
    assert store.read(notifiers.list_notifiers) == [changed, second]
    assert store.read(lambda c: notifiers.get_notifier(c, second.id)) == second
    assert store.write(lambda c: notifiers.delete_notifier(c, first.id))
    assert not store.write(lambda c: notifiers.delete_notifier(c, first.id))
    assert store.read(lambda c: notifiers.get_notifier(c, first.id)) is None
    with pytest.raises(NotFound, match="no notifier"):
        store.write(lambda c: notifiers.put_notifier(c, changed))
    third = store.write(lambda c: notifiers.put_notifier(c, TEAM))
    assert third.id > second.id


def test_a_destination_does_not_print_its_address(team: Notifier) -> None:
    assert "s3cret" not in repr(team)


def test_the_same_news_is_queued_once(store: Store, team: Notifier) -> None:
    made = queue(store, team, "n1")
    again = replace(made, title="other")
    assert not store.write(lambda c: notifiers.queue_notification(c, again))
    assert store.read(notifiers.list_notifications) == [made]


def test_what_is_due_comes_in_the_order_in_which_it_fell_due(store: Store, team: Notifier) -> None:
    queue(store, team, "late", due_ms=NOW_MS)
    queue(store, team, "early", due_ms=NOW_MS - 5)
    queue(store, team, "later", due_ms=NOW_MS + 1)
    queue(store, team, "never", state="dropped")
    assert due(store) == ["early", "late"]
    assert due(store, limit=1) == ["early"]
    assert due(store, NOW_MS + 1) == ["early", "late", "later"]


def test_what_failed_is_tried_again_when_it_is_due_or_given_up(store: Store, team: Notifier) -> None:
    queue(store, team, "n1")
    store.write(lambda c: notifiers.mark_failed(c, "n1", "503", NOW_MS + 30, NOW_MS))
    assert (due(store), due(store, NOW_MS + 30)) == ([], ["n1"])
    store.write(lambda c: notifiers.mark_failed(c, "n1", "404", None, NOW_MS + 40))
    assert due(store, NOW_MS + 99) == []
    (found,) = store.read(notifiers.list_notifications)
    assert (found.state, found.attempts, found.answer, found.sent_ms) == ("failed", 2, "404", None)


def test_what_was_sent_says_when_and_what_was_answered(store: Store, team: Notifier) -> None:
    queue(store, team, "n1")
    queue(store, team, "n2")
    store.write(lambda c: notifiers.mark_sent(c, "n1", "200 ok", NOW_MS + 3))
    store.write(lambda c: notifiers.mark_failed(c, "n1", "a late timeout", NOW_MS + 4, NOW_MS + 4))  # sent is sent
    found = {each.id: each for each in store.read(notifiers.list_notifications)}
    assert (found["n1"].state, found["n1"].attempts, found["n1"].answer) == ("sent", 1, "200 ok")
    assert due(store) == ["n2"]
    assert store.read(lambda c: notifiers.last_sent_ms(c, team.id, "run1")) == NOW_MS + 3
    assert store.read(lambda c: notifiers.last_sent_ms(c, team.id, "run2")) is None
    assert store.read(lambda c: notifiers.last_sent_ms(c, team.id + 1, "run1")) is None


def test_the_history_is_newest_first_and_of_one_destination_when_named(store: Store, team: Notifier) -> None:
    other = store.write(lambda c: notifiers.put_notifier(c, NIGHT))
    for number in range(4):
        queue(store, other if number % 2 else team, f"n{number}", created_ms=NOW_MS + number, run_id=None)
    whole = store.read(notifiers.list_notifications)
    assert [each.id for each in whole] == ["n3", "n2", "n1", "n0"]
    assert [each.id for each in store.read(lambda c: notifiers.list_notifications(c, other.id, 1))] == ["n3"]


def test_a_queue_goes_with_its_run_and_with_its_destination(store: Store, team: Notifier) -> None:
    queue(store, team, "of the run")
    queue(store, team, "of none", run_id=None)
    store.write(lambda c: runs.delete_run(c, "run1"))
    assert [each.id for each in store.read(notifiers.list_notifications)] == ["of none"]
    store.write(lambda c: notifiers.delete_notifier(c, team.id))
    assert store.count("notification") == 0
