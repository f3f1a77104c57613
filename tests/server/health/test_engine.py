"""The engine around the rules, and the life of an alert."""

import json
import logging

import pytest
from tests.server.health.curves import BY_ID, healthy, sick, wobble
from tests.server.health.textbook import NAN, TEXTBOOK

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine, HealthState, RuleSettings
from epochwatch_server.health.history import History, RunFacts
from epochwatch_server.health.lifecycle import Phase
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.replay import replay
from epochwatch_server.health.rule import Evidence, Finding, Limits, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def _level(window: Window, limits: Limits) -> Outcome:
    track = window.track("x")
    value = track.last if track is not None else 0.0
    if value <= limits["limit"]:
        return []
    return [
        Finding(Severity.CRITICAL if value > 10 else Severity.WARNING, f"x is {value:g}", Evidence({"x": value}, "1"))
    ]


def _broken(window: Window, limits: Limits) -> Outcome:
    raise RuntimeError("a mistake in the rule")


LEVEL = Rule(
    "level", "Level", _level, "", hold=2, clear=2, thresholds={"limit": Threshold(1, 0, 100, "", "limit of x")}
)
BROKEN = Rule("broken", "Broken", _broken, "")


def _feed(
    values: list[float], engine: Engine, *, paused: frozenset[int] = frozenset()
) -> tuple[HealthState, list[tuple[int, str]]]:
    history, state, kinds = History(RunFacts()), HealthState(), []
    for epoch, value in enumerate(values):
        history.add_epoch(epoch, {"x": value}, float(epoch))
        state, changes = engine.evaluate(history, Moment.EPOCH, state, paused=epoch in paused)
        kinds += [(epoch, change.kind) for change in changes]
    return state, kinds


def test_an_alert_is_pending_then_firing_then_resolved() -> None:
    state, kinds = _feed([0, 5, 5, 0, 5, 0, 0, 0], Engine([LEVEL]))
    assert kinds == [(1, "pending"), (2, "firing"), (6, "resolved")]
    (alert,) = state.alerts.values()
    assert (alert.first_epoch, alert.fired_epoch, alert.resolved_epoch) == (1, 2, 6)


def test_a_pending_alert_that_clears_is_withdrawn() -> None:
    state, kinds = _feed([0, 5, 0], Engine([LEVEL]))
    assert kinds == [(1, "pending"), (2, "withdrawn")]
    assert not state.alerts


def test_severity_rises_inside_one_alert() -> None:
    state, kinds = _feed([5, 5, 50, 5], Engine([LEVEL]))
    assert kinds == [(0, "pending"), (1, "firing"), (2, "raised")]
    assert [alert.severity for alert in state.firing()] == [Severity.CRITICAL]


def test_a_resolved_alert_fires_anew() -> None:
    _, kinds = _feed([5, 5, 0, 0, 5, 5], Engine([LEVEL]))
    assert [kind for _, kind in kinds] == ["pending", "firing", "resolved", "pending", "firing"]


def test_a_paused_run_neither_fires_nor_resolves() -> None:
    assert _feed([5, 5], Engine([LEVEL]), paused=frozenset({1}))[1] == [(0, "pending")]
    state, kinds = _feed([5, 5, 0, 0, 0], Engine([LEVEL]), paused=frozenset({2, 3, 4}))
    assert kinds[-1] == (1, "firing")
    assert state.firing()


def test_an_evaluation_without_new_data_changes_nothing() -> None:
    history, engine, state = History(RunFacts()), Engine([LEVEL]), HealthState()
    history.add_epoch(0, {"x": 5}, 0.0)
    state, first = engine.evaluate(history, Moment.EPOCH, state)
    again, second = engine.evaluate(history, Moment.EPOCH, state)
    assert (len(first), second, again) == (1, [], state)


def test_a_failing_rule_is_counted_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        state, kinds = _feed([5, 5], Engine([BROKEN, LEVEL]))
    assert state.failures == {"broken": 2}
    assert state.verdicts["broken"].state == "failed"
    assert "a mistake" in state.verdicts["broken"].reason
    assert kinds[-1] == (1, "firing")
    assert "rule failed rule=broken" in caplog.text


def test_state_goes_through_json_and_a_restart_repeats_nothing() -> None:
    for make in (TEXTBOOK["overfitting"], TEXTBOOK["nonfinite"], healthy):
        replayed = replay(make(), Engine(RULES))
        stored = json.loads(json.dumps(replayed.state.to_json(), allow_nan=False))
        restored = HealthState.from_json(stored)
        assert restored.to_json() == replayed.state.to_json()
        moments = [moment for moment in Moment if moment is not Moment.CLOCK]
        assert all(
            Engine(RULES).evaluate(replayed.history, m, restored)[1] == [] for m in moments if m.value in restored.seen
        )


