"""Keep where the rules stand with a run, alerts, what a project settles about rules, and notifications."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables to this revision."""
    _make_alerts()
    _make_settings()
    _make_mutes()
    _make_notifiers()


def downgrade() -> None:
    """Take this revision back."""
    for table in (
        *("delivery", "notification", "notifier", "role_correction", "mute", "own_rule", "rule_setting"),
        *("transition", "alert", "health"),
    ):
        op.drop_table(table)


def _make_alerts() -> None:
    op.create_table(
        "health",
        *_texts("run_id", "state"),
        *_booleans("paused"),
        *_integers("updated_ms", "version"),
        _run_key("health"),
        sa.PrimaryKeyConstraint("run_id", name="pk_health"),
    )
    op.create_table(
        "alert",
        sa.Column("id", _ID, nullable=False),
        *_texts("run_id", "rule", "subject", "phase", "severity"),
        *_integers("first_epoch", "fired_epoch", "fired_ms"),
        *_integers("resolved_epoch", "resolved_ms", "acknowledged_ms", nullable=True),
        *_texts("acknowledged_by", nullable=True),
        *_integers("seen_ms", nullable=True),
        *_texts("finding"),
        _run_key("alert"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("run_id", "rule", "subject", name="uq_alert_run_id_rule_subject"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_fired_ms_id", "alert", ["fired_ms", "id"])
    covered = ["run_id", "phase", "seen_ms", "severity", "rule", "subject"]
    op.create_index("ix_alert_run_id_phase_seen_ms", "alert", covered)
    op.create_table(
        "transition",
        sa.Column("id", _ID, nullable=False),
        *_integers("alert_id"),
        *_texts("run_id", "kind", "severity"),
        *_integers("epoch", "time_ms"),
        *_texts("what"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_transition_alert_id_alert", ondelete="CASCADE"),
        _run_key("transition"),
        sa.PrimaryKeyConstraint("id", name="pk_transition"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transition_alert_id", "transition", ["alert_id"])
    op.create_index("ix_transition_run_id_id", "transition", ["run_id", "id"])


def _make_settings() -> None:
    op.create_table(
        "rule_setting",
        *_texts("project", "rule"),
        *_booleans("is_on"),
        *_texts("thresholds"),
        *_texts("severity", nullable=True),
        *_booleans("stops"),
        *_integers("updated_ms"),
        sa.PrimaryKeyConstraint("project", "rule", name="pk_rule_setting"),
    )
    op.create_table(
        "own_rule",
        *_texts("project", "id", "title", "metric", "comparison"),
        sa.Column("value", sa.Double(), nullable=False),
        *_integers("epochs"),
        *_texts("severity"),
        *_booleans("is_on"),
        *_integers("created_ms"),
        sa.PrimaryKeyConstraint("project", "id", name="pk_own_rule"),
    )
    op.create_table(
        "role_correction",
        *_texts("project", "metric", "role"),
        sa.PrimaryKeyConstraint("project", "metric", name="pk_role_correction"),
    )


def _make_mutes() -> None:
    op.create_table(
        "mute",
        sa.Column("id", _ID, nullable=False),
        *_texts("project"),
        *_texts("run_id", nullable=True),
        *_texts("rule"),
        *_texts("subject", nullable=True),
        *_integers("muted_ms"),
        *_texts("muted_by"),
        _run_key("mute"),
        sa.PrimaryKeyConstraint("id", name="pk_mute"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mute_run_id", "mute", ["run_id"])
    op.create_index("ix_mute_project_rule", "mute", ["project", "rule"])


def _make_notifiers() -> None:
    op.create_table(
        "notifier",
        sa.Column("id", _ID, nullable=False),
        *_texts("name", "kind", "url", "severity", "projects"),
        *_booleans("is_on"),
        *_texts("quiet_from", "quiet_until", nullable=True),
        *_texts("timezone"),
        *_booleans("quiet_holds_critical"),
        *_integers("cool_down_seconds"),
        *_booleans("sends_resolved"),
        *_integers("created_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_notifier"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notification",
        *_texts("id"),
        *_integers("notifier_id"),
        *_texts("run_id", nullable=True),
        *_texts("transition_ids", "title", "body", "state"),
        *_integers("attempts", "due_ms"),
        *_integers("sent_ms", nullable=True),
        *_texts("answer"),
        *_integers("created_ms"),
        sa.ForeignKeyConstraint(
            ["notifier_id"], ["notifier.id"], name="fk_notification_notifier_id_notifier", ondelete="CASCADE"
        ),
        _run_key("notification"),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )
    op.create_index("ix_notification_run_id", "notification", ["run_id"])
    op.create_index("ix_notification_notifier_id_created_ms", "notification", ["notifier_id", "created_ms"])
    op.create_index("ix_notification_state_due_ms", "notification", ["state", "due_ms"])
    op.create_table(
        "delivery",
        *_integers("id", "transition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable, autoincrement=False) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _booleans(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _run_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=f"fk_{table}_run_id_run", ondelete="CASCADE")
