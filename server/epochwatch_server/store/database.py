"""Opens the database: one connection that writes, many that read, the same for SQLite and PostgreSQL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from epochwatch_server.domain.errors import InvalidInput, StoreDamaged, StoreUnavailable
from epochwatch_server.store.migration import upgrade
from epochwatch_server.store.server_lock import ServerLock, opening

__all__ = ["Connection", "Database", "open_database"]  # flows name a connection's type without importing SQLAlchemy

_BUSY_TIMEOUT_MS = 5_000
_WAL_CALM_BYTES = 1 << 20  # checkpoint this much when there is nothing else to do
_WAL_LARGE_BYTES = 16 << 20  # checkpoint this much between two groups of jobs: 16 MB take some 50 ms
_WAL_HUGE_BYTES = 48 << 20  # readers kept the log from starting over: wait for them a moment
_READERS = 8
_MORE_READERS = 40  # as many as the web server has threads


class Database:
    """An open database. `read` may be called from any thread; `writer` belongs to the one thread that writes."""

    def __init__(self, url: URL, lock: ServerLock | None) -> None:
        self.dialect: Literal["sqlite", "postgresql"] = _dialect(url)
        self.path = Path(url.database or "") if self.dialect == "sqlite" else None
        self._lock = lock
        self._readers = _reading_engine(url)
        self._writer = _writing_engine(url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection that cannot write and sees one state of the data from first to last statement.

        Raises:
            StoreUnavailable: The database does not answer, or every connection is busy.
        """
        try:
            with self._readers.connect() as connection, connection.begin():
                yield connection
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise StoreUnavailable("The database cannot be read just now: try again in a moment.") from error
        except DatabaseError as error:
            raise damage_of(error) or error from error

    def writer(self) -> Connection:
        """Open the connection that writes. On SQLite there must be one at a time, and it makes the checkpoints too."""
        return self._writer.connect()

    def checkpoint(self, connection: Connection, *, idle: bool) -> bool:
        """Move the write-ahead log into the SQLite file when it has grown; `connection` is the writer's.

        Only the writing connection does this: two connections that write and checkpoint at once can damage the file in
        all versions before 3.51.3 (the WAL-reset bug).

        Returns:
            False when the log is still long, because readers hold on to it: try again soon.
        """
        size = self._log_bytes()
        if size < (_WAL_CALM_BYTES if idle else _WAL_LARGE_BYTES):
            return True
        cursor = connection.connection.cursor()
        try:
            # Wait for the readers only when the log has grown too long; else move what can be moved.
            cursor.execute(f"PRAGMA busy_timeout={200 if size >= _WAL_HUGE_BYTES else 0}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        finally:
            cursor.close()
        return not idle or self._log_bytes() < _WAL_CALM_BYTES

    def close(self) -> None:
        """Close every connection and let the next server in. Once more does nothing."""
        self._readers.dispose()
        self._writer.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _log_bytes(self) -> int:
        if self.path is None:
            return 0
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return 0


def damage_of(error: Exception) -> StoreDamaged | None:
    """Tell a damaged SQLite file from a statement that was wrong; None for anything else."""
    # The driver says "malformed" and "not a database" with the bare class, of which all others are kinds.
    if not isinstance(error, DatabaseError) or type(error.orig) is not sqlite3.DatabaseError:
        return None
    return StoreDamaged(
        f"The database file is damaged ({error.orig}). Stop the server, keep the file, and put a backup in its place: "
        "epochwatch restore FILE."
    )


def open_database(url: str, *, lock: bool = True) -> Database:
    """Open a database, bringing its tables up to date first.

    Args:
        url: `sqlite:////absolute/path` or `postgresql://user@host/name`.
        lock: keep a second server away from the same SQLite file; several on one PostgreSQL are welcome.

    Raises:
        DatabaseInUse: Another server works on this file.
        StoreUnavailable: The database cannot be reached, or the file is none.
        InvalidInput: The URL names no database that can be used.
    """
    parsed = _read_url(url)
    held = ServerLock(Path(parsed.database or "")) if lock and _dialect(parsed) == "sqlite" else None
    try:
        _prepare_tables(parsed)
        return Database(parsed, held)
    except (DBAPIError, OSError) as error:
        if held is not None:
            held.release()
        raise StoreUnavailable(_refusal(parsed, error)) from error
    except BaseException:
        if held is not None:
            held.release()
        raise


def sqlite_path(url: str) -> Path | None:
    """Name the file of a database, existing or not; None when it is PostgreSQL.

    Raises:
        InvalidInput: The URL names no database that can be used.
    """
    parsed = _read_url(url)
    return Path(parsed.database or "") if _dialect(parsed) == "sqlite" else None


def _prepare_tables(url: URL) -> None:
    if _dialect(url) == "postgresql":
        upgrade(migrating_engine(url))
        return
    path = Path(url.database or "")
    with opening(path):
        with suppress(FileExistsError):
            # For its owner alone, from the first byte; SQLite gives its log the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        upgrade(migrating_engine(url))


def _refusal(url: URL, error: DBAPIError | OSError) -> str:
    cause = str(error.orig if isinstance(error, DBAPIError) else error.strerror)
    reason = next(iter(cause.splitlines()), "no reason given").rstrip(". ")
    return f"The database {url.render_as_string(hide_password=True)} cannot be opened: {reason}."


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except ArgumentError:
        raise InvalidInput("The database URL cannot be read: give sqlite:////path or postgresql://...") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    file = url.partition(":///")[2]  # all of it: a folder's name may hold a question mark
    if backend == "sqlite" and file and file != ":memory:":
        path = Path(file).expanduser().absolute()
        if not path.parent.is_dir():
            raise InvalidInput(f"The folder {path.parent} of the database {path.name} does not exist: create it first.")
        return parsed.set(drivername="sqlite+pysqlite", database=str(path), query={})
    raise InvalidInput(f"A database URL of {backend!r} was given: give sqlite:////path or postgresql://...")


def _dialect(url: URL) -> Literal["sqlite", "postgresql"]:
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"


def _writing_engine(url: URL) -> Engine:
    if _dialect(url) == "sqlite":
        return _sqlite_engine(url, "BEGIN IMMEDIATE", _WRITER_PRAGMAS, poolclass=NullPool)
    # Nobody should wait for ever for a row that another server holds: the packet is sent again.
    return _postgres_engine(url, "-c lock_timeout=5000", poolclass=NullPool)


def _reading_engine(url: URL) -> Engine:
    pool = {"pool_size": _READERS, "max_overflow": _MORE_READERS, "pool_timeout": 10}
    if _dialect(url) == "sqlite":
        return _sqlite_engine(url, "BEGIN", _READER_PRAGMAS, **pool)
    engine = _postgres_engine(url, "-c statement_timeout=30000", pool_pre_ping=True, **pool)
    # One snapshot for all statements: else a point sealed between two of them would be missed by both.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def migrating_engine(url: URL) -> Engine:
    """Make the engine that alters tables; on SQLite it must be the only one that writes."""
    if _dialect(url) == "sqlite":
        # Foreign keys off: rebuilding a parent table would delete its children (the pragma is deaf in a transaction).
        return _sqlite_engine(url, "BEGIN IMMEDIATE", (*_WRITER_PRAGMAS, "foreign_keys=OFF"), poolclass=NullPool)
    return create_engine(url, poolclass=NullPool)


_WRITER_PRAGMAS = (
    f"busy_timeout={_BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",  # what was confirmed survives a power cut
    "foreign_keys=ON",
    "wal_autocheckpoint=0",  # see Database.checkpoint
    f"journal_size_limit={_WAL_HUGE_BYTES}",
    "temp_store=MEMORY",
    "cache_size=-32000",
)
_READER_PRAGMAS = (
    f"busy_timeout={_BUSY_TIMEOUT_MS}",
    "query_only=ON",
    "wal_autocheckpoint=0",
    "cache_size=-8000",
)


def _sqlite_engine(url: URL, begin: str, pragmas: tuple[str, ...], **options: Any) -> Engine:
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class _BinaryCursor(psycopg.Cursor[Any]):
    """Fetches in PostgreSQL's binary form: bytes come as they are, not twice as long in hexadecimal."""

    def __init__(self, connection: psycopg.Connection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = psycopg.pq.Format.BINARY


def _postgres_engine(url: URL, options: str, **engine_options: Any) -> Engine:
    # Hot rows come and go in one range of an index: a plain scan of it forgets the dead ones, a bitmap scan never does.
    options += " -c enable_bitmapscan=off -c jit=off"
    arguments = {"connect_timeout": 5, "application_name": "epochwatch", "options": options}
    engine = create_engine(url, connect_args=arguments, **engine_options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.cursor_factory = _BinaryCursor
        # Every integer as bigint: else each size of number makes a statement of its own to be planned.
        for dumper in (Int8Dumper, Int8BinaryDumper):
            connection.adapters.register_dumper(int, dumper)

    return engine