def test_a_run_cut_by_a_restart_says_what_an_uncut_one_says() -> None:
    recording, engine = TEXTBOOK["overfitting"](), Engine(RULES)
    history, state, said = History(recording.facts), HealthState(), []
    for record in recording.records:
        history.add_epoch(record.place, record.metrics, record.time)
        state = HealthState.from_json(json.loads(json.dumps(state.to_json())))
        state, changes = engine.evaluate(history, Moment.EPOCH, state)
        said += [(change.kind, change.alert.rule, change.epoch) for change in changes]
    whole = [h.transition for h in replay(recording, engine).heard if h.at_epoch_record]
    assert said == [(change.kind, change.alert.rule, change.epoch) for change in whole]


def test_thresholds_are_a_projects_own_within_their_bounds() -> None:
    assert _feed([5, 5], Engine([LEVEL], {"level": RuleSettings(thresholds={"limit": 7})}))[1] == []
    assert _feed([5, 5], Engine([LEVEL], {"level": RuleSettings(is_on=False)}))[0].verdicts["level"].state == "off"
    milder = _feed([50, 50], Engine([LEVEL], {"level": RuleSettings(severity=Severity.WARNING)}))[0]
    assert milder.firing()[0].severity is Severity.WARNING
    with pytest.raises(ValueError, match="between 0 and 100"):
        Engine([LEVEL], {"level": RuleSettings(thresholds={"limit": 700})})
    with pytest.raises(ValueError, match="no threshold lim"):
        Engine([LEVEL], {"level": RuleSettings(thresholds={"lim": 1})})
    with pytest.raises(ValueError, match="no rule levle"):
        Engine([LEVEL], {"levle": RuleSettings()})


def test_a_cause_silences_its_symptoms() -> None:
    metrics = {"train/loss": [2.0, NAN] + [NAN] * 10, "val/loss": wobble(2.0, 0.0), "val/acc": 0.1, "val/r2": -0.1}
    replayed = replay(sick(metrics, 12), Engine(RULES))
    firing = {alert.rule for alert in replayed.state.firing()}
    assert "nonfinite" in firing
    assert not firing & {"r2_stuck", "metric_constant", "loss_not_decreasing", "dead_layer"}
    assert replayed.state.verdicts["r2_stuck"].state == "inhibited"


def test_a_crash_says_crashed_and_not_that_a_test_is_missing() -> None:
    replayed = replay(TEXTBOOK["run_crashed"](), Engine(RULES))
    assert [alert.rule for alert in replayed.state.firing() if alert.severity is not Severity.INFO] == ["run_crashed"]


def test_a_rule_sees_nothing_of_later_epochs() -> None:
    recording, engine = TEXTBOOK["overfitting"](), Engine(RULES)
    whole = [(h.index, h.transition.kind, h.transition.alert.rule) for h in replay(recording, engine).heard]
    for cut in (3, 8, 15, 20):
        part = type(recording)("part", recording.facts, recording.records[:cut])
        said = [(h.index, h.transition.kind, h.transition.alert.rule) for h in replay(part, engine).heard]
        assert said == [entry for entry in whole if entry[0] < cut]


def test_step_data_tells_a_loss_that_is_nan_before_the_epoch_ends() -> None:
    history, state = History(RunFacts(planned_epochs=10)), HealthState()
    history.add_step(0, 0, {"train/loss": 2.0}, 0.1)
    history.add_step(1, 0, {"train/loss": NAN}, 0.2)
    _, changes = Engine(RULES).evaluate(history, Moment.STEP, state)
    assert [(change.alert.rule, change.alert.severity) for change in changes] == [("nonfinite", Severity.CRITICAL)]


def test_silence_is_told_by_the_clock_and_resolves_with_the_next_record() -> None:
    history, engine, state = History(RunFacts()), Engine([BY_ID["stalled"]]), HealthState()
    for epoch in range(6):
        history.add_epoch(epoch, {"train/loss": 1.0}, 20.0 * epoch)
    history.add_silence(5_000.0)
    state, changes = engine.evaluate(history, Moment.CLOCK, state)
    assert [change.kind for change in changes] == ["firing"]
    history.add_epoch(6, {"train/loss": 1.0}, 5_010.0)
    state, changes = engine.evaluate(history, Moment.EPOCH, state)
    assert [change.kind for change in changes] == ["resolved"]
    assert next(iter(state.alerts.values())).phase is Phase.RESOLVED
