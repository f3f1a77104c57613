"""A SQLite database copied into one file while it is used, and such a file put back in its place."""

import resource
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.server.store.conftest import Store, only_sqlite
from tests.server.store.making import adding_run, appending, points_of

from epochwatch_server.domain.errors import Conflict, DatabaseInUse, EpochwatchError, InvalidInput, NotFound
from epochwatch_server.store.backup import BackupFailed, back_up, restore
from epochwatch_server.store.database import open_database
from epochwatch_server.store.migration import known_revisions
from epochwatch_server.store.series import read_points

pytestmark = only_sqlite
STAMP = "20260131-235900"


@pytest.fixture
def database(store: Store) -> Path:
    """A database in use: its last points are in the log only."""
    store.write(adding_run())
    store.write(appending(points_of(range(2_500))))
    assert store.database.path is not None
    return store.database.path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "else where?"
    folder.mkdir()
    return folder


def steps_in(path: Path) -> int:
    opened = open_database(f"sqlite:///{path}")
    try:
        with opened.read() as connection:
            return len(read_points(connection, "run1", "loss"))
    finally:
        opened.close()


def altered(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_a_copy_of_a_database_in_use_is_one_private_file_with_all_that_was_stored(
    store: Store, database: Path, elsewhere: Path
) -> None:
    copy = back_up(database, elsewhere / "copy.db")
    store.write(appending(points_of([9_999])))
    assert (copy.path, copy.runs, copy.revision) == (elsewhere / "copy.db", 1, known_revisions()[0])
    assert [path.name for path in elsewhere.iterdir()] == ["copy.db"]
    assert copy.path.stat().st_mode & 0o777 == 0o600
    assert copy.nbytes == copy.path.stat().st_size
    assert steps_in(copy.path) == 2_500
    assert store.count("run") == 1


def test_a_database_that_nobody_uses_is_copied_too(store: Store, database: Path, elsewhere: Path) -> None:
    store.close()
    assert back_up(database, elsewhere / "copy.db").runs == 1
    assert steps_in(elsewhere / "copy.db") == 2_500


def test_a_file_that_is_there_is_left_alone_unless_told_otherwise(database: Path, elsewhere: Path) -> None:
    target = elsewhere / "copy.db"
    target.write_bytes(b"mine")
    with pytest.raises(Conflict, match="is there already"):
        back_up(database, target)
    assert target.read_bytes() == b"mine"
    back_up(database, target, overwrite=True)
    assert steps_in(target) == 2_500


def test_a_copy_never_takes_the_place_of_the_database(database: Path) -> None:
    before = database.read_bytes()
    with pytest.raises(Conflict):
        back_up(database, database, overwrite=True)
    assert database.read_bytes() == before


def test_what_is_not_there_is_named(database: Path, elsewhere: Path) -> None:
    with pytest.raises(NotFound, match=r"no file .*nothing\.db"):
        back_up(elsewhere / "nothing.db", elsewhere / "copy.db")
    with pytest.raises(NotFound, match=r"folder .*nowhere does not exist"):
        back_up(database, elsewhere / "nowhere" / "copy.db")
    with pytest.raises(NotFound, match="no file"):
        restore(elsewhere, elsewhere / "new.db", stamp=STAMP)


def _scribbled(path: Path) -> None:
    path.write_bytes(b"no database " * 1_000)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _overwritten_inside(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(3, len(content) // 4_096):
        content[page * 4_096 : page * 4_096 + 64] = b"\xff" * 64
    path.write_bytes(content)


def _of_another_program(path: Path) -> None:
    path.unlink()
    altered(path, "CREATE TABLE run (id TEXT)")


def _newer(path: Path) -> None:
    altered(path, "UPDATE alembic_version SET version_num = '9999'")


def _with_a_trigger(path: Path) -> None:
    altered(path, "CREATE TRIGGER trap AFTER INSERT ON run BEGIN DELETE FROM point; END")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_scribbled, "damaged, or no database at all"),
        (_cut, "damaged"),
        (_overwritten_inside, "damaged"),
        (_of_another_program, "no database of Epochwatch"),
        (_newer, "revision 9999, which this Epochwatch does not know"),
        (_with_a_trigger, "no database of Epochwatch"),
    ],
)
def test_a_file_that_is_no_whole_backup_replaces_nothing(
    store: Store, database: Path, elsewhere: Path, spoil: Callable[[Path], None], why: str
) -> None:
    backup = back_up(database, elsewhere / "copy.db").path
    spoil(backup)
    store.close()
    before = sorted(path.name for path in database.parent.iterdir())
    with pytest.raises(InvalidInput, match=why):
        restore(backup, database, stamp=STAMP)
    assert sorted(path.name for path in database.parent.iterdir() if path.name != "server.lock") == [
        name for name in before if name != "server.lock"
    ]
    assert steps_in(database) == 2_500


