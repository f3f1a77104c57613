"""Another program's SQLite file, opened so that nothing in it can change."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.log_files import begins_with

MAGIC = b"SQLite format 3\0"
_WAIT_SECONDS = 10.0  # for a program that writes just now


def is_sqlite(path: Path) -> bool:
    """Say whether a file is a SQLite database."""
    return path.is_file() and begins_with(path, MAGIC)


def has_tables(path: Path, *names: str) -> bool:
    """Say whether a file is a database with these tables."""
    if not is_sqlite(path):
        return False
    try:
        with opened(path) as store:
            found = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, InvalidInput):
        return False
    return found.issuperset(names)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading only, with what its own program has not moved into the file yet.

    Raises:
        InvalidInput: It cannot be opened.
    """
    try:
        store = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
        )
    except sqlite3.Error as problem:
        raise InvalidInput(f"{path} cannot be opened: {problem}") from problem
    try:
        store.execute("PRAGMA query_only = 1")
        store.execute("PRAGMA trusted_schema = 0")  # a view or trigger in it runs nothing
        yield store
    except sqlite3.Error as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}") from problem
    finally:
        store.close()


def rows_of(store: sqlite3.Connection, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield a query's rows one after the other."""
    yield from store.execute(query, values)
