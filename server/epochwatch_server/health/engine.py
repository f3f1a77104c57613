"""Ask every rule about a run and move its alerts on; one failing rule never takes the others down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from logging import getLogger
from typing import Any

import numpy as np

from epochwatch_server.health.history import History
from epochwatch_server.health.inhibition import silenced_by
from epochwatch_server.health.lifecycle import Alert, Phase, Transition, advance, alert_from_json, alert_to_json
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Finding, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.window import TERMS_JOINED, Window

logger = getLogger(__name__)

ALWAYS_AGAIN = frozenset({Moment.CLOCK})  # time itself is the news


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What a project chose for one rule: on or off, thresholds, a severity in place of the rule's own."""

    is_on: bool = True
    thresholds: Mapping[str, float] = field(default_factory=dict)
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule last came to. state: ok, found, not_checked, inhibited, failed or off; reason: why."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HealthState:
    """All that the engine remembers of a run between evaluations; stored as JSON."""

    alerts: Mapping[tuple[str, str], Alert] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, tuple[int, int]] = field(
        default_factory=dict
    )  # moment -> (epochs, steps) at its last evaluation

    def firing(self) -> list[Alert]:
        """Return the firing alerts, worst first."""
        alerts = [alert for alert in self.alerts.values() if alert.phase is Phase.FIRING]
        return sorted(alerts, key=lambda alert: (-alert.severity.rank, alert.fired_epoch or 0, alert.rule))

    def to_json(self) -> dict[str, Any]:
        """Turn the state into plain JSON values."""
        return {
            "alerts": [alert_to_json(alert) for alert in self.alerts.values()],
            "verdicts": {rule: [verdict.state, verdict.reason] for rule, verdict in self.verdicts.items()},
            "failures": dict(self.failures),
            "seen": {moment: list(seen) for moment, seen in self.seen.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "HealthState":
        """Turn what `to_json` made back into the state."""
        alerts = [alert_from_json(alert) for alert in stored["alerts"]]
        return cls(
            alerts={alert.key: alert for alert in alerts},
            verdicts={rule: Verdict(*verdict) for rule, verdict in stored["verdicts"].items()},
            failures=dict(stored["failures"]),
            seen={moment: (seen[0], seen[1]) for moment, seen in stored["seen"].items()},
        )


class Engine:
    """Holds the rules and a project's settings; without state of its own, so that any thread may use it."""

    def __init__(self, rules: Sequence[Rule], settings: Mapping[str, RuleSettings] | None = None) -> None:
        """Raises ValueError when the settings name an unknown rule or threshold, or a value out of bounds."""
        chosen = dict(settings or {})
        unknown = sorted(chosen.keys() - {rule.id for rule in rules})
        if unknown:
            raise ValueError(f"there is no rule {', '.join(unknown)}")
        self.rules = tuple(rules)
        self._settings = {rule.id: chosen.get(rule.id, RuleSettings()) for rule in rules}
        self._limits = {rule.id: rule.limits(self._settings[rule.id].thresholds) for rule in rules}

    def evaluate(
        self, history: History, moment: Moment, state: HealthState, *, paused: bool = False
    ) -> tuple[HealthState, list[Transition]]:
        """Ask the rules of this moment, and move the alerts on.

        A paused run, and an evaluation without new data, change nothing. Time is the history's own.
        Returns: the state to keep, and what changed, in order.
        """
        after, transitions = self._evaluate(history, moment, state, paused=paused)
        judged = after.seen.get(Moment.EPOCH.value, (0, 0))[0]
        if moment is Moment.STEP and history.counts_steps and not paused and len(history.epochs) != judged:
            after, later = self._evaluate(history, Moment.EPOCH, after, paused=False)  # the steps closed a stretch
            transitions = transitions + later
        return after, transitions

    def _evaluate(
        self, history: History, moment: Moment, state: HealthState, *, paused: bool
    ) -> tuple[HealthState, list[Transition]]:
        seen = (len(history.epochs), history.steps_seen)
        if paused or (moment not in ALWAYS_AGAIN and state.seen.get(moment.value) == seen):
            return state, []
        window = Window(history, moment)
        verdicts, failures = dict(state.verdicts), dict(state.failures)
        said: dict[str, Sequence[Finding]] = {}
        for rule in self.rules:
            if moment not in rule.moments:
                continue
            verdict, findings = self._ask(rule, window, failures)
            verdicts[rule.id] = verdict
            if findings is not None:
                said[rule.id] = findings
        alerts, transitions = self._advance(said, state, verdicts, history)
        after = HealthState(alerts, verdicts, failures, {**state.seen, moment.value: seen})
        return after, transitions

    def _ask(self, rule: Rule, window: Window, failures: dict[str, int]) -> tuple[Verdict, Sequence[Finding] | None]:
        """Return the verdict and the findings; None where the rule could not tell: its alerts stay as they are."""
        settings = self._settings[rule.id]
        if not settings.is_on:
            return Verdict("off"), None
        try:
            with np.errstate(all="ignore"):  # values may be infinite; what comes of them is judged, not printed
                outcome: Outcome = rule.check(window, self._limits[rule.id])
        except Exception as problem:
            failures[rule.id] = failures.get(rule.id, 0) + 1
            logger.exception("rule failed rule=%s epoch=%s", rule.id, window.epoch)
            return Verdict("failed", f"{type(problem).__name__}: {problem}"), None
        if isinstance(outcome, NotChecked):
            return Verdict("not_checked", outcome.reason), None
        findings = [_with_severity(_drawable(finding), settings.severity) for finding in outcome]
        return Verdict("found" if findings else "ok"), findings

    def _advance(
        self,
        said: Mapping[str, Sequence[Finding]],
        state: HealthState,
        verdicts: dict[str, Verdict],
        history: History,
    ) -> tuple[dict[tuple[str, str], Alert], list[Transition]]:
        alerts = dict(state.alerts)
        transitions: list[Transition] = []
        causes = {rule for rule, findings in said.items() if any(f.severity is not Severity.INFO for f in findings)}
        causes |= {alert.rule for alert in state.firing() if alert.severity is not Severity.INFO}
        epoch = history.current_epoch if history.current_epoch is not None else -1
        for rule in self.rules:
            if rule.id not in said:
                continue
            cause = silenced_by(rule.id, causes)
            if cause is not None:
                if said[rule.id]:
                    verdicts[rule.id] = Verdict("inhibited", cause)
                continue
            own = {key: alert for key, alert in alerts.items() if key[0] == rule.id}
            after, changed = advance(rule, own, said[rule.id], epoch=epoch, time=history.now)
            for key in own.keys() - after.keys():
                del alerts[key]
            alerts.update(after)
            transitions += changed
        return alerts, transitions


def _drawable(finding: Finding) -> Finding:
    """Name the series that are logged, where a finding is about their sum."""
    if not any(TERMS_JOINED in metric for metric in finding.evidence.metrics):
        return finding
    parts = [part for metric in finding.evidence.metrics for part in metric.split(TERMS_JOINED)]
    return replace(finding, evidence=replace(finding.evidence, metrics=tuple(dict.fromkeys(parts))))


def _with_severity(finding: Finding, severity: Severity | None) -> Finding:
    if severity is None or finding.severity is Severity.INFO:
        return finding
    return Finding(severity, finding.what, finding.evidence, finding.cause, finding.recommendations, finding.subject)
