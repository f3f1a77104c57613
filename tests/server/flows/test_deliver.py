"""News of alerts reaches people: real store, real receiver, time as an argument."""

from tests.postgres import postgres
from tests.server.flows.posting import Post, post, receiver

from epochwatch_server.flows.deliver import CLAIM_MS
from epochwatch_server.store import alerts, outbox, rule_settings, runs

__all__ = ["post", "postgres", "receiver"]


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


def test_of_a_run_without_epochs_the_step_is_told(post: Post) -> None:
    post.notifier()
    post.run("stepwise", has_epochs=False)
    post.happens(run="stepwise")
    (message,) = post.after()
    assert "\nSince step 4.\n" in message["message"]


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


def test_an_imported_run_wakes_nobody(post: Post) -> None:
    post.run("run2", name="of last year")
    origin = {"format": "csv", "source": "log.csv", "imported_ms": 0}
    post.writer.submit(lambda c: runs.update_run(c, "run2", origin=origin)).result()
    post.notifier()
    post.happens(run="run2", severity="critical")
    assert post.after() == []


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
