"""Alerts that fired: kept while their run is, each with its transitions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, update

from epochwatch_server.domain.alert import HealthSummary, StoredAlert, StoredTransition
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text, from_json, to_json
from epochwatch_server.store.run_lock import hold_run
from epochwatch_server.store.statement import Statement, portions, question_marks

_COLUMNS = (
    "alert.id, run_id, project, name, rule, subject, phase, severity, first_epoch, fired_epoch, fired_ms, "
    "resolved_epoch, resolved_ms, finding, acknowledged_ms, acknowledged_by, seen_ms, "
    "run.origin IS NOT NULL, run.epoch IS NULL AND run.epochs_done = 0 AND fired_epoch >= 0"
)
_GET = Statement("SELECT {columns} FROM alert JOIN run ON run.id = alert.run_id WHERE alert.id = ?", columns=_COLUMNS)
_LIST = (
    "SELECT {columns} FROM alert JOIN run ON run.id = alert.run_id {where} "
    "ORDER BY fired_ms DESC, alert.id DESC LIMIT ?"
)
_KNOWN = Statement(
    "SELECT alert.id, phase, fired_epoch, fired_ms, resolved_ms FROM run "
    "LEFT JOIN alert ON alert.run_id = run.id AND rule = ? AND subject = ? WHERE run.id = ?"
)
# An alert that is gone, because its run was deleted, is taken to have fired when the last one before it did.
_BEFORE = (
    "(fired_ms, alert.id) < (COALESCE((SELECT fired_ms FROM alert WHERE id = ?), "
    "(SELECT max(fired_ms) FROM alert WHERE id < ?)), ?)"
)
_ACKNOWLEDGE = (
    "UPDATE alert SET acknowledged_ms = ?, acknowledged_by = ?, seen_ms = COALESCE(seen_ms, ?) "
    "WHERE acknowledged_ms IS NULL AND id IN ({ids})"
)
_UNACKNOWLEDGE = "UPDATE alert SET acknowledged_ms = NULL, acknowledged_by = NULL WHERE id IN ({ids})"
_SEEN = "UPDATE alert SET seen_ms = ? WHERE seen_ms IS NULL AND id IN ({ids})"

_TRANSITION_COLUMNS = (
    "transition.id, alert_id, transition.run_id, kind, transition.severity, epoch, time_ms, what, rule, subject"
)
_TRANSITIONS = (
    "SELECT {columns} FROM transition JOIN alert ON alert.id = alert_id "
    "WHERE transition.id > ? {of_run} ORDER BY transition.id LIMIT ?"
)
_GET_TRANSITION = Statement(
    "SELECT {columns} FROM transition JOIN alert ON alert.id = alert_id WHERE transition.id = ?",
    columns=_TRANSITION_COLUMNS,
)
# Answered by an index alone, but for the projects of the runs.
_SUMMARIES = (
    "SELECT run_id, phase, severity, seen_ms IS NULL, count(*) FROM alert WHERE run_id IN ({ids}) "
    "AND (phase = 'firing' OR seen_ms IS NULL) AND NOT EXISTS ("
    "SELECT 1 FROM mute JOIN run ON run.project = mute.project WHERE run.id = alert.run_id AND mute.rule = alert.rule "
    "AND (mute.run_id IS NULL OR mute.run_id = alert.run_id) "
    "AND (mute.subject IS NULL OR mute.subject = alert.subject)"
    ") GROUP BY run_id, phase, severity, seen_ms IS NULL"
)
_SEVERITIES = ("info", "warning", "critical")


def put_alert(connection: Connection, run_id: str, alert: Mapping[str, Any], now_ms: int) -> StoredAlert:
    """Keep an alert of a run as it is now; one that fires again keeps its row, but is unread and open again.

    Args:
        alert: what `alert_to_json` made of an alert that fires or was resolved; pending ones belong to the health.
        now_ms: when it fired or was resolved, if it just did.

    Raises:
        NotFound: There is no such run.
        ValueError: The alert never fired.
    """
    if alert["fired_epoch"] is None:
        raise ValueError(f"the alert {alert['rule']} is {alert['phase']}: only one that fired is kept")
    hold_run(connection, run_id)
    known = _KNOWN.row(connection, alert["rule"], alert["subject"], run_id)
    if known is None:
        raise NotFound(f"There is no run {run_id}: it may have been deleted.")
    id_, phase, fired_epoch, fired_ms, resolved_ms = known
    columns = _columns(alert)
    is_resolved = alert["phase"] == "resolved"
    if id_ is None or (phase == "resolved" and not is_resolved) or fired_epoch != alert["fired_epoch"]:
        columns |= {"fired_ms": now_ms, "acknowledged_ms": None, "acknowledged_by": None, "seen_ms": None}
        resolved_ms = None
    else:
        columns["fired_ms"] = fired_ms
    columns["resolved_ms"] = (now_ms if resolved_ms is None else resolved_ms) if is_resolved else None
    return _store(connection, id_, columns | {"run_id": clean_text(run_id)})


def get_alert(connection: Connection, id: int) -> StoredAlert | None:
    """Read an alert."""
    row = _GET.row(connection, id)
    return None if row is None else _to_alert(row)


def list_alerts(  # noqa: PLR0913 - one argument for each thing to ask for
    connection: Connection,
    *,
    run_id: str | None = None,
    project: str | None = None,
    rule: str | None = None,
    severity: str | None = None,
    phase: str | None = None,
    acknowledged: bool | None = None,
    ids: Sequence[int] | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> list[StoredAlert]:
    """List alerts, the last fired first: those that have all that is asked for.

    Args:
        ids: of these alerts only; at most as many as one statement takes.
        before_id: the last alert of the page before. One that fires again moves to the front, so that a later page
            may repeat an alert, and never leaves one out.
    """
    wanted = {"alert.run_id": run_id, "project": project, "rule": rule, "severity": severity, "phase": phase}
    conditions = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    parameters: list[Any] = [value for value in wanted.values() if value is not None]
    if acknowledged is not None:
        conditions.append(f"acknowledged_ms IS {'NOT ' if acknowledged else ''}NULL")
    if ids is not None:
        conditions.append(f"alert.id IN ({question_marks(ids)})" if ids else "1 = 0")
        parameters += ids
    if before_id is not None:
        conditions.append(_BEFORE)
        parameters += [before_id] * 3
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = Statement(_LIST, columns=_COLUMNS, where=where)
    return [_to_alert(row) for row in statement.rows(connection, *parameters, limit)]


def acknowledge(connection: Connection, ids: Sequence[int], actor: str, now_ms: int) -> None:
    """Note who has taken alerts on; who did so first stays. What is acknowledged has been seen."""
    for some in portions(ids):
        Statement(_ACKNOWLEDGE, ids=question_marks(some)).run(connection, now_ms, actor, now_ms, *some)


def unacknowledge(connection: Connection, ids: Sequence[int]) -> None:
    """Open alerts again."""
    for some in portions(ids):
        Statement(_UNACKNOWLEDGE, ids=question_marks(some)).run(connection, *some)


def mark_seen(connection: Connection, ids: Sequence[int], now_ms: int) -> None:
    """Note that somebody looked at alerts; the first time counts."""
    for some in portions(ids):
        Statement(_SEEN, ids=question_marks(some)).run(connection, now_ms, *some)


def health_summaries(connection: Connection, run_ids: Sequence[str]) -> dict[str, HealthSummary]:
    """Sum up the alerts of many runs by one statement; a run that has nothing to tell is left out."""
    found: dict[str, HealthSummary] = {}
    for ids in portions(run_ids):
        for run_id, *counted in Statement(_SUMMARIES, ids=question_marks(ids)).rows(connection, *ids):
            found[run_id] = _counted(found.get(run_id, HealthSummary()), *counted)
    return found


def add_transition(
    connection: Connection,
    alert_id: int,
    run_id: str,
    kind: str,
    severity: str,
    epoch: int,
    time_ms: int,
    what: str,
) -> StoredTransition:
    """Keep a change of an alert: `firing`, `raised` or `resolved`."""
    told = {"kind": clean_text(kind), "severity": clean_text(severity), "what": clean_text(what)}
    values = {"alert_id": alert_id, "run_id": clean_text(run_id), "epoch": epoch, "time_ms": time_ms, **told}
    made: Any = connection.execute(insert(tables.transition).values(values)).inserted_primary_key
    return StoredTransition(*_GET_TRANSITION.rows(connection, made[0])[0])


def list_transitions(
    connection: Connection, *, run_id: str | None = None, after_id: int | None = None, limit: int = 1_000
) -> list[StoredTransition]:
    """List transitions, oldest first: those after an id when one is given."""
    statement = Statement(
        _TRANSITIONS, columns=_TRANSITION_COLUMNS, of_run="" if run_id is None else "AND transition.run_id = ?"
    )
    parameters = [0 if after_id is None else after_id, *([] if run_id is None else [run_id]), limit]
    return [StoredTransition(*row) for row in statement.rows(connection, *parameters)]


def _counted(summary: HealthSummary, phase: str, severity: str, is_unread: bool, n: int) -> HealthSummary:
    is_firing = phase == "firing"
    worst = max(summary.worst, severity, key=_rank) if is_firing else summary.worst
    return HealthSummary(worst, summary.firing + n * is_firing, summary.unread + n * bool(is_unread))


def _rank(severity: str | None) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else -1


def _columns(alert: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: clean_text(alert[name]) for name in ("rule", "subject", "phase", "severity")}
    epochs = {name: alert[name] for name in ("first_epoch", "fired_epoch", "resolved_epoch")}
    return {**texts, **epochs, "finding": to_json(alert)}


def _store(connection: Connection, id: int | None, columns: Mapping[str, Any]) -> StoredAlert:
    if id is None:
        made: Any = connection.execute(insert(tables.alert).values(columns)).inserted_primary_key
        id = made[0]
    else:
        connection.execute(update(tables.alert).where(tables.alert.c.id == id).values(columns))
    return _to_alert(_GET.rows(connection, id)[0])


def _to_alert(row: Sequence[Any]) -> StoredAlert:
    *told, finding, acknowledged_ms, acknowledged_by, seen_ms, is_imported, counts_steps = row
    told += [from_json(finding), acknowledged_ms, acknowledged_by, seen_ms, bool(is_imported), bool(counts_steps)]
    return StoredAlert(*told)
