"""What a project settles about rules: switches and thresholds, rules of its own, silence, and roles put right."""

from typing import Any

from sqlalchemy import Connection, insert

from epochwatch_server.domain.alert import Mute, OwnRule, RuleSetting
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text, from_json, to_json
from epochwatch_server.store.statement import Statement

_SETTINGS = Statement(
    "SELECT project, rule, is_on, thresholds, severity, stops FROM rule_setting WHERE project = ? ORDER BY rule"
)
_PUT_SETTING = Statement(
    "INSERT INTO rule_setting (project, rule, is_on, thresholds, severity, stops, updated_ms) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, rule) DO UPDATE SET is_on = excluded.is_on, "
    "thresholds = excluded.thresholds, severity = excluded.severity, stops = excluded.stops, "
    "updated_ms = excluded.updated_ms"
)
_DELETE_SETTING = Statement("DELETE FROM rule_setting WHERE project = ? AND rule = ?")
_OWN_RULES = Statement(
    "SELECT id, project, title, metric, comparison, value, epochs, severity, is_on FROM own_rule WHERE project = ? "
    "ORDER BY created_ms, id"
)
_PUT_OWN_RULE = Statement(
    "INSERT INTO own_rule (id, project, title, metric, comparison, value, epochs, severity, is_on, created_ms) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, id) DO UPDATE SET title = excluded.title, "
    "metric = excluded.metric, comparison = excluded.comparison, value = excluded.value, epochs = excluded.epochs, "
    "severity = excluded.severity, is_on = excluded.is_on"
)
_DELETE_OWN_RULE = Statement("DELETE FROM own_rule WHERE project = ? AND id = ?")
_MUTES = Statement(
    "SELECT id, project, run_id, rule, subject, muted_ms, muted_by FROM mute WHERE project = ? ORDER BY id"
)
_GET_MUTE = Statement("SELECT id, project, run_id, rule, subject, muted_ms, muted_by FROM mute WHERE id = ?")
_DELETE_MUTE = Statement("DELETE FROM mute WHERE id = ?")
_CORRECTIONS = Statement("SELECT metric, role FROM role_correction WHERE project = ? ORDER BY metric")
_CORRECT = Statement(
    "INSERT INTO role_correction (project, metric, role) VALUES (?, ?, ?) "
    "ON CONFLICT (project, metric) DO UPDATE SET role = excluded.role"
)
_DELETE_CORRECTION = Statement("DELETE FROM role_correction WHERE project = ? AND metric = ?")


def rule_settings(connection: Connection, project: str) -> dict[str, RuleSetting]:
    """Read by rule what a project wants of it; rules left as they are do not occur."""
    return {
        rule: RuleSetting(name, rule, bool(is_on), from_json(thresholds), severity, bool(stops))
        for name, rule, is_on, thresholds, severity, stops in _SETTINGS.rows(connection, project)
    }


def put_rule_setting(connection: Connection, setting: RuleSetting, now_ms: int) -> None:
    """Keep what a project wants of a rule, in place of what it wanted before."""
    _PUT_SETTING.run(
        connection,
        setting.project,
        setting.rule,
        setting.is_on,
        to_json(setting.thresholds),
        setting.severity,
        setting.stops,
        now_ms,
    )


def delete_rule_setting(connection: Connection, project: str, rule: str) -> bool:
    """Let a rule be as it is by itself; False when it was."""
    return _DELETE_SETTING.run(connection, project, rule) > 0


def own_rules(connection: Connection, project: str) -> list[OwnRule]:
    """List the rules that a project made itself, oldest first."""
    rows = [[*told, bool(is_on)] for *told, is_on in _OWN_RULES.rows(connection, project)]
    return [OwnRule(*row) for row in rows]


def put_own_rule(connection: Connection, rule: OwnRule, now_ms: int) -> None:
    """Keep a rule of a project's own, in place of the one with its id."""
    told = (rule.title, rule.metric, rule.comparison, rule.value, rule.epochs, rule.severity, rule.is_on)
    _PUT_OWN_RULE.run(connection, rule.id, rule.project, *told, now_ms)


def delete_own_rule(connection: Connection, project: str, id: str) -> bool:
    """Forget a rule of a project's own; False when there was none."""
    return _DELETE_OWN_RULE.run(connection, project, id) > 0


def mutes(connection: Connection, project: str) -> list[Mute]:
    """List what is kept quiet in a project, oldest first."""
    return [Mute(*row) for row in _MUTES.rows(connection, project)]


def add_mute(
    connection: Connection,
    project: str,
    rule: str,
    *,
    run_id: str | None = None,
    subject: str | None = None,
    actor: str,
    now_ms: int,
) -> Mute:
    """Keep a rule quiet; saying so again returns the first mute.

    Args:
        run_id: this run only; None for every run of the project.
        subject: about this only; None for whatever it is about.
    """
    texts = {"project": project, "run_id": run_id, "rule": rule, "subject": subject, "muted_by": actor}
    values = {name: None if text is None else clean_text(text) for name, text in texts.items()}
    for mute in mutes(connection, project):
        if (mute.run_id, mute.rule, mute.subject) == (values["run_id"], values["rule"], values["subject"]):
            return mute
    made: Any = connection.execute(insert(tables.mute).values(**values, muted_ms=now_ms)).inserted_primary_key
    return next(mute for mute in mutes(connection, project) if mute.id == made[0])


def get_mute(connection: Connection, id: int) -> Mute | None:
    """Read a mute."""
    row = _GET_MUTE.row(connection, id)
    return None if row is None else Mute(*row)


def delete_mute(connection: Connection, id: int) -> bool:
    """Let a rule speak again; False when there was no such mute."""
    return _DELETE_MUTE.run(connection, id) > 0


def role_corrections(connection: Connection, project: str) -> dict[str, str]:
    """Read by metric the roles that somebody put right."""
    return dict(tuple(row) for row in _CORRECTIONS.rows(connection, project))


def put_role_correction(connection: Connection, project: str, metric: str, role: str | None) -> None:
    """Say what role a metric has; None lets its name say so again."""
    if role is None:
        _DELETE_CORRECTION.run(connection, project, metric)
    else:
        _CORRECT.run(connection, project, metric, role)
