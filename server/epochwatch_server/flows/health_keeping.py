"""Keeps what the rules came to: state, alerts, transitions, feed lines and a stop, all in one transaction or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from epochwatch_server.domain.alert import Mute, StoredAlert, StoredTransition
from epochwatch_server.domain.event import Command, RunEvent
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.ingest import command_line
from epochwatch_server.flows.live_run import Position
from epochwatch_server.flows.rule_book import Chapter
from epochwatch_server.health.engine import HealthState
from epochwatch_server.health.lifecycle import Transition, alert_to_json
from epochwatch_server.health.rule import Severity
from epochwatch_server.live.health_messages import mute_of
from epochwatch_server.store import alerts, commands, events, rule_settings
from epochwatch_server.store import health as health_store
from epochwatch_server.store.database import Connection
from epochwatch_server.store.run_lock import hold_run

TOLD = ("firing", "raised", "resolved")  # what is kept; a pending alert is part of the state
_MAX_REASON_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation came to. version, is_paused: of the stored health that it began with, version 0 for none."""

    run: Run
    state: HealthState
    position: Position
    transitions: Sequence[Transition]
    version: int
    is_paused: bool
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored. told: with each transition its alert as it is now, and what keeps it quiet."""

    version: int
    told: Sequence[tuple[StoredTransition, StoredAlert, Mute | None]] = ()
    feed: Sequence[RunEvent] = field(default_factory=tuple)
    stop: Command | None = None


def keep(connection: Connection, outcome: Outcome, chapter: Chapter, before: HealthState, now_ms: int) -> Kept | None:
    """Store an outcome. Runs in the writer's thread.

    Args:
        before: The state that the evaluation began with.
    Returns:
        None when somebody else changed the run's health meanwhile: another server, or a user who paused it.
    Raises:
        NotFound: The run was deleted.
    """
    run = outcome.run
    hold_run(connection, run.id)
    stored = health_store.get_health(connection, run.id)
    version, is_paused = (stored.version, stored.paused) if stored else (0, False)
    if (version, is_paused) != (outcome.version, outcome.is_paused):
        return None
    document = _document(outcome)
    health_store.put_health(connection, run.id, document, now_ms)
    changes = [change for change in outcome.transitions if change.kind in TOLD]
    _refresh(connection, run.id, outcome.state, before, {change.alert.key for change in changes}, now_ms)
    if not changes:
        return Kept(version + 1)
    mutes = rule_settings.mutes(connection, run.project)
    told = [_tell(connection, run, change, mutes, now_ms) for change in changes]
    lines = [
        _line(run, change, transition, chapter, now_ms) for change, (transition, *_) in zip(changes, told, strict=True)
    ]
    stop = _stop(connection, run, told, chapter, now_ms)
    if stop is not None:
        lines.append(command_line(run, stop, "asked", now_ms))
    return Kept(version + 1, told, events.append_events(connection, run.id, lines), stop)


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        **outcome.state.to_json(),
        "position": outcome.position.to_json(),
        health_store.SETTLED: outcome.is_settled,
    }


def position_of(document: Mapping[str, Any] | None) -> Position:
    """Read from a stored state how far the rules were asked."""
    return Position.from_json((document or {}).get("position", {}))


def _refresh(
    connection: Connection,
    run_id: str,
    state: HealthState,
    before: HealthState,
    told: set[tuple[str, str]],
    now_ms: int,
) -> None:
    """Keep the newest evidence of what goes on firing."""
    for alert in state.firing():
        known = before.alerts.get(alert.key)
        if alert.key not in told and known is not None and known.finding != alert.finding:
            alerts.put_alert(connection, run_id, alert_to_json(alert), now_ms)


def _tell(
    connection: Connection, run: Run, change: Transition, mutes: Iterable[Mute], now_ms: int
) -> tuple[StoredTransition, StoredAlert, Mute | None]:
    alert = change.alert
    stored = alerts.put_alert(connection, run.id, alert_to_json(alert), now_ms)
    if run.origin is not None:  # what would have fired long ago is no news that asks for somebody
        alerts.mark_seen(connection, [stored.id], now_ms)
        stored = replace(stored, seen_ms=now_ms)
    what = alert.finding.what
    transition = alerts.add_transition(
        connection, stored.id, run.id, change.kind, alert.severity.value, change.epoch, now_ms, what
    )
    return transition, stored, mute_of(stored, mutes)


def _line(run: Run, change: Transition, transition: StoredTransition, chapter: Chapter, now_ms: int) -> RunEvent:
    rule = change.alert.rule
    title = next((known.rule.title for known in chapter.rules if known.rule.id == rule), rule)
    data = {
        "alert": transition.alert_id,
        "rule": rule,
        "title": title,
        "severity": transition.severity,
        "kind": change.kind,
        "what": transition.what,
        "subject": transition.subject,
    }
    epoch = change.epoch if change.epoch >= 0 else None
    return RunEvent(0, run.id, "health", epoch, run.step, now_ms, data)


def _stop(
    connection: Connection,
    run: Run,
    told: Sequence[tuple[StoredTransition, StoredAlert, Mute | None]],
    chapter: Chapter,
    now_ms: int,
) -> Command | None:
    """Ask the run to stop, once, when a rule that may do so found something critical that nobody muted."""
    if run.state.is_over:
        return None
    for transition, _, mute in told:
        may = run.declared.stop_on_critical or transition.rule in chapter.stops
        is_critical = transition.kind != "resolved" and transition.severity == Severity.CRITICAL.value
        if may and is_critical and mute is None:
            pending = [each for each in commands.pending_commands(connection, run.id) if each.type == "stop"]
            if pending:
                return None
            reason = transition.what[:_MAX_REASON_CHARS]
            return commands.ask(connection, run.id, "stop", reason, f"rule {transition.rule}", now_ms)
    return None
