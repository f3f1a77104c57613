"""Migrations: up, down, no drift from the tables, a copy first, and many processes at once."""

import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, make_url
from tests.server.store.making import adding_run, appending, points_of

from epochwatch_server.settings import assets_folder
from epochwatch_server.store import tables
from epochwatch_server.store.database import migrating_engine, open_database
from epochwatch_server.store.migration import MigrationFailed, config, downgrade, upgrade
from epochwatch_server.store.runs import get_run
from epochwatch_server.store.series import read_points

ROOT = Path(__file__).resolve().parents[3]

NEWEST = "0004"

NEXT = f'''"""Give runs a colour."""

import sqlalchemy as sa
from alembic import op

revision: str = "next"
down_revision: str | None = "{NEWEST}"


def upgrade() -> None:
    with op.batch_alter_table("run", recreate="always" if op.get_bind().dialect.name == "sqlite" else "never") as run:
        run.add_column(sa.Column("colour", sa.Text(), nullable=False, server_default="blue"))


def downgrade() -> None:
    with op.batch_alter_table("run") as run:
        run.drop_column("colour")
'''


@pytest.fixture
def engine_of(empty_url: str) -> Engine:
    return migrating_engine(make_url(empty_url).set(drivername=driver(empty_url)))


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations with one more behind them, in a folder whose name holds a percent sign."""
    folder = tmp_path / "100% newer"
    shutil.copytree(assets_folder("migrations"), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next_give_runs_a_colour.py").write_text(NEXT)
    return folder


def driver(url: str) -> str:
    return "sqlite+pysqlite" if url.startswith("sqlite") else "postgresql+psycopg"


def names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_exactly_the_tables(engine_of: Engine) -> None:
    upgrade(engine_of)
    assert names(engine_of) == set(tables.metadata.tables)
    with engine_of.connect() as connection:
        command.check(config(connection))  # raises when a table, column, index or constraint differs


def test_every_migration_can_be_taken_back(engine_of: Engine) -> None:
    upgrade(engine_of)
    downgrade(engine_of, "base")
    assert names(engine_of) == set()
    upgrade(engine_of)
    assert names(engine_of) == set(tables.metadata.tables)


def test_every_name_of_a_constraint_follows_the_convention(engine_of: Engine) -> None:
    upgrade(engine_of)
    with engine_of.connect() as connection:
        found = inspect(connection)
        for table in sorted(tables.metadata.tables):
            # SQLite keeps no name for a key that numbers itself.
            assert found.get_pk_constraint(table)["name"] in (f"pk_{table}", None)
            assert all(str(key["name"]).startswith(f"fk_{table}_") for key in found.get_foreign_keys(table))
            assert all(str(key["name"]).startswith(f"uq_{table}_") for key in found.get_unique_constraints(table))


def test_an_upgrade_keeps_the_data_and_a_copy_of_the_file(empty_url: str, engine_of: Engine, newer: Path) -> None:
    fill(empty_url)
    upgrade(engine_of, folder=newer)
    with engine_of.connect() as connection:
        assert connection.exec_driver_sql("SELECT colour FROM run").scalar_one() == "blue"
        # Writing a parent table anew must not take its children along.
        assert connection.exec_driver_sql("SELECT count(*) FROM chunk").scalar_one() == 2
    if engine_of.dialect.name == "sqlite":
        copy = Path(f"{engine_of.url.database}.before-{NEWEST}")
        assert copy.stat().st_mode & 0o777 == 0o600
        with sqlite3.connect(copy) as connection_to_copy:
            assert connection_to_copy.execute("SELECT count(*) FROM chunk").fetchone() == (2,)
            assert connection_to_copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection_to_copy.close()
    downgrade(engine_of, NEWEST, folder=newer)
    database = open_database(empty_url)
    with database.read() as connection:
        assert len(read_points(connection, "run1", "loss")) == 2_500
    database.close()


def test_what_a_killed_upgrade_left_of_its_copy_is_put_away(empty_url: str, engine_of: Engine, newer: Path) -> None:
    if engine_of.dialect.name != "sqlite":  # PostgreSQL makes no copies: its own tools do
        return
    upgrade(engine_of)
    path = Path(engine_of.url.database or "")
    for left in (f"before-{NEWEST}.123", f"before-{NEWEST}.123-journal"):
        path.with_name(f"{path.name}.{left}").write_text("half a copy")
    path.with_name(f"{path.name}.before-0001").write_text("an older upgrade's copy")
    upgrade(engine_of, folder=newer)
    assert sorted(found.name for found in path.parent.glob(f"{path.name}.*")) == [
        f"{path.name}.before-0001",
        f"{path.name}.before-{NEWEST}",
    ]


def test_what_the_first_version_stored_is_all_there_after_every_upgrade(empty_url: str, engine_of: Engine) -> None:
    fill(empty_url)
    downgrade(engine_of, "0001")
    upgrade(engine_of)
    with engine_of.connect() as connection:
        command.check(config(connection))
        indexes = {index["name"] for index in inspect(connection).get_indexes("run")}
        assert indexes == {index.name for index in tables.run.indexes}
    database = open_database(empty_url)
    with database.read() as connection:
        assert len(read_points(connection, "run1", "loss")) == 2_500
        run = get_run(connection, "run1")
        assert run is not None
        assert (run.name, run.verdict, run.origin) == ("a run", "", None)
    database.close()


def test_a_database_of_a_newer_server_is_left_alone(empty_url: str, engine_of: Engine, newer: Path) -> None:
    fill(empty_url)
    upgrade(engine_of, folder=newer)
    with pytest.raises(MigrationFailed, match="revision next, which this server does not know"):
        open_database(empty_url)


def test_a_migration_that_fails_changes_nothing(empty_url: str, engine_of: Engine, newer: Path) -> None:
    fill(empty_url)
    script = newer / "versions" / "next_give_runs_a_colour.py"
    script.write_text(NEXT.replace("\n\ndef downgrade", '    op.execute("SELECT * FROM nowhere")\n\n\ndef downgrade'))
    with pytest.raises(Exception, match="nowhere"):
        upgrade(engine_of, folder=newer)
    with engine_of.connect() as connection:
        assert "colour" not in {column["name"] for column in inspect(connection).get_columns("run")}
    database = open_database(empty_url)
    with database.read() as connection:
        assert len(read_points(connection, "run1", "loss")) == 2_500
    database.close()


def test_four_processes_that_start_at_once_all_end_at_the_newest_revision(empty_url: str, engine_of: Engine) -> None:
    start_at = time.time() + 1.5  # importing takes a second
    program = (
        "import sys, time\n"
        "from epochwatch_server.store.database import open_database\n"
        "time.sleep(max(0.0, float(sys.argv[2]) - time.time()))\n"
        "open_database(sys.argv[1], lock=False).close()\n"
    )
    command_line = [sys.executable, "-c", program, empty_url, str(start_at)]
    started = [subprocess.Popen(command_line, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0, 0, 0], ended
    assert names(engine_of) == set(tables.metadata.tables)


def fill(url: str) -> None:
    database = open_database(url)
    connection = database.writer()
    with connection.begin():
        adding_run()(connection)
        appending(points_of(range(2_500)))(connection)
    connection.close()
    database.close()
