"""Alerts, their transitions and what a list of runs says about health."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.alert import FiringCounts, HealthSummary, StoredAlert, StoredTransition
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.store import alert_counts, alerts, rule_settings, runs


def an_alert(rule: str = "loss_spike", subject: str = "train/loss", **told: Any) -> dict[str, Any]:
    """An alert as the rules' life cycle writes it."""
    values = {"peak": 5e6, "norm": {"float": "nan"}}
    return {
        "rule": rule,
        "subject": subject,
        "phase": "firing",
        "severity": "warning",
        "first_epoch": 3,
        "fired_epoch": 4,
        "fired_time": 12.5,
        "resolved_epoch": None,
        "resolved_time": None,
        "what": "The loss rose to 5e6.",
        "evidence": {"values": values, "threshold": "> 10x", "since": 3, "metrics": ["train/loss"]},
        **told,
    }


def putting(alert: dict[str, Any], run_id: str = "run1", now_ms: int = NOW_MS) -> Callable[[Connection], StoredAlert]:
    return lambda c: alerts.put_alert(c, run_id, alert, now_ms)


def resolved(**told: Any) -> dict[str, Any]:
    return an_alert(phase="resolved", resolved_epoch=9, **told)


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run(name="first", project="digits"))


def listed(store: Store, **wanted: Any) -> list[str]:
    return [alert.subject for alert in store.read(lambda c: alerts.list_alerts(c, **wanted))]


def summary(store: Store, run_id: str = "run1") -> HealthSummary | None:
    return store.read(lambda c: alerts.health_summaries(c, [run_id])).get(run_id)


def test_an_alert_comes_back_with_its_run_and_all_that_was_found(store: Store) -> None:
    given = an_alert()
    kept = store.write(putting(given))
    assert store.read(lambda c: alerts.get_alert(c, kept.id)) == kept
    assert (kept.run_id, kept.project, kept.run_name) == ("run1", "digits", "first")
    assert (kept.rule, kept.subject, kept.phase, kept.severity) == ("loss_spike", "train/loss", "firing", "warning")
    assert (kept.first_epoch, kept.fired_epoch, kept.fired_ms, kept.resolved_ms) == (3, 4, NOW_MS, None)
    assert kept.finding == given
    assert kept.is_firing
    assert store.read(lambda c: alerts.get_alert(c, kept.id + 1)) is None


def test_an_alert_that_lasts_keeps_the_moment_it_fired_and_who_took_it_on(store: Store) -> None:
    kept = store.write(putting(an_alert()))
    store.write(lambda c: alerts.acknowledge(c, [kept.id], "me", NOW_MS + 1))
    later = store.write(putting(an_alert(severity="critical", what="It rose again."), now_ms=NOW_MS + 50))
    assert (later.id, later.fired_ms, later.severity) == (kept.id, NOW_MS, "critical")
    assert later.finding["what"] == "It rose again."
    assert (later.acknowledged_ms, later.acknowledged_by, later.seen_ms) == (NOW_MS + 1, "me", NOW_MS + 1)


def test_a_resolved_alert_says_when_and_keeps_it(store: Store) -> None:
    kept = store.write(putting(an_alert()))
    over = store.write(putting(resolved(), now_ms=NOW_MS + 7))
    again = store.write(putting(resolved(), now_ms=NOW_MS + 99))
    assert (over.id, over.phase, over.fired_ms, over.resolved_epoch) == (kept.id, "resolved", NOW_MS, 9)
    assert over.resolved_ms == again.resolved_ms == NOW_MS + 7
    assert not over.is_firing


@pytest.mark.parametrize("was_told_of_the_end", [True, False])
def test_an_alert_that_fires_again_keeps_its_row_and_is_open_and_unread(
    store: Store, *, was_told_of_the_end: bool
) -> None:
    kept = store.write(putting(an_alert()))
    store.write(lambda c: alerts.acknowledge(c, [kept.id], "me", NOW_MS + 1))
    if was_told_of_the_end:
        store.write(putting(resolved(), now_ms=NOW_MS + 5))
    again = store.write(putting(an_alert(first_epoch=19, fired_epoch=20), now_ms=NOW_MS + 9))
    assert (again.id, again.phase, again.fired_ms, again.fired_epoch) == (kept.id, "firing", NOW_MS + 9, 20)
    assert (again.acknowledged_ms, again.acknowledged_by, again.seen_ms) == (None, None, None)
    assert (again.resolved_ms, again.resolved_epoch) == (None, None)