def test_a_copy_for_which_there_is_no_room_leaves_nothing(database: Path, elsewhere: Path) -> None:
    (elsewhere / "copy.db").write_bytes(b"an older one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(BackupFailed, match="could not be copied"):
            back_up(database, elsewhere / "copy.db", overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in elsewhere.iterdir()] == ["copy.db"]
    assert (elsewhere / "copy.db").read_bytes() == b"an older one"


def test_a_restored_database_is_as_it_was_and_what_was_there_is_kept(
    store: Store, database: Path, elsewhere: Path
) -> None:
    backup = back_up(database, elsewhere / "copy.db").path
    store.write(appending(points_of(range(2_500, 2_600))))
    store.close()
    copy, kept = restore(backup, database, stamp=STAMP)
    assert (copy.path, copy.runs) == (database, 1)
    assert database.stat().st_mode & 0o777 == 0o600
    assert steps_in(database) == 2_500
    assert kept == database.with_name("epochwatch.db.replaced-20260131-235900")
    assert steps_in(kept) == 2_600
    assert backup.exists()


def test_a_database_is_restored_where_none_was(database: Path, elsewhere: Path) -> None:
    copy, kept = restore(database, elsewhere / "new.db", stamp=STAMP)
    assert (copy.runs, kept) == (1, None)
    assert steps_in(elsewhere / "new.db") == 2_500


def test_nothing_is_restored_while_a_server_works_on_the_database(database: Path, elsewhere: Path) -> None:
    backup = back_up(database, elsewhere / "copy.db").path
    with pytest.raises(DatabaseInUse, match="Stop that server first"):
        restore(backup, database, stamp=STAMP)
    with pytest.raises(Conflict, match="is the database itself"):
        restore(database, database, stamp=STAMP)


def test_what_a_killed_server_left_in_its_log_is_kept_too(store: Store, database: Path, elsewhere: Path) -> None:
    backup = back_up(database, elsewhere / "copy.db").path
    store.write(appending(points_of(range(2_500, 2_600))))
    killed = elsewhere / "epochwatch.db"
    for ending in ("", "-wal"):
        shutil.copy(f"{database}{ending}", f"{killed}{ending}")
    _, kept = restore(backup, killed, stamp=STAMP)
    assert kept is not None
    assert steps_in(kept) == 2_600
    assert steps_in(killed) == 2_500


def test_a_damaged_database_is_kept_as_it_is(database: Path, elsewhere: Path) -> None:
    backup = back_up(database, elsewhere / "copy.db").path
    damaged = elsewhere / "epochwatch.db"
    _scribbled(damaged)
    (elsewhere / "epochwatch.db-wal").write_bytes(b"its log")
    _, kept = restore(backup, damaged, stamp=STAMP)
    assert kept is not None
    assert kept.read_bytes() == b"no database " * 1_000
    assert Path(f"{kept}-wal").read_bytes() == b"its log"
    assert steps_in(damaged) == 2_500


def test_an_older_backup_is_brought_up_to_date_by_the_next_server(
    store: Store, database: Path, elsewhere: Path
) -> None:
    backup = altered(
        back_up(database, elsewhere / "copy.db").path,
        *(f"DROP TABLE {table}" for table in ("deleted_writer", "comparison_note", "view")),
        *(f"ALTER TABLE run DROP COLUMN {column}" for column in ("origin", "verdict")),
        "UPDATE alembic_version SET version_num = '0002'",
    )
    store.close()
    copy, _ = restore(backup, database, stamp=STAMP)
    assert copy.revision == "0002"
    assert steps_in(database) == 2_500


def test_every_refusal_is_one_sentence_for_a_user(database: Path, elsewhere: Path) -> None:
    with pytest.raises(EpochwatchError) as refused:
        back_up(database, elsewhere / "nowhere" / "copy.db")
    assert "\n" not in refused.value.detail
