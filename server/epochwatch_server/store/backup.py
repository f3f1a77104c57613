"""Copies a SQLite database into one file while it is used, and puts such a file back in its place."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from epochwatch_server.domain.errors import Conflict, EpochwatchError, InvalidInput, NotFound
from epochwatch_server.store.migration import known_revisions
from epochwatch_server.store.server_lock import ServerLock

_WAIT_SECONDS = 30.0  # for a server that is just starting or stopping


class BackupFailed(EpochwatchError):
    """The copy could not be written, or does not hold what it should; what was there is as it was."""

    status = 500
    error = "backup_failed"


@dataclass(frozen=True, slots=True)
class Copy:
    """A database in one file, looked at from its first to its last page."""

    path: Path
    nbytes: int
    runs: int
    revision: str  # of its tables; an older one is brought up to date when a server starts on it


def back_up(database: Path, target: Path, *, overwrite: bool = False) -> Copy:
    """Copy a database into one file: all that was confirmed before, whatever is written meanwhile.

    The copy reads one state through a connection of its own, and the server goes on writing.

    Args:
        overwrite: put it in place of a file that is there; else such a file is left alone.

    Raises:
        NotFound: There is no such database, or no folder for the copy.
        Conflict: There is a file already, or the copy would take the place of the database itself.
        InvalidInput: The file is no database of Epochwatch.
        BackupFailed: The copy could not be written whole; nothing is left of it.
    """
    _expect_file(database)
    if not target.parent.is_dir():
        raise NotFound(f"The folder {target.parent} does not exist: create it first.")
    if target.exists() and (not overwrite or target.samefile(database)):
        raise Conflict(f"{target} is there already: name another file.")
    with _copied(database, beside=target) as copy:
        copy.path.replace(target)
        _keep(target.parent)
    return Copy(target, copy.nbytes, copy.runs, copy.revision)


def restore(backup: Path, database: Path, *, stamp: str) -> tuple[Copy, Path | None]:
    """Put a backup in the place of a database, which is kept aside as `<file>.replaced-<stamp>`.

    Returns:
        The database as it is now, and where the one before is kept; None when there was none.

    Raises:
        DatabaseInUse: A server works on the database: stop it first.
        NotFound: There is no such backup.
        Conflict: The backup is the database itself.
        InvalidInput: The backup is no whole database of Epochwatch, or of a newer one.
        BackupFailed: It could not be written; the database is as it was.
    """
    _expect_file(backup)
    if database.exists() and database.samefile(backup):
        raise Conflict(f"{backup} is the database itself: name a backup of it.")
    lock = ServerLock(database)
    try:
        with _copied(backup, beside=database) as copy:
            kept = _set_aside(database, stamp) if database.exists() else None
            copy.path.replace(database)
            _keep(database.parent)
    finally:
        lock.release()
    return Copy(database, copy.nbytes, copy.runs, copy.revision), kept


@contextmanager
def _copied(database: Path, *, beside: Path) -> Iterator[Copy]:
    """Lend a checked copy in the folder where it is to be; what is still there in the end goes."""
    part = beside.with_name(f".epochwatch-{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)  # of a process of this number, killed at it
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(_reading(database)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        _keep(part)
        yield _checked(part, of=database)
    except (sqlite3.OperationalError, OSError) as error:  # no room, no right to
        reason = error.strerror if isinstance(error, OSError) else error
        raise BackupFailed(f"{database} could not be copied to {beside}: {reason}.") from error
    except sqlite3.DatabaseError as error:
        raise InvalidInput(f"{database} is damaged, or no database at all: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _checked(path: Path, *, of: Path) -> Copy:
    """Look at a whole copy: sound, of a known revision, and with nothing in it that runs by itself."""
    with closing(_reading(path)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise InvalidInput(f"{of} is damaged: {found}.")
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master"))
        if not {"run", "series", "alembic_version"} <= kinds.keys() or {"view", "trigger"} & set(kinds.values()):
            raise InvalidInput(f"{of} is no database of Epochwatch.")
        revision = str((connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("none",))[0])
        if revision not in known_revisions():
            raise InvalidInput(
                f"{of} is at revision {revision}, which this Epochwatch does not know: install the version it is of."
            )
        runs = connection.execute("SELECT count(*) FROM run").fetchone()[0]
    return Copy(path, path.stat().st_size, runs, revision)


def _set_aside(database: Path, stamp: str) -> Path:
    """Give the database a second name, with its log, and leave no log that a new file could be taken to belong to."""
    log, index = (database.with_name(database.name + ending) for ending in ("-wal", "-shm"))
    with suppress(sqlite3.Error):  # one that cannot even be read is kept as it is, log and all
        with closing(_reading(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
        with closing(sqlite3.connect(database, timeout=_WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = database.with_name(f"{database.name}.replaced-{stamp}")
    os.link(database, aside)  # the database has its own name all the time: a server never finds none and makes one
    if log.exists() and log.stat().st_size:
        os.link(log, aside.with_name(aside.name + "-wal"))
    for left in (log, index):
        left.unlink(missing_ok=True)
    return aside


def _reading(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write and makes no checkpoint."""
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA trusted_schema=OFF")  # a backup may come from anywhere
    return connection


def _expect_file(path: Path) -> None:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")


def _keep(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
