"""Every test of the store runs on both engines: on a fresh SQLite file, and on an emptied PostgreSQL database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import Connection
from tests.postgres import drop_database, new_database, postgres

from epochwatch_server.store.database import Database, open_database
from epochwatch_server.store.leftovers import tidy
from epochwatch_server.store.tables import metadata

__all__ = ["postgres"]

T = TypeVar("T")


class Store:
    """A database with one writing connection: `write` and `read` run a function in a transaction of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database: Database = open_database(url)
        self._writer = self.database.writer()

    def write(self, job: Callable[[Connection], T]) -> T:
        with self._writer.begin():
            return job(self._writer)

    def read(self, job: Callable[[Connection], T]) -> T:
        with self.database.read() as connection:
            return job(connection)

    def count(self, table: str, where: str = "1 = 1") -> int:
        statement = f"SELECT count(*) FROM {table} WHERE {where}"
        return int(self.read(lambda c: c.exec_driver_sql(statement).scalar_one()))

    def tidy(self) -> None:
        """Do everything that idle moments are for."""
        while self.write(tidy):
            pass

    def close(self) -> None:
        self._writer.close()
        self.database.close()

    def reopen(self) -> None:
        self.close()
        self.database = open_database(self.url)
        self._writer = self.database.writer()


only_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that has its tables and nothing in them."""
    if engine == "postgresql":
        return _emptied(request.getfixturevalue("migrated_postgres"))
    shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "epochwatch.db")
    return f"sqlite:///{tmp_path / 'epochwatch.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


@pytest.fixture
def empty_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres")
    made = new_database(server)
    yield made
    drop_database(server, made)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "epochwatch.db"
    with _opened(f"sqlite:///{path}") as database:
        database.writer().close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[str]:
    made = new_database(postgres)
    with _opened(made):
        pass
    yield made
    drop_database(postgres, made)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


def _emptied(url: str) -> str:
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with psycopg.connect(url) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
    return url
