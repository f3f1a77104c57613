"""The JSON of health that viewers get: alerts, one chip a rule, a run's health; made from what the store keeps."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.domain.alert import HealthSummary, Mute, StoredAlert
from epochwatch_server.live.messages import Message

_SEVERITIES = ("info", "warning", "critical")
_NOT_ASKED = "it was not asked yet"
_AT_THE_END = "it is asked when the run ends"


@dataclass(frozen=True, slots=True)
class RuleLabel:
    """What viewers are told of a rule. why: why it matters. problem: why it cannot be asked, or not as it was set."""

    id: str
    title: str
    why: str = ""
    is_on: bool = True
    is_usable: bool = True
    is_for_the_end: bool = False
    problem: str | None = None


class EvidenceJson(Message):
    """What made an alert true: numbers by name, the limit they crossed, and the metrics to draw."""

    values: dict[str, float | str]
    threshold: str
    metrics: list[str]


class AlertJson(Message):
    """An alert that fired, or that would have fired in an imported run.

    since: the epoch at which the trouble began, as far as the rule could tell.
    unit: what its epochs are: epoch, or step in a run that knows no epochs.
    """

    id: int
    run: str
    run_name: str
    project: str
    rule: str
    title: str
    subject: str
    phase: str
    severity: str
    first_epoch: int
    fired_epoch: int
    fired_ms: int
    resolved_epoch: int | None
    resolved_ms: int | None
    unit: str
    what: str
    since: int | None
    evidence: EvidenceJson
    cause: str
    why: str
    recommendations: list[str]
    acknowledged_ms: int | None
    acknowledged_by: str | None
    seen_ms: int | None
    muted: str | None
    mute_id: int | None
    imported: bool
    url: str


class ChipJson(Message):
    """Where one rule stands. state: ok, pending, firing, resolved, not_checked, inhibited, failed, off or muted."""

    rule: str
    title: str
    state: str
    severity: str | None
    reason: str
    alert_id: int | None


class HealthJson(Message):
    """A run's health as a whole; muted alerts do not count in its numbers."""

    run: str
    paused: bool
    worst: str | None
    firing: int
    unread: int
    chips: list[ChipJson]
    alerts: list[AlertJson]


def alert_json(alert: StoredAlert, label: RuleLabel | None = None, mute: Mute | None = None) -> AlertJson:
    """Turn an alert into JSON.

    Args:
        label: Of its rule; None when the rule is gone.
        mute: What keeps it quiet.
    """
    finding = alert.finding
    evidence = finding.get("evidence") or {}
    return AlertJson(
        id=alert.id,
        run=alert.run_id,
        run_name=alert.run_name,
        project=alert.project,
        rule=alert.rule,
        title=label.title if label else alert.rule,
        subject=alert.subject,
        phase=alert.phase,
        severity=alert.severity,
        first_epoch=alert.first_epoch,
        fired_epoch=alert.fired_epoch,
        fired_ms=alert.fired_ms,
        resolved_epoch=alert.resolved_epoch,
        resolved_ms=alert.resolved_ms,
        unit=alert.unit,
        what=str(finding.get("what", "")),
        since=evidence.get("since"),
        evidence=EvidenceJson(
            values={name: _value(value) for name, value in (evidence.get("values") or {}).items()},
            threshold=str(evidence.get("threshold", "")),
            metrics=list(evidence.get("metrics") or ()),
        ),
        cause=str(finding.get("cause", "")),
        why=label.why if label else "",
        recommendations=list(finding.get("recommendations") or ()),
        acknowledged_ms=alert.acknowledged_ms,
        acknowledged_by=alert.acknowledged_by,
        seen_ms=alert.seen_ms,
        muted=None if mute is None else "project" if mute.run_id is None else "run",
        mute_id=None if mute is None else mute.id,
        imported=alert.is_imported,
        url=f"/runs/{alert.run_id}?alert={alert.id}",
    )


