"""Four tests of every rule: its textbook curve, a healthy run, too little data, nothing but NaN."""

import pytest
from tests.server.health.curves import fired, healthy
from tests.server.health.textbook import NAN, TEXTBOOK

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.replay import Record, Recording, replay
from epochwatch_server.health.rule import Severity

IDS = [rule.id for rule in RULES]
SAYS_AT_ONCE = {
    "config_string_number",
    "metric_mismatch",
    "run_never_started",
    "repeated_crashes",
    "class_imbalance",
    "run_crashed",
    "killed_early",
    "test_eval_missing",
    "target_band",
    "val_test_gap",
}


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_fires_on_its_textbook_curve(rule: str) -> None:
    alerts = fired(rule, TEXTBOOK[rule]())
    assert alerts
    assert all(
        alert.finding.what and alert.finding.evidence.threshold and alert.finding.recommendations for alert in alerts
    )
    if rule != "plateau":
        assert max(alert.severity.rank for alert in alerts) >= Severity.WARNING.rank


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_is_silent_on_a_healthy_run(rule: str) -> None:
    assert [alert for alert in fired(rule, healthy()) if alert.severity is not Severity.INFO] == []


@pytest.mark.parametrize("rule", [rule for rule in IDS if rule not in SAYS_AT_ONCE])
def test_a_rule_is_silent_on_too_little_data(rule: str) -> None:
    whole = TEXTBOOK[rule]()
    first = next(n for n, record in enumerate(whole.records) if record.kind == "epoch")
    if rule in ("nonfinite", "amp_overflow", "dead_layer"):
        begun = Recording("run", whole.facts, ())  # a single value may tell: only a run without any is too little
    else:
        begun = Recording("run", whole.facts, whole.records[: first + 1])
    assert fired(rule, begun) == []


@pytest.mark.parametrize("rule", sorted(SAYS_AT_ONCE))
def test_a_rule_of_the_end_or_the_start_is_silent_on_a_run_that_said_nothing(rule: str) -> None:
    empty = healthy(0)
    assert fired(rule, Recording("run", type(empty.facts)(), ())) == []


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_survives_nan(rule: str) -> None:
    whole = TEXTBOOK[rule]()
    records = tuple(
        Record(r.kind, r.time, r.place, r.epoch, dict.fromkeys(r.metrics, NAN), r.ending) for r in whole.records
    )
    fired(rule, Recording("run", whole.facts, records))


@pytest.mark.parametrize("value", [NAN, float("inf"), float("-inf"), 0.0, -1.0, 1e300])
def test_all_rules_survive_a_run_of_one_value(value: float) -> None:
    whole = healthy()
    records = tuple(
        Record(r.kind, r.time, r.place, r.epoch, dict.fromkeys(r.metrics, value), r.ending) for r in whole.records
    )
    assert replay(Recording("run", whole.facts, records), Engine(RULES)).state.failures == {}


def test_not_logged_is_not_checked_and_never_ok() -> None:
    bare = Recording("run", healthy().facts, tuple(Record("epoch", 10.0 * n, n, n, {"note": 1.0}) for n in range(9)))
    verdicts = replay(bare, Engine(RULES)).state.verdicts
    for rule in (
        "overfitting",
        "grad_explosion",
        "dead_relu",
        "lr_vanished",
        "r2_stuck",
        "loss_scale_imbalance",
        "nonfinite",
    ):
        assert verdicts[rule].state == ("ok" if rule == "nonfinite" else "not_checked")
