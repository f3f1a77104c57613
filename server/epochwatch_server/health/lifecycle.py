"""How a finding becomes an alert: pending, firing, resolved. Pure: states in, states and transitions out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from epochwatch_server.health.rule import Evidence, Finding, Rule, Severity


class Phase(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding that lasts. held, cleared: evaluations with new data in a row; time: the engine's seconds."""

    rule: str
    subject: str
    phase: Phase
    severity: Severity
    finding: Finding
    first_epoch: int  # at which the finding was first made
    fired_epoch: int | None
    fired_time: float | None
    resolved_epoch: int | None = None
    resolved_time: float | None = None
    held: int = 1
    cleared: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """The alert's identity within its run."""
        return (self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of an alert. kind: pending, firing, raised (its severity rose), resolved or withdrawn (never fired)."""

    kind: str
    alert: Alert
    epoch: int
    time: float


Alerts = Mapping[tuple[str, str], Alert]


def advance(
    rule: Rule, alerts: Alerts, findings: Iterable[Finding], *, epoch: int, time: float
) -> tuple[dict[tuple[str, str], Alert], list[Transition]]:
    """Move one rule's alerts on by one evaluation with new data.

    Args:
        alerts: the alerts of this rule only.
        findings: what the rule said now; of two on one subject the more severe counts.
    Returns: the rule's alerts afterwards, and what changed.
    """
    current = dict(alerts)
    transitions: list[Transition] = []
    said = _most_severe(findings)
    for subject, finding in said.items():
        before = current.get((rule.id, subject))
        after = _hit(rule, before, finding, epoch=epoch, time=time)
        current[(rule.id, subject)] = after
        kind = _kind(before, after)
        if kind:
            transitions.append(Transition(kind, after, epoch, time))
    for key, before in list(current.items()):
        if key[1] in said or before.phase is Phase.RESOLVED:
            continue
        missed = _missed(rule, before, epoch=epoch, time=time)
        if missed is None:
            del current[key]
            transitions.append(Transition("withdrawn", before, epoch, time))
            continue
        current[key] = missed
        if missed.phase is Phase.RESOLVED:
            transitions.append(Transition("resolved", missed, epoch, time))
    return current, transitions


def _most_severe(findings: Iterable[Finding]) -> dict[str, Finding]:
    chosen: dict[str, Finding] = {}
    for finding in findings:
        known = chosen.get(finding.subject)
        if known is None or finding.severity.rank > known.severity.rank:
            chosen[finding.subject] = finding
    return chosen


def _hit(rule: Rule, before: Alert | None, finding: Finding, *, epoch: int, time: float) -> Alert:
    if before is None or before.phase is Phase.RESOLVED:
        fires = rule.hold <= 1
        return Alert(
            rule=rule.id,
            subject=finding.subject,
            phase=Phase.FIRING if fires else Phase.PENDING,
            severity=finding.severity,
            finding=finding,
            first_epoch=epoch,
            fired_epoch=epoch if fires else None,
            fired_time=time if fires else None,
        )
    held = before.held + 1
    severity = max(before.severity, finding.severity, key=lambda severity: severity.rank)
    if before.phase is Phase.PENDING and held >= rule.hold:
        fired = replace(before, phase=Phase.FIRING, fired_epoch=epoch, fired_time=time)
        return replace(fired, severity=finding.severity, finding=finding, held=held, cleared=0)
    return replace(before, severity=severity, finding=finding, held=held, cleared=0)


def _missed(rule: Rule, before: Alert, *, epoch: int, time: float) -> Alert | None:
    if before.phase is Phase.PENDING:
        return None
    cleared = before.cleared + 1
    if rule.clear and cleared >= rule.clear:
        return replace(before, phase=Phase.RESOLVED, cleared=cleared, held=0, resolved_epoch=epoch, resolved_time=time)
    return replace(before, cleared=cleared)


def _kind(before: Alert | None, after: Alert) -> str:
    was = before.phase if before is not None and before.phase is not Phase.RESOLVED else None
    if was is not after.phase:
        return after.phase.value
    return "raised" if before is not None and after.severity.rank > before.severity.rank else ""


def alert_to_json(alert: Alert) -> dict[str, Any]:
    """Turn an alert into plain JSON values."""
    finding, evidence = alert.finding, alert.finding.evidence
    return {
        "rule": alert.rule,
        "subject": alert.subject,
        "phase": alert.phase.value,
        "severity": alert.severity.value,
        "first_epoch": alert.first_epoch,
        "fired_epoch": alert.fired_epoch,
        "fired_time": alert.fired_time,
        "resolved_epoch": alert.resolved_epoch,
        "resolved_time": alert.resolved_time,
        "held": alert.held,
        "cleared": alert.cleared,
        "what": finding.what,
        "found_severity": finding.severity.value,
        "cause": finding.cause,
        "recommendations": list(finding.recommendations),
        "evidence": {
            "values": {name: _to_json(value) for name, value in evidence.values.items()},
            "threshold": evidence.threshold,
            "since": evidence.since,
            "metrics": list(evidence.metrics),
        },
    }


def alert_from_json(stored: Mapping[str, Any]) -> Alert:
    """Turn what `alert_to_json` made back into the alert."""
    evidence = stored["evidence"]
    values = {name: _from_json(value) for name, value in evidence["values"].items()}
    finding = Finding(
        severity=Severity(stored["found_severity"]),
        what=stored["what"],
        evidence=Evidence(values, evidence["threshold"], evidence["since"], tuple(evidence["metrics"])),
        cause=stored["cause"],
        recommendations=tuple(stored["recommendations"]),
        subject=stored["subject"],
    )
    own = ("first_epoch", "fired_epoch", "fired_time", "resolved_epoch", "resolved_time", "held", "cleared")
    return Alert(
        rule=stored["rule"],
        subject=stored["subject"],
        phase=Phase(stored["phase"]),
        severity=Severity(stored["severity"]),
        finding=finding,
        **{name: stored[name] for name in own},
    )


# JSON has no NaN: a non-finite number is an object, so that it cannot be mistaken for text.
def _to_json(value: float | str) -> Any:
    if isinstance(value, str) or value - value == 0:
        return value
    return {"float": repr(float(value))}


def _from_json(value: Any) -> float | str:
    if isinstance(value, Mapping):
        return float(value["float"])
    return value if isinstance(value, str) else float(value)
