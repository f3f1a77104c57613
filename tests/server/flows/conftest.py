"""A real server for the tests of a module, and an empty PostgreSQL database for those that ask for one."""

from collections.abc import Iterator

import pytest
from tests.postgres import drop_database, new_database, postgres
from tests.server_process import Client, RunningServer

__all__ = ["postgres"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of one's own."""
    url = new_database(postgres)
    yield url
    drop_database(postgres, url)
