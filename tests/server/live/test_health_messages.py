"""What viewers are told of health: one chip a rule, alerts with what was said of them, numbers that JSON lacks."""

import math
from typing import Any

from epochwatch_server.domain.alert import HealthSummary, Mute, StoredAlert
from epochwatch_server.live.health_messages import ChipJson, RuleLabel, alert_json, chips, health_json, mute_of

FINDING: dict[str, Any] = {
    "what": "it is so",
    "cause": "because",
    "recommendations": ["do this"],
    "evidence": {
        "values": {"loss": {"float": "nan"}, "n": 3.0, "name": "x"},
        "threshold": "> 1",
        "since": 4,
        "metrics": ["a"],
    },
}


def alert(rule: str = "r", phase: str = "firing", id: int = 1, **fields: Any) -> StoredAlert:
    told = {"subject": "", "severity": "warning", "first_epoch": 3, "fired_epoch": 4, "fired_ms": id, **fields}
    return StoredAlert(
        id=id, run_id="run1", project="p", run_name="a run", rule=rule, phase=phase, resolved_epoch=None,
        resolved_ms=None, finding=FINDING, **told,
    )  # fmt: skip


def mute(run_id: str | None = None, id: int = 1) -> Mute:
    return Mute(id, "p", run_id, "r", None, 0, "somebody")


def chip(label: RuleLabel, state: dict[str, Any] | None, *found: StoredAlert, mutes: tuple[Mute, ...] = ()) -> ChipJson:
    (only,) = chips(state, [label], found, mutes)
    return only


def verdict(told: str, reason: str = "") -> dict[str, Any]:
    return {"verdicts": {"r": [told, reason]}, "alerts": []}


def test_a_chip_says_where_its_rule_stands() -> None:
    label = RuleLabel("r", "Rule")
    pending = {"rule": "r", "phase": "pending", "severity": "critical", "what": "soon"}
    assert chip(label, None).state == "not_checked"
    assert chip(label, verdict("ok")).state == "ok"
    assert chip(label, verdict("found")).state == "ok"
    assert chip(label, verdict("not_checked", "no loss")).reason == "no loss"
    assert chip(label, verdict("inhibited", "nonfinite")).state == "inhibited"
    assert chip(label, verdict("failed", "ValueError")).state == "failed"
    assert chip(label, verdict("found") | {"alerts": [pending]}).state == "pending"
    assert chip(label, verdict("found"), alert()).state == "firing"
    assert chip(label, verdict("found"), alert(), mutes=(mute(),)).state == "muted"
    assert chip(label, verdict("ok"), alert(phase="resolved")).state == "resolved"
    assert chip(RuleLabel("r", "Rule", is_on=False), verdict("off"), alert()).state == "off"
    assert chip(RuleLabel("r", "Rule", is_usable=False, problem="broken"), None).reason == "broken"


def test_of_several_alerts_the_worst_that_is_not_muted_is_shown() -> None:
    found = [alert(id=1), alert(id=2, subject="b", severity="critical"), alert(id=3, subject="c", severity="info")]
    assert chip(RuleLabel("r", "Rule"), verdict("found"), *found).alert_id == 2
    quiet = Mute(1, "p", None, "r", "b", 0, "somebody")
    assert chip(RuleLabel("r", "Rule"), verdict("found"), *found, mutes=(quiet,)).alert_id == 1


def test_an_alert_carries_its_rules_words_and_numbers_that_json_lacks() -> None:
    told = alert_json(alert(), RuleLabel("r", "Rule", why="it matters"), mute("run1"))
    assert (told.title, told.why, told.since, told.muted) == ("Rule", "it matters", 4, "run")
    assert math.isnan(float(told.evidence.values["loss"]))
    assert told.url == "/runs/run1?alert=1"
    assert alert_json(alert()).title == "r"


def test_a_mute_of_the_run_is_named_before_one_of_the_project() -> None:
    found = mute_of(alert(), [mute(id=1), mute("run1", id=2), mute("another", id=3)])
    assert found is not None
    assert found.id == 2


def test_a_runs_health_is_put_together() -> None:
    summary = HealthSummary("critical", 2, 1)
    health = health_json("run1", is_paused=True, summary=summary, chips=[], alerts=[])
    assert (health.paused, health.worst, health.firing, health.unread) == (True, "critical", 2, 1)