def test_an_alert_that_never_fired_is_not_kept(store: Store) -> None:
    with pytest.raises(ValueError, match="loss_spike is pending"):
        store.write(putting(an_alert(phase="pending", fired_epoch=None)))
    assert listed(store) == []


def test_an_alert_of_a_run_that_is_gone_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="no run run9"):
        store.write(putting(an_alert(), "run9"))


def test_text_that_no_engine_keeps_breaks_no_alert(store: Store) -> None:
    kept = store.write(putting(an_alert(subject="a\0b\ud800", what="\0")))
    assert kept.subject == "a\ufffdb?"
    assert store.write(putting(an_alert(subject="a\0b\ud800"))).id == kept.id


def test_a_list_has_the_last_fired_first_and_only_what_is_asked_for(store: Store) -> None:
    store.write(adding_run("run2", project="words"))
    one = store.write(putting(an_alert(subject="one"), now_ms=NOW_MS))
    store.write(putting(an_alert("plateau", "two", severity="info"), now_ms=NOW_MS + 2))
    store.write(putting(resolved(subject="three"), now_ms=NOW_MS + 1))
    store.write(putting(an_alert(subject="four", severity="critical"), "run2", now_ms=NOW_MS + 3))
    store.write(lambda c: alerts.acknowledge(c, [one.id], "me", NOW_MS + 4))
    assert listed(store) == ["four", "two", "three", "one"]
    assert listed(store, limit=2) == ["four", "two"]
    assert listed(store, run_id="run1") == ["two", "three", "one"]
    assert listed(store, project="words") == ["four"]
    assert listed(store, rule="plateau") == ["two"]
    assert listed(store, severity="critical") == ["four"]
    assert listed(store, phase="firing", project="digits") == ["two", "one"]
    assert listed(store, acknowledged=True) == ["one"]
    assert listed(store, acknowledged=False, rule="loss_spike") == ["four", "three"]
    assert listed(store, project="none") == []


