"""The tables, once for both engines; `migrations/` makes them, a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from epochwatch_server.store.health_tables import (
    alert,
    health,
    mute,
    notification,
    notifier,
    own_rule,
    role_correction,
    rule_setting,
    transition,
)
from epochwatch_server.store.table_parts import Id, integers, metadata, of_run, text_key, texts

__all__ = [
    "alert", "chunk", "command", "comparison_note", "epoch_point", "event", "health", "image", "metadata", "mute",
    "notification", "notifier", "orphan_image", "own_rule", "point", "role_correction", "rule_setting", "run",
    "run_image", "run_writer", "sample", "series", "session", "transition", "view",
]  # fmt: skip


def _of_series() -> Column[int]:
    return Column("series_id", BigInteger, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)


# The documents stand last: SQLite then lists runs without reading the pages that hold them.
run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("hue", SmallInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
    Column("last_point_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("heartbeat_seconds", Double, nullable=False),
    Column("planned_epochs", BigInteger),
    Column("epoch", BigInteger),
    Column("epochs_done", BigInteger, nullable=False),
    Column("epoch_seconds", Double),
    Column("step", BigInteger),
    Column("learning_rate", Double),
    Column("learning_rate_flag", SmallInteger, nullable=False),
    Column("parameters", BigInteger),
    Column("dropped", BigInteger, nullable=False),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("verdict", Text, nullable=False, server_default=text("''")),
    Column("origin", Text),
    Column("tracked", Text),
    Column("end_reason", Text),
    Column("end_actor", Text),
    Column("must_seal", Boolean, nullable=False),  # it ended, and points of it may still be hot rows
    Column("declared", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("end_traceback", Text),
    Column("end_summary", Text),
    Index("ix_run_created_ms", "created_ms"),
    Index("ix_run_hue", "hue"),
    Index("ix_run_project_created_ms", "project", "created_ms"),
    Index("ix_run_must_seal", "must_seal", sqlite_where=text("must_seal"), postgresql_where=text("must_seal")),
)

run_writer = Table(
    "run_writer",
    metadata,
    of_run(primary_key=True),
    Column("writer", Text, primary_key=True),
    Column("next_number", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

# Writers of runs that were deleted: what they still send is confirmed and thrown away.
deleted_writer = Table(
    "deleted_writer",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("writer", Text, primary_key=True),
)

# `run_id` is null once the run was deleted: its points then go bit by bit.
series = Table(
    "series",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Text, ForeignKey("run.id", ondelete="SET NULL")),
    Column("metric", Text, nullable=False),
    Column("time_base_ms", BigInteger, nullable=False),  # times of hot rows count from here, which makes them small
    Column("n", BigInteger, nullable=False),
    Column("hot_n", BigInteger, nullable=False),
    Column("nonfinite", BigInteger, nullable=False),
    Column("last_step", BigInteger),
    Column("last_epoch", BigInteger),
    Column("last_time_ms", BigInteger),
    Column("last_value", Double),
    Column("last_flag", SmallInteger, nullable=False),
    Column("min_value", Double),
    Column("min_step", BigInteger),
    Column("max_value", Double),
    Column("max_step", BigInteger),
    UniqueConstraint("run_id", "metric"),
    Index("ix_series_hot_n", "hot_n", sqlite_where=text("hot_n >= 1024"), postgresql_where=text("hot_n >= 1024")),
    Index("ix_series_id", "id", sqlite_where=text("run_id IS NULL"), postgresql_where=text("run_id IS NULL")),
)

# Hot rows: points as they came, until they are sealed into chunks. A value that is no finite number is null, its flag
# says which: SQLite would store NaN as null, PostgreSQL sorts it above everything. No foreign key: PostgreSQL would
# look up the series of every row, which takes 40% of the rate; `leftovers` removes points before their series.
point = Table(
    "point",
    metadata,
    Column("series_id", BigInteger, primary_key=True),
    Column("step", BigInteger, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("value", Double),
    Column("flag", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Chunks of one series never overlap. The header's extremes are exact for what is in the chunk; a hot row of the same
# step wins over it.
chunk = Table(
    "chunk",
    metadata,
    _of_series(),
    Column("first_step", BigInteger, primary_key=True),
    Column("last_step", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("nonfinite", BigInteger, nullable=False),
    Column("min_value", Double),
    Column("min_step", BigInteger),
    Column("min_epoch", BigInteger),
    Column("min_time_ms", BigInteger),
    Column("max_value", Double),
    Column("max_step", BigInteger),
    Column("max_epoch", BigInteger),
    Column("max_time_ms", BigInteger),
    Column("sum_value", Double),
    Column("first_value", Double),
    Column("last_value", Double),
    Column("data", LargeBinary, nullable=False),
)

epoch_point = Table(
    "epoch_point",
    metadata,
    _of_series(),
    Column("epoch", BigInteger, primary_key=True),
    Column("value", Double),
    Column("flag", SmallInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("std", Double),
    Column("min_value", Double),
    Column("max_value", Double),
    Column("nonfinite", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

image = Table(
    "image",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# The name a run's hook gave to an image, so that one that did not change is sent once.
run_image = Table(
    "run_image",
    metadata,
    of_run(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sha256", Text, ForeignKey("image.sha256"), nullable=False, index=True),
)

# Images of deleted runs, to be looked at: those that no run uses any more go bit by bit.
orphan_image = Table("orphan_image", metadata, Column("sha256", Text, primary_key=True))

sample = Table(
    "sample",
    metadata,
    Column("id", Id, primary_key=True),
    of_run(),
    Column("split", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("name", Text, nullable=False),  # the sample's own id, as the run calls it
    Column("step", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("sha256", Text, ForeignKey("image.sha256"), index=True),
    Column("shown", Text, nullable=False),  # coordinates, error and flags
    Column("caption", Text, nullable=False),
    Column("extra", Text, nullable=False),
    UniqueConstraint("run_id", "split", "epoch", "name"),
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    of_run(),
    Column("type", Text, nullable=False),
    Column("epoch", BigInteger),
    Column("step", BigInteger),
    Column("time_ms", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_event_run_id_id", "run_id", "id"),
    Index("ix_event_run_id_type_id", "run_id", "type", "id"),
    sqlite_autoincrement=True,  # an id names one event for ever, also after a deletion
)

command = Table(
    "command",
    metadata,
    Column("id", Id, primary_key=True),
    of_run(),
    Column("type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger),
    Column("done_ms", BigInteger),
    Index("ix_command_run_id_id", "run_id", "id"),
    sqlite_autoincrement=True,
)

session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
)

view = Table(
    "view",
    metadata,
    Column("id", Id, primary_key=True),
    *texts("name", "url"),
    *integers("created_ms"),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)

# What somebody wrote about runs seen side by side: `runs` is their ids, sorted and joined by a comma.
comparison_note = Table("comparison_note", metadata, *text_key("runs"), *texts("note"), *integers("updated_ms"))