def mute_of(alert: StoredAlert, mutes: Iterable[Mute]) -> Mute | None:
    """Find what keeps an alert quiet: what is said of its run before what is said of its project."""
    covering = [mute for mute in mutes if mute.covers(alert)]
    return min(covering, key=lambda mute: (mute.run_id is None, mute.id), default=None)


def chips(
    state: Mapping[str, Any] | None, labels: Sequence[RuleLabel], alerts: Sequence[StoredAlert], mutes: Sequence[Mute]
) -> list[ChipJson]:
    """Say of each rule where it stands, in the order of the rules.

    Args:
        state: As the engine wrote it; None before the first evaluation.
        alerts: The run's.
    """
    known = state or {}
    verdicts = known.get("verdicts", {})
    pending: dict[str, Mapping[str, Any]] = {
        alert["rule"]: alert for alert in known.get("alerts", ()) if alert["phase"] == "pending"
    }
    return [_chip(label, verdicts.get(label.id), pending.get(label.id), alerts, mutes) for label in labels]


def health_json(
    run_id: str, *, is_paused: bool, summary: HealthSummary, chips: list[ChipJson], alerts: list[AlertJson]
) -> HealthJson:
    """Put a run's health together."""
    return HealthJson(
        run=run_id,
        paused=is_paused,
        worst=summary.worst,
        firing=summary.firing,
        unread=summary.unread,
        chips=chips,
        alerts=alerts,
    )


def _chip(
    label: RuleLabel,
    verdict: Sequence[str] | None,
    pending: Mapping[str, Any] | None,
    alerts: Sequence[StoredAlert],
    mutes: Sequence[Mute],
) -> ChipJson:
    own = [alert for alert in alerts if alert.rule == label.id]
    if not label.is_usable:
        return _say(label, "failed", label.problem or "")
    if not label.is_on:
        return _say(label, "off", "it is switched off for this project")
    firing = sorted((alert for alert in own if alert.is_firing), key=_rank, reverse=True)
    if firing:
        loud = [alert for alert in firing if mute_of(alert, mutes) is None]
        return _tell(label, "firing", loud[0]) if loud else _tell(label, "muted", firing[0])
    return _quiet_chip(label, verdict, pending, own)


def _quiet_chip(
    label: RuleLabel, verdict: Sequence[str] | None, pending: Mapping[str, Any] | None, own: Sequence[StoredAlert]
) -> ChipJson:
    told, reason = verdict or ("not_checked", _AT_THE_END if label.is_for_the_end else _NOT_ASKED)
    if told == "failed":
        return _say(label, "failed", reason)
    if pending is not None:
        return _say(label, "pending", pending["what"], pending["severity"])
    if told == "inhibited":
        return _say(label, "inhibited", reason)
    resolved = max(own, key=lambda alert: alert.fired_ms, default=None)
    if resolved is not None:
        return _tell(label, "resolved", resolved)
    return _say(label, "not_checked" if told == "not_checked" else "ok", reason)


def _say(label: RuleLabel, state: str, reason: str, severity: str | None = None) -> ChipJson:
    return ChipJson(rule=label.id, title=label.title, state=state, severity=severity, reason=reason, alert_id=None)


def _tell(label: RuleLabel, state: str, alert: StoredAlert) -> ChipJson:
    return ChipJson(
        rule=label.id,
        title=label.title,
        state=state,
        severity=alert.severity,
        reason=str(alert.finding.get("what", "")),
        alert_id=alert.id,
    )


def _rank(alert: StoredAlert) -> int:
    return _SEVERITIES.index(alert.severity) if alert.severity in _SEVERITIES else -1


def _value(value: Any) -> float | str:
    """Read a number of the evidence; what is none is kept as {"float": "nan"}."""
    if isinstance(value, Mapping):
        return float(value.get("float", math.nan))
    return value if isinstance(value, str) else float(value)