def test_pages_follow_on_each_other_in_the_order_of_firing(store: Store) -> None:
    for number in (3, 0, 4, 1, 2):  # several at one moment too
        store.write(putting(an_alert(subject=f"s{number}"), now_ms=NOW_MS + number // 2))
    whole = store.read(alerts.list_alerts)
    assert [alert.fired_ms - NOW_MS for alert in whole] == [2, 1, 1, 0, 0]
    first = store.read(lambda c: alerts.list_alerts(c, limit=2))
    second = store.read(lambda c: alerts.list_alerts(c, before_id=first[-1].id, limit=2))
    third = store.read(lambda c: alerts.list_alerts(c, before_id=second[-1].id, limit=2))
    assert [*first, *second, *third] == whole
    assert store.read(lambda c: alerts.list_alerts(c, before_id=third[-1].id)) == []


def test_a_page_goes_on_when_an_alert_fires_again_or_is_gone(store: Store) -> None:
    store.write(adding_run("run2"))
    kept = [store.write(putting(an_alert(subject=f"s{n}"), now_ms=NOW_MS + n)) for n in range(3)]
    gone = store.write(putting(an_alert(subject="gone"), "run2", now_ms=NOW_MS + 3))
    store.write(putting(an_alert(subject="newest"), now_ms=NOW_MS + 4))
    store.write(lambda c: runs.delete_run(c, "run2"))
    assert listed(store, before_id=gone.id) == ["s2", "s1", "s0"]
    store.write(putting(an_alert(subject="s1", fired_epoch=8), now_ms=NOW_MS + 9))
    assert listed(store, before_id=kept[1].id) == ["newest", "s2", "s0"]  # some once more, none left out


def test_who_acknowledged_first_stays_and_can_be_taken_back(store: Store) -> None:
    ids = [store.write(putting(an_alert(subject=f"s{n}"))).id for n in range(3)]
    store.write(lambda c: alerts.mark_seen(c, ids[:1], NOW_MS + 1))
    store.write(lambda c: alerts.acknowledge(c, ids[:2], "me", NOW_MS + 2))
    store.write(lambda c: alerts.acknowledge(c, ids, "you", NOW_MS + 3))
    store.write(lambda c: alerts.acknowledge(c, [], "nobody", NOW_MS + 3))
    found = {alert.id: alert for alert in store.read(alerts.list_alerts)}
    assert [found[id].acknowledged_by for id in ids] == ["me", "me", "you"]
    assert [found[id].acknowledged_ms for id in ids] == [NOW_MS + 2, NOW_MS + 2, NOW_MS + 3]
    assert [found[id].seen_ms for id in ids] == [NOW_MS + 1, NOW_MS + 2, NOW_MS + 3]
    store.write(lambda c: alerts.unacknowledge(c, ids[1:]))
    assert {alert.id for alert in store.read(lambda c: alerts.list_alerts(c, acknowledged=False))} == set(ids[1:])


def test_a_run_is_summed_up_by_what_fires_and_what_nobody_has_seen(store: Store) -> None:
    assert summary(store) is None
    first = store.write(putting(an_alert(subject="a", severity="info")))
    assert summary(store) == HealthSummary("info", 1, 1)
    store.write(putting(an_alert(subject="b", severity="critical")))
    store.write(putting(an_alert(subject="c", severity="warning")))
    assert summary(store) == HealthSummary("critical", 3, 3)
    store.write(putting(resolved(subject="b", severity="critical")))
    assert summary(store) == HealthSummary("warning", 2, 3)
    store.write(lambda c: alerts.mark_seen(c, [first.id], NOW_MS))
    assert summary(store) == HealthSummary("warning", 2, 2)
    store.write(lambda c: alerts.mark_seen(c, [alert.id for alert in alerts.list_alerts(c)], NOW_MS))
    for subject in "ac":
        store.write(putting(resolved(subject=subject)))
    assert summary(store) is None


@pytest.mark.parametrize(
    ("mute", "left"),
    [
        ({}, None),
        ({"subject": "train/loss"}, HealthSummary("warning", 1, 1)),
        ({"run_id": "run1"}, None),
        ({"run_id": "run2"}, HealthSummary("critical", 2, 2)),
        ({"rule": "plateau"}, HealthSummary("critical", 2, 2)),
        ({"project": "words"}, HealthSummary("critical", 2, 2)),
    ],
)
def test_what_is_muted_does_not_count(store: Store, mute: dict[str, Any], left: HealthSummary | None) -> None:
    store.write(adding_run("run2", project="digits"))
    store.write(putting(an_alert(severity="critical")))
    store.write(putting(an_alert(subject="val/loss")))
    told = {"project": "digits", "rule": "loss_spike", **mute}
    added = store.write(lambda c: rule_settings.add_mute(c, **told, actor="me", now_ms=NOW_MS))
    assert summary(store) == left
    store.write(lambda c: rule_settings.delete_mute(c, added.id))
    assert summary(store) == HealthSummary("critical", 2, 2)


def test_the_health_of_a_thousand_runs_takes_one_statement_on_an_index(store: Store, engine: str) -> None:
    ids = [f"many{number:04}" for number in range(1_000)]
    store.write(lambda c: [adding_run(id, project="many")(c) for id in ids])
    store.write(lambda c: [putting(an_alert(subject=f"s{n}"), id)(c) for id in ids for n in range(3)])
    store.write(lambda c: [putting(an_alert("plateau", severity="critical"), id)(c) for id in ids])
    store.write(lambda c: rule_settings.add_mute(c, "many", "plateau", actor="me", now_ms=NOW_MS))
    said: list[str] = []

    def summaries(c: Connection) -> dict[str, HealthSummary]:
        event.listen(c, "before_cursor_execute", lambda *told: said.append(told[2]))
        return alerts.health_summaries(c, ids)

    assert store.read(summaries) == dict.fromkeys(ids, HealthSummary("warning", 3, 3))
    assert len(said) == 1
    if engine == "sqlite":
        plan = store.read(lambda c: [row[3] for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {said[0]}", tuple(ids))])
        assert any("alert USING COVERING INDEX ix_alert_run_id_phase_seen_ms (run_id=?)" in step for step in plan), plan
        assert not any(step.startswith("SCAN") for step in plan), plan


def a_transition(store: Store, alert: StoredAlert, kind: str, number: int = 0) -> StoredTransition:
    what = f"news {number}"
    return store.write(
        lambda c: alerts.add_transition(c, alert.id, alert.run_id, kind, "warning", number, NOW_MS + number, what)
    )


def test_transitions_come_in_the_order_in_which_they_happened(store: Store) -> None:
    store.write(adding_run("run2"))
    mine, other = store.write(putting(an_alert())), store.write(putting(an_alert("plateau", ""), "run2"))
    told = [a_transition(store, mine if n % 2 else other, "raised", n) for n in range(6)]
    assert store.read(alerts.list_transitions) == told
    assert store.read(lambda c: alerts.list_transitions(c, after_id=told[1].id, limit=2)) == told[2:4]
    assert store.read(lambda c: alerts.list_transitions(c, run_id="run2")) == told[::2]
    assert (told[1].rule, told[1].subject, told[1].kind, told[1].what) == (
        "loss_spike",
        "train/loss",
        "raised",
        "news 1",
    )


def test_a_deleted_run_takes_its_alerts_along_and_their_ids_are_not_used_again(store: Store) -> None:
    gone = store.write(putting(an_alert()))
    news = a_transition(store, gone, "firing")
    store.write(lambda c: runs.delete_run(c, "run1"))
    assert (store.count("alert"), store.count("transition")) == (0, 0)
    store.write(adding_run())
    kept = store.write(putting(an_alert()))
    assert kept.id > gone.id
    assert a_transition(store, kept, "firing").id > news.id


def test_alerts_are_listed_by_their_ids(store: Store) -> None:
    kept = [store.write(putting(an_alert(subject=subject))) for subject in "abc"]
    assert listed(store, ids=[kept[2].id, kept[0].id, 10**9]) == ["c", "a"]
    assert listed(store, ids=[]) == []


def test_what_fires_is_counted_but_not_what_is_muted_or_over(store: Store) -> None:
    def counts(**of: Any) -> FiringCounts:
        return store.read(lambda c: alert_counts.count_firing(c, **of))

    assert counts() == FiringCounts()
    store.write(adding_run("run2", project="words"))
    kept = store.write(putting(an_alert(severity="critical")))
    store.write(putting(an_alert("plateau", severity="info")))
    store.write(putting(an_alert(severity="critical"), "run2"))
    store.write(putting(resolved(subject="over", severity="critical")))
    assert counts() == FiringCounts(critical=2, warning=0, info=1, unread=3)
    assert counts(project="digits") == FiringCounts(critical=1, info=1, unread=2)
    assert counts(run_id="run2") == counts(project="words") == FiringCounts(critical=1, unread=1)
    assert counts(rule="plateau") == FiringCounts(info=1, unread=1)
    store.write(lambda c: alerts.mark_seen(c, [kept.id], NOW_MS))
    assert counts() == FiringCounts(critical=2, info=1, unread=2)
    store.write(lambda c: alerts.acknowledge(c, [kept.id], "viewer", NOW_MS))
    assert counts(acknowledged=True) == FiringCounts(critical=1)
    assert counts(acknowledged=False) == FiringCounts(critical=1, info=1, unread=2)
    mute = store.write(lambda c: rule_settings.add_mute(c, "words", "loss_spike", actor="viewer", now_ms=NOW_MS))
    assert counts() == FiringCounts(critical=1, info=1, unread=1)
    assert store.read(lambda c: rule_settings.get_mute(c, mute.id)) == mute
    store.write(lambda c: rule_settings.delete_mute(c, mute.id))
    assert store.read(lambda c: rule_settings.get_mute(c, mute.id)) is None
    assert counts() == FiringCounts(critical=2, info=1, unread=2)
