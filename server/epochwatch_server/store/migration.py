"""Brings the tables up to date at start-up, safely when several processes start at once."""

import glob
import logging
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from epochwatch_server.domain.errors import EpochwatchError
from epochwatch_server.settings import assets_folder
from epochwatch_server.store.tables import metadata

logger = logging.getLogger(__name__)

_ADVISORY_LOCK = 0x45504F_434857  # any number that is ours: "EPOCHW"


class MigrationFailed(EpochwatchError):
    """The tables could not be brought up to date; the data is as it was."""

    status = 500
    error = "migration_failed"


def upgrade(engine: Engine, *, folder: Path | None = None) -> None:
    """Run the migrations that a database lacks, in one transaction that nobody else can enter.

    An existing SQLite file that needs any is copied first, to `<file>.before-<its revision>`.

    Args:
        folder: where the migrations are; None for those of this server.

    Raises:
        MigrationFailed: The database is newer than this server, or a foreign key does not hold afterwards.
    """
    with engine.connect() as connection:
        found = _revision(connection)
        script = ScriptDirectory.from_config(config(connection, folder))
        if found == script.get_current_head():
            return
        _check_known(script, found)
        if found is not None and engine.dialect.name == "sqlite":
            _copy_file(connection, found)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            command.upgrade(config(connection, folder), "head")
            _check_foreign_keys(connection)
        logger.info("database migrated from=%s to=%s", found or "empty", script.get_current_head())


def downgrade(engine: Engine, revision: str, *, folder: Path | None = None) -> None:
    """Take migrations back until `revision`; "base" removes every table."""
    with engine.connect() as connection, connection.begin():
        command.downgrade(config(connection, folder), revision)
        _check_foreign_keys(connection)


def known_revisions() -> list[str]:
    """List the revisions that this server can read and bring up to date, the newest first."""
    script = ScriptDirectory(str(assets_folder("migrations")))
    return [known.revision for known in script.walk_revisions()]


def config(connection: Connection, folder: Path | None = None) -> Config:
    """Make Alembic's configuration: no file, the connection and the tables are handed over."""
    made = Config()
    made.set_main_option("script_location", str(folder or assets_folder("migrations")).replace("%", "%%"))
    made.attributes["connection"] = connection
    made.attributes["target_metadata"] = metadata
    return made


def _revision(connection: Connection) -> str | None:
    with connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def _check_known(script: ScriptDirectory, found: str | None) -> None:
    if found is not None and found not in {known.revision for known in script.walk_revisions()}:
        raise MigrationFailed(
            f"The database is at revision {found}, which this server does not know: it was written by a newer one. "
            "Install that version again, or use another database."
        )


def _copy_file(connection: Connection, found: str) -> None:
    path = Path(connection.engine.url.database or "")
    copy = path.with_name(f"{path.name}.before-{found}")
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    # Nobody else prepares this file now: whatever stands here was left by an upgrade that was killed.
    for left in path.parent.glob(f"{glob.escape(copy.name)}.*"):
        left.unlink(missing_ok=True)
    cursor = connection.connection.cursor()
    try:
        cursor.execute("VACUUM INTO ?", (str(part),))
    finally:
        cursor.close()
    part.chmod(0o600)
    part.replace(copy)


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise MigrationFailed(f"After the migration table {broken[0]} points to rows that are not there.")
