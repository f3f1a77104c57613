"""The tables of health: where rules stand, alerts, what users settle about rules, and notifications."""

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Table, Text, UniqueConstraint

from epochwatch_server.store.table_parts import Id, integers, metadata, of_run, text_key, texts

health = Table(
    "health",
    metadata,
    of_run(primary_key=True),
    *texts("state"),
    Column("paused", Boolean, nullable=False),
    *integers("updated_ms", "version"),
)

# An alert that fires again keeps its row; `finding` is a document and stands last.
alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    of_run(),
    *texts("rule", "subject", "phase", "severity"),
    *integers("first_epoch", "fired_epoch", "fired_ms"),
    *integers("resolved_epoch", "resolved_ms", "acknowledged_ms", nullable=True),
    *texts("acknowledged_by", nullable=True),
    *integers("seen_ms", nullable=True),
    *texts("finding"),
    UniqueConstraint("run_id", "rule", "subject"),
    Index("ix_alert_fired_ms_id", "fired_ms", "id"),
    # All that a list of runs says about their health, without touching the rows.
    Index("ix_alert_run_id_phase_seen_ms", "run_id", "phase", "seen_ms", "severity", "rule", "subject"),
    sqlite_autoincrement=True,
)

transition = Table(
    "transition",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert_id", BigInteger, ForeignKey("alert.id", ondelete="CASCADE"), nullable=False, index=True),
    of_run(),
    *texts("kind", "severity"),
    *integers("epoch", "time_ms"),
    *texts("what"),
    Index("ix_transition_run_id_id", "run_id", "id"),
    sqlite_autoincrement=True,
)

# Settled for a project, which is no more than a name: it may be said before its first run and stays after its last.
rule_setting = Table(
    "rule_setting",
    metadata,
    *text_key("project", "rule"),
    Column("is_on", Boolean, nullable=False),
    *texts("thresholds"),
    *texts("severity", nullable=True),
    Column("stops", Boolean, nullable=False),
    *integers("updated_ms"),
)

own_rule = Table(
    "own_rule",
    metadata,
    *text_key("project", "id"),
    *texts("title", "metric", "comparison"),
    Column("value", Double, nullable=False),
    *integers("epochs"),
    *texts("severity"),
    Column("is_on", Boolean, nullable=False),
    *integers("created_ms"),
)

mute = Table(
    "mute",
    metadata,
    Column("id", Id, primary_key=True),
    *texts("project"),
    Column("run_id", Text, ForeignKey("run.id", ondelete="CASCADE"), index=True),  # null: all runs of the project
    *texts("rule"),
    *texts("subject", nullable=True),
    *integers("muted_ms"),
    *texts("muted_by"),
    Index("ix_mute_project_rule", "project", "rule"),
    sqlite_autoincrement=True,
)

role_correction = Table("role_correction", metadata, *text_key("project", "metric"), *texts("role"))

notifier = Table(
    "notifier",
    metadata,
    Column("id", Id, primary_key=True),
    *texts("name", "kind", "url", "severity", "projects"),
    Column("is_on", Boolean, nullable=False),
    *texts("quiet_from", "quiet_until", nullable=True),
    *texts("timezone"),
    Column("quiet_holds_critical", Boolean, nullable=False),
    *integers("cool_down_seconds"),
    Column("sends_resolved", Boolean, nullable=False),
    *integers("created_ms"),
    sqlite_autoincrement=True,
)

notification = Table(
    "notification",
    metadata,
    *text_key("id"),
    Column("notifier_id", BigInteger, ForeignKey("notifier.id", ondelete="CASCADE"), nullable=False),
    Column("run_id", Text, ForeignKey("run.id", ondelete="CASCADE"), index=True),
    *texts("transition_ids", "title", "body", "state"),
    *integers("attempts", "due_ms"),
    *integers("sent_ms", nullable=True),
    *texts("answer"),
    *integers("created_ms"),
    Index("ix_notification_notifier_id_created_ms", "notifier_id", "created_ms"),
    Index("ix_notification_state_due_ms", "state", "due_ms"),
)

# One row, its id 1: the last transition that became notifications.
delivery = Table(
    "delivery",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    *integers("transition_id"),
)
