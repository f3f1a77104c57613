"""News of alerts reaches people: real store, real receiver, time as an argument."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import drop_database, new_database, postgres
from tests.receiver import Receiver
from tests.server_process import HandMadeWriter, start_event

from epochwatch_server.domain.alert import StoredAlert, StoredTransition
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.deliver import CLAIM_MS, MAX_FINAL_TRIES, MAX_TRIES, Deliver, wait_ms
from epochwatch_server.flows.ingest import Ingest
from epochwatch_server.flows.notifiers import Notifiers, Target
from epochwatch_server.flows.outbox import GROUP_MS, SETTLE_MS
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.live.hub import Hub
from epochwatch_server.notify.sender import Sender
from epochwatch_server.store import alerts, notifiers, outbox, rule_settings, runs
from epochwatch_server.store.database import Connection, open_database
from epochwatch_server.store.writer import Writer

__all__ = ["postgres"]

START = 1_800_000_000_000  # 2027-01-15 08:00 UTC
LATER = GROUP_MS + SETTLE_MS + 1_000


@dataclass
class Post:
    """The flows of delivery over a store, with one receiver and a clock that tests set."""

    url: str
    receiver: Receiver
    now_ms: int = START

    def open(self) -> "Post":
        self.database = open_database(self.url)
        self.writer = Writer(self.database)
        self.writer.start()
        sender, clock = Sender(allows_private=True, seconds=5), lambda: self.now_ms
        self.deliver = Deliver(self.database, self.writer, sender, lambda: "http://watch.example", clock)
        self.notifiers = Notifiers(self.database, self.writer, sender, lambda: "http://watch.example", clock)
        announcer = Announcer(self.database, Hub(), RunRows(clock))
        self._ingest = Ingest(self.writer, announcer, Pulses(self.now_ms), clock)
        return self

    def close(self) -> None:
        self.deliver.settle()
        self.writer.stop()
        self.database.close()

    def run(self, id: str = "run1", project: str = "tests", name: str = "a run") -> None:
        writer = HandMadeWriter(id)
        writer.sent = self.now_ms / 1000
        self._ingest.receive(writer.packet(events=[start_event(project=project, name=name)]), "")

    def notifier(self, name: str = "hook", **settings: Any) -> Notifier:
        target = Target("webhook", {"address": f"{self.receiver.url}/hook"})
        return self.notifiers.create(target, {"name": name, "timezone": "UTC", **settings})

    def happens(
        self,
        rule: str = "overfitting",
        *,
        run: str = "run1",
        kind: str = "firing",
        severity: str = "warning",
        epoch: int = 7,
        what: str = "It goes wrong.",
    ) -> StoredTransition:
        """Store a transition as the evaluation does."""

        def store(connection: Connection) -> StoredTransition:
            alert = alerts.put_alert(connection, run, alert_json(rule, kind, severity, epoch), self.now_ms)
            return alerts.add_transition(connection, alert.id, run, kind, severity, epoch, self.now_ms, what)

        return self.writer.submit(store).result()

    def alert(self, transition: StoredTransition) -> StoredAlert:
        with self.database.read() as connection:
            found = alerts.get_alert(connection, transition.alert_id)
        assert found is not None
        return found

    def after(self, ms: int = LATER) -> list[Any]:
        """Let time pass, deliver, and return what has arrived by then."""
        self.now_ms += ms
        self.deliver.tick(self.now_ms)
        self.deliver.settle()
        self.deliver.tick(self.now_ms)
        self.deliver.settle()
        return self.arrived()

    def arrived(self) -> list[Any]:
        return [one.json() for one in self.receiver.received]

    def titles(self) -> list[str]:
        return [one["title"] for one in self.arrived()]

    def log(self) -> list[Notification]:
        with self.database.read() as connection:
            return notifiers.list_notifications(connection)


def alert_json(rule: str, kind: str, severity: str, epoch: int) -> dict[str, Any]:
    is_over = kind == "resolved"
    return {
        "rule": rule, "subject": "", "phase": "resolved" if is_over else "firing", "severity": severity,
        "first_epoch": 3, "fired_epoch": 5, "fired_time": 1.0, "resolved_epoch": epoch if is_over else None,
        "resolved_time": None, "held": 1, "cleared": 0, "what": "w", "found_severity": severity, "cause": "",
        "recommendations": ["Halve the learning rate to 1e-4."],
        "evidence": {"values": {}, "threshold": "", "since": 4, "metrics": []},
    }  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def post(tmp_path: Path, receiver: Receiver) -> Iterator[Post]:
    opened = Post(f"sqlite:///{tmp_path}/epochwatch.db", receiver).open()
    opened.run()
    yield opened
    opened.close()


def test_an_alert_arrives_with_what_since_when_what_to_try_and_where(post: Post) -> None:
    post.notifier()
    transition = post.happens(what="val/loss has risen for 5 epochs.")
    (message,) = post.after()
    assert message["title"] == "[warning] a run: Overfitting"
    lines = message["message"].split("\n")
    assert lines[:4] == [
        "val/loss has risen for 5 epochs.",
        "Since epoch 4.",
        "Try: Halve the learning rate to 1e-4.",
        f"http://watch.example/runs/run1?alert={transition.alert_id}",
    ]
    assert (message["severity"], message["run"]) == ("warning", "run1")
    assert post.receiver.received[0].headers["Idempotency-Key"] == message["id"] in message["message"]
    (line,) = post.log()
    assert (line.state, line.attempts, line.answer) == ("sent", 1, "HTTP 200 OK taken")


def test_it_is_sent_once_however_often_the_clock_ticks(post: Post) -> None:
    post.notifier()
    post.happens()
    post.after()
    assert len(post.after()) == len(post.after()) == 1


def test_a_server_that_died_before_it_sent_sends_afterwards_with_the_same_id(post: Post) -> None:
    post.notifier()
    post.happens()
    post.receiver.status = 500
    post.after()
    post.close()
    post.receiver.status = 200
    post.open()
    post.after(60_000)
    first, second = post.receiver.ids()
    assert first == second


def test_one_that_died_while_sending_is_followed_after_its_claim(post: Post) -> None:
    notifier = post.notifier()
    post.happens()
    post.receiver.status = 500
    post.after()
    (line,) = post.log()
    post.receiver.status = 200
    claimed = post.writer.submit(lambda c: outbox.claim(c, line, post.now_ms + CLAIM_MS)).result()
    assert claimed
    assert not post.writer.submit(lambda c: outbox.claim(c, line, post.now_ms + CLAIM_MS)).result()
    assert len(post.after(CLAIM_MS - 1)) == 1
    assert len(post.after(1)) == 2
    assert post.log()[0].notifier_id == notifier.id


def test_transitions_within_seconds_are_one_message_causes_before_symptoms(post: Post) -> None:
    post.notifier()
    post.happens("overfitting", what="symptom")
    post.now_ms += 500
    post.happens("lr_spike", severity="critical", what="cause")
    (message,) = post.after()
    assert message["title"] == "[critical] a run: Rate jumped and 1 more"
    assert message["message"].index("cause") < message["message"].index("symptom")


def test_runs_do_not_share_a_message(post: Post) -> None:
    post.run("run2", name="another")
    post.notifier()
    post.happens()
    post.happens(run="run2")
    post.after()
    assert sorted(post.titles()) == ["[warning] a run: Overfitting", "[warning] another: Overfitting"]


def test_info_lower_severities_and_other_projects_are_not_sent(post: Post) -> None:
    post.run("run2", project="elsewhere")
    post.notifier(severity="critical", projects=("tests",))
    post.happens("plateau", severity="info")
    post.happens("overfitting", severity="warning")
    post.happens("nonfinite", severity="critical", run="run2")
    assert post.after() == []
    post.happens("nonfinite", severity="critical")
    assert len(post.after()) == 1


def test_resolved_is_told_only_to_those_who_want_it(post: Post) -> None:
    quiet, full = post.notifier("quiet", sends_resolved=False), post.notifier("full")
    post.happens()
    post.after()
    post.happens(kind="resolved", epoch=9)
    post.after()
    sent = [(line.notifier_id, line.title) for line in post.log() if line.title.startswith("[resolved]")]
    assert sent == [(full.id, "[resolved] a run: Overfitting")]
    assert quiet.id != full.id


def test_what_was_acknowledged_or_muted_before_it_was_sent_is_not_sent(post: Post) -> None:
    post.notifier()
    seen, muted = post.happens("overfitting"), post.happens("nonfinite", severity="critical")
    post.writer.submit(lambda c: alerts.acknowledge(c, [seen.alert_id], "viewer", post.now_ms)).result()
    mute = {"run_id": "run1", "actor": "viewer", "now_ms": post.now_ms}
    post.writer.submit(lambda c: rule_settings.add_mute(c, "tests", muted.rule, **mute)).result()  # type: ignore[arg-type]
    assert post.after() == []
    assert {line.state for line in post.log()} == {"dropped"}


def test_what_happened_before_a_notifier_was_made_is_not_sent(post: Post) -> None:
    post.happens("overfitting")
    post.notifier()
    post.happens("plateau")
    post.after()
    assert post.titles() == ["[warning] a run: Plateau"]


def test_what_happened_while_it_was_off_is_not_sent_later(post: Post) -> None:
    notifier = post.notifier()
    post.notifiers.change(notifier.id, None, {"is_on": False})
    post.happens()
    post.notifiers.change(notifier.id, None, {"is_on": True})
    assert post.after() == []


def test_a_cool_down_holds_back_and_then_sends_everything_together(post: Post) -> None:
    post.run("run2", name="another")
    post.notifier(cool_down_seconds=600)
    post.happens("overfitting")
    post.after()
    post.happens("plateau")
    post.after()
    post.happens("nonfinite", severity="critical")
    post.after()
    assert len(post.arrived()) == 1
    assert {line.answer for line in post.log() if line.state == "held"} == {"Cool-down."}
    post.happens("overfitting", run="run2")  # a cool-down is a run's own
    post.after()
    assert len(post.arrived()) == 2
    post.after(600_000)
    assert post.titles()[2].endswith("and 1 more")


def test_quiet_hours_hold_back_and_end_with_one_message_over_all_runs(post: Post) -> None:
    post.run("run2", name="another")
    post.notifier(quiet_from="08:00", quiet_until="09:00")
    post.happens(severity="critical")
    post.happens(run="run2")
    assert post.after(59 * 60_000) == []
    (message,) = post.after(60_000)
    assert message["title"] == "[critical] 2 alerts of 2 runs"
    assert "a run: Overfitting" in message["message"]
    assert "another: Overfitting" in message["message"]


def test_quiet_hours_follow_the_notifiers_own_clock(post: Post) -> None:
    post.notifier(quiet_from="22:00", quiet_until="17:30", timezone="Asia/Tokyo")  # 17:00 there, 08:00 in UTC
    post.happens()
    assert post.after() == []
    assert len(post.after(30 * 60_000)) == 1


def test_critical_alerts_pass_quiet_hours_when_the_user_says_so(post: Post) -> None:
    post.notifier(quiet_from="08:00", quiet_until="09:00", quiet_holds_critical=False)
    post.happens("nonfinite", severity="critical")
    post.happens("overfitting")
    post.after()
    assert len(post.arrived()) == 1
    assert post.titles()[0].startswith("[critical]")
    assert len(post.after(3_600_000)) == 2


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
