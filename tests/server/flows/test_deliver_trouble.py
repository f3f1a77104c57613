"""Receivers that fail, stall or refuse, clocks that jump, and secrets: delivery goes on and keeps them."""

import logging
import threading
from dataclasses import replace

import pytest
from tests.postgres import drop_database, new_database, postgres
from tests.receiver import Receiver
from tests.server.flows.posting import LATER, Post, post, receiver

from epochwatch_server.flows.deliver import MAX_FINAL_TRIES, MAX_TRIES, wait_ms
from epochwatch_server.flows.notifiers import Target
from epochwatch_server.flows.outbox import SETTLE_MS
from epochwatch_server.store import runs

__all__ = ["post", "postgres", "receiver"]


def test_a_failing_receiver_is_tried_again_ever_later_and_then_given_up(post: Post) -> None:
    post.notifier()
    post.happens()
    post.receiver.status, post.receiver.text = 503, b"come back later"
    tries, gaps = 0, []
    post.after()
    while post.log()[0].state == "waiting":
        gaps.append(post.log()[0].due_ms - post.now_ms)
        tries += 1
        post.after(gaps[-1])
    (line,) = post.log()
    assert (line.state, line.attempts, line.answer) == (
        "failed",
        MAX_TRIES,
        "HTTP 503 Service Unavailable come back later",
    )
    assert gaps[0] < 10_000
    assert gaps[-1] > 600_000
    post.receiver.status = 200
    post.notifiers.retry(line.id)
    post.after(0)
    assert post.log()[0].state == "sent"
    assert len(set(post.receiver.ids())) == 1


def test_a_receiver_that_will_never_take_it_is_given_up_soon(post: Post) -> None:
    post.notifier()
    post.happens()
    post.receiver.status = 404
    for _ in range(MAX_FINAL_TRIES + 2):
        post.after(60_000)
    assert len(post.receiver.received) == MAX_FINAL_TRIES
    assert post.log()[0].state == "failed"


def test_a_receiver_that_asks_for_peace_gets_it(post: Post) -> None:
    post.notifier()
    post.happens()
    post.receiver.status, post.receiver.headers = 429, {"Retry-After": "120"}
    post.after()
    assert post.log()[0].due_ms - post.now_ms == 120_000


def test_waits_double_are_spread_and_end_somewhere() -> None:
    assert [wait_ms(tries, None, 1.0) for tries in (1, 2, 3)] == [5_000, 10_000, 20_000]
    assert wait_ms(1, None, 0.0) == 2_500
    assert wait_ms(500, None, 1.0) == 1_800_000
    assert wait_ms(1, 1e9, 0.0) == 3_600_000


def test_a_slow_receiver_holds_no_other_up(post: Post, receiver: Receiver) -> None:
    with Receiver() as slow:
        slow.is_open.clear()
        post.notifiers.create(Target("webhook", {"address": slow.url}), {"name": "slow"})
        post.notifier("quick")
        post.happens()
        post.now_ms += LATER
        before = threading.active_count()
        post.deliver.tick(post.now_ms)
        assert slow.asked.wait(5)
        assert receiver.asked.wait(5)
        post.deliver.tick(post.now_ms)  # comes back though one is still waited for
        assert threading.active_count() > before
        slow.is_open.set()
        post.deliver.settle()
    assert {line.state for line in post.log()} == {"sent"}


def test_deleting_the_run_takes_its_waiting_news_along(post: Post) -> None:
    post.notifier()
    post.happens()
    post.now_ms += SETTLE_MS
    post.deliver.tick(post.now_ms)
    post.writer.submit(lambda c: runs.delete_run(c, "run1")).result()
    assert post.after() == []


def test_an_alert_that_came_and_went_while_it_was_held_is_told_once_with_its_end(post: Post) -> None:
    post.notifier(sends_resolved=False, quiet_from="08:00", quiet_until="09:00")
    post.happens()
    post.now_ms += 5_000
    post.happens(kind="resolved", epoch=9)
    (message,) = post.after(3_600_000)
    assert "Since epoch 4; over since epoch 9." in message["message"]


def test_a_clock_that_was_put_back_holds_nothing_up(post: Post) -> None:
    post.notifier()
    post.now_ms += 86_400_000
    post.happens()
    post.now_ms -= 86_400_000
    post.after()
    assert len(post.after()) == 1


def test_a_message_stays_short_however_many_alerts_it_tells(post: Post) -> None:
    post.notifier()
    rules = ["nonfinite", "overfitting", "plateau", "lr_spike", "dead_layer", "poor_init", "r2_stuck", "val_missing",
             "loss_spike", "loss_explosion", "at_chance", "underfitting"]  # fmt: skip
    for rule in rules:
        post.happens(rule, what="x" * 5_000)
    (message,) = post.after()
    assert message["title"].endswith("and 11 more")
    assert len(message["title"]) + len(message["message"]) < 1_900
    assert "and 3 more" in message["message"]


def test_no_secret_reaches_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post.receiver.status, post.receiver.text = 403, b"token geheimnis-4711 on /hooks/tief-verborgen is wrong"
    target = Target("webhook", {"address": f"{post.receiver.url}/hooks/tief-verborgen?key=geheimnis-4711"})
    made = post.notifiers.create(target, {"name": "secret"})
    post.happens()
    post.after()
    answer = post.notifiers.test(made.id).answer
    for text in (caplog.text, answer, *(line.answer for line in post.log()), repr(made)):
        assert "geheimnis-4711" not in text
        assert "tief-verborgen" not in text
    assert answer.startswith("HTTP 403")


def test_it_works_the_same_on_postgresql(postgres: str, receiver: Receiver) -> None:
    url = new_database(postgres)
    post = Post(url, receiver).open()
    try:
        post.run()
        post.notifier(cool_down_seconds=60)
        post.happens("overfitting")
        post.happens("nonfinite", severity="critical")
        assert len(post.after()) == 1
        post.happens("plateau")
        assert len(post.after()) == 1
        assert len(post.after(60_000)) == 2
        other = replace(post, receiver=receiver).open()  # a second server of the same database
        post.happens("lr_spike", severity="critical")
        post.now_ms = other.now_ms = post.now_ms + 120_000
        for each in (post, other, post, other):
            each.deliver.tick(each.now_ms)
        for each in (post, other):
            each.deliver.settle()
        other.close()
        assert len(post.arrived()) == 3
    finally:
        post.close()
        drop_database(postgres, url)
