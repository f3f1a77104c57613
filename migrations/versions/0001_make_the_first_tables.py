"""Make the first tables."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables to this revision."""
    _make_runs()
    _make_series()
    _make_points()
    _make_chunks()
    _make_samples()
    _make_feed()


def downgrade() -> None:
    """Take this revision back."""
    for table in (
        *("session", "command", "event", "sample", "orphan_image", "run_image", "image"),
        *("epoch_point", "chunk", "point", "series", "run_writer", "run"),
    ):
        op.drop_table(table)


def _make_runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hue", sa.SmallInteger(), nullable=False),
        *_integers("created_ms", "last_seen_ms"),
        *_integers("last_point_ms", "ended_ms", nullable=True),
        sa.Column("heartbeat_seconds", sa.Double(), nullable=False),
        *_integers("planned_epochs", "epoch", nullable=True),
        *_integers("epochs_done"),
        *_floats("epoch_seconds"),
        *_integers("step", nullable=True),
        *_floats("learning_rate"),
        sa.Column("learning_rate_flag", sa.SmallInteger(), nullable=False),
        *_integers("parameters", nullable=True),
        *_integers("dropped"),
        *_texts("tags", "note"),
        *_texts("tracked", "end_reason", "end_actor", nullable=True),
        sa.Column("must_seal", sa.Boolean(), nullable=False),
        *_texts("declared", "config", "environment"),
        *_texts("end_traceback", "end_summary", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_created_ms", "run", ["created_ms"])
    op.create_index("ix_run_hue", "run", ["hue"])
    op.create_index("ix_run_project_created_ms", "run", ["project", "created_ms"])
    _make_partial_index("ix_run_must_seal", "run", "must_seal", "must_seal")
    op.create_table(
        "run_writer",
        *_texts("run_id", "writer"),
        *_integers("next_number", "updated_ms"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_writer_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "writer", name="pk_run_writer"),
    )


def _make_series() -> None:
    op.create_table(
        "series",
        sa.Column("id", _ID, nullable=False),
        *_texts("run_id", nullable=True),
        *_texts("metric"),
        *_integers("time_base_ms", "n", "hot_n", "nonfinite"),
        *_integers("last_step", "last_epoch", "last_time_ms", nullable=True),
        *_floats("last_value"),
        sa.Column("last_flag", sa.SmallInteger(), nullable=False),
        *_floats("min_value"),
        *_integers("min_step", nullable=True),
        *_floats("max_value"),
        *_integers("max_step", nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_series_run_id_run", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("run_id", "metric", name="uq_series_run_id_metric"),
    )
    _make_partial_index("ix_series_hot_n", "series", "hot_n", "hot_n >= 1024")
    _make_partial_index("ix_series_id", "series", "id", "run_id IS NULL")


def _make_points() -> None:
    op.create_table(
        "point",
        *_integers("series_id", "step", "epoch", "time_ms"),
        *_floats("value"),
        sa.Column("flag", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "step", name="pk_point"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        # Its rows live for a thousand steps: clean up after them by their number, not by a share of the table.
        op.execute("ALTER TABLE point SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)")
    op.create_table(
        "epoch_point",
        *_integers("series_id", "epoch"),
        *_floats("value"),
        sa.Column("flag", sa.SmallInteger(), nullable=False),
        *_integers("n"),
        *_floats("std", "min_value", "max_value"),
        *_integers("nonfinite", "step", "time_ms"),
        _series_key("epoch_point"),
        sa.PrimaryKeyConstraint("series_id", "epoch", name="pk_epoch_point"),
        sqlite_with_rowid=False,
    )


def _make_chunks() -> None:
    op.create_table(
        "chunk",
        *_integers("series_id", "first_step", "last_step", "n", "nonfinite"),
        *_floats("min_value"),
        *_integers("min_step", "min_epoch", "min_time_ms", nullable=True),
        *_floats("max_value"),
        *_integers("max_step", "max_epoch", "max_time_ms", nullable=True),
        *_floats("sum_value", "first_value", "last_value"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _series_key("chunk"),
        sa.PrimaryKeyConstraint("series_id", "first_step", name="pk_chunk"),
    )
    _store_as_it_is("chunk")


def _make_samples() -> None:
    op.create_table(
        "image",
        *_texts("sha256", "media_type"),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_image"),
    )
    _store_as_it_is("image")
    op.create_table(
        "run_image",
        *_texts("run_id", "key", "sha256"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_image_run_id_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["image.sha256"], name="fk_run_image_sha256_image"),
        sa.PrimaryKeyConstraint("run_id", "key", name="pk_run_image"),
    )
    op.create_index("ix_run_image_sha256", "run_image", ["sha256"])
    op.create_table("orphan_image", *_texts("sha256"), sa.PrimaryKeyConstraint("sha256", name="pk_orphan_image"))
    op.create_table(
        "sample",
        sa.Column("id", _ID, nullable=False),
        *_texts("run_id", "split"),
        *_integers("epoch"),
        *_texts("name"),
        *_integers("step", "time_ms"),
        *_texts("sha256", nullable=True),
        *_texts("shown", "caption", "extra"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_sample_run_id_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["image.sha256"], name="fk_sample_sha256_image"),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
        sa.UniqueConstraint("run_id", "split", "epoch", "name", name="uq_sample_run_id_split_epoch_name"),
    )
    op.create_index("ix_sample_sha256", "sample", ["sha256"])


def _make_feed() -> None:
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False),
        *_texts("run_id", "type"),
        *_integers("epoch", "step", nullable=True),
        *_integers("time_ms"),
        *_texts("data"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_event_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_run_id_id", "event", ["run_id", "id"])
    op.create_index("ix_event_run_id_type_id", "event", ["run_id", "type", "id"])
    op.create_table(
        "command",
        sa.Column("id", _ID, nullable=False),
        *_texts("run_id", "type", "reason", "actor"),
        *_integers("asked_ms"),
        *_integers("seen_ms", "done_ms", nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_command_run_id_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_command"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_command_run_id_id", "command", ["run_id", "id"])
    op.create_table(
        "session",
        *_texts("hash"),
        *_integers("created_ms"),
        sa.PrimaryKeyConstraint("hash", name="pk_session"),
    )


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable, autoincrement=False) for name in names]


def _floats(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _series_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["series_id"], ["series.id"], name=f"fk_{table}_series_id_series", ondelete="CASCADE"
    )


def _make_partial_index(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def _store_as_it_is(table: str) -> None:
    """Keep PostgreSQL from compressing what is compressed already."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")
