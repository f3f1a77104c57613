"""`epochwatch doctor`: what is configured, reachable and waiting, and what is wrong with it."""

import argparse
import json
import os
import platform
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from epochwatch.sync import waiting
from epochwatch_server import __version__
from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.reach import Reach, ServerProblem, reach

_DESCRIPTION = """\
Look at everything an installation depends on: versions, data folder, token, server, SQLite, spool, charts; and say
which files and variables were read.

examples:
  epochwatch doctor
  EPOCHWATCH_SERVER=https://watch.example.org epochwatch doctor --json

exit status: 0 nothing is wrong, 1 there is at least one problem
"""
_PACKAGES = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "psycopg", "jinja2", "plotly", "numpy", "torch")
_FIXED_SQLITE = (3, 51, 3)
_SECRETS = frozenset({"EPOCHWATCH_TOKEN", "EPOCHWATCH_DATABASE_URL"})  # the second may hold a password
_MARKS = {"ok": "ok      ", "info": "info    ", "warning": "warning ", "problem": "PROBLEM "}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. state: ok, info, warning or problem."""

    name: str
    state: str
    detail: str


def run(given: argparse.Namespace) -> int:
    """Look at everything and print what was found."""
    if given.data:
        os.environ["EPOCHWATCH_DATA"] = given.data  # the spool is looked for as the hook does
    server = reach(given)
    checks = list(_look(server))
    if given.json:
        print(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            print(f"{_MARKS[check.state]}{check.name.ljust(width)}  {check.detail}")
    return PROBLEM if any(check.state == "problem" for check in checks) else OK


def _look(server: Reach) -> Iterator[Check]:
    yield Check("epochwatch", "ok", f"{__version__}, Python {platform.python_version()} on {platform.system()}")
    yield _check_packages()
    yield _check_data(server.data)
    yield _check_token(server)
    yield from _check_server(server)
    yield _check_sqlite()
    yield _check_spool()
    yield _check_charts()
    yield from _check_what_was_read(server)


def _check_packages() -> Check:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    if find_spec("fastapi") is None:
        found.append("(the hook alone; the server comes with: pip install 'epochwatch[server]')")
    return Check("packages", "info", ", ".join(found))


def _check_data(data: Path) -> Check:
    if not data.exists():
        return Check("data folder", "info", f"{data} does not exist yet; `epochwatch serve` and the hook make it")
    if not os.access(data, os.W_OK | os.X_OK):
        return Check("data folder", "problem", f"{data} cannot be written; name another: --data DIR or EPOCHWATCH_DATA")
    return Check("data folder", "ok", str(data))


def _check_token(server: Reach) -> Check:
    if server.token is None:
        return Check(
            "token", "info", f"none in EPOCHWATCH_TOKEN nor in {server.data / 'token'}; `epochwatch serve` makes one"
        )
    path = server.data / "token"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        mode = stat.S_IMODE(path.stat().st_mode)
        return Check(
            "token", "problem", f"{path} has mode {mode:o}: others on this machine can read it; chmod 600 {path}"
        )
    return Check("token", "ok", f"from {server.token_from}")


def _check_server(server: Reach) -> Iterator[Check]:
    try:
        health = server.ask("GET", "/health")
        yield Check("server", "ok", f"{server.url} ({server.url_from}) answers, version {health['version']}")
        server.ask("GET", "/api/runs?limit=1")
        yield Check("authorised", "ok", "the server takes the token")
    except ServerProblem as problem:
        yield Check("authorised" if problem.status else "server", "problem", str(problem))
    except (KeyError, TypeError):
        yield Check("server", "problem", f"What answers at {server.url} is no Epochwatch server.")


def _check_sqlite() -> Check:
    if sqlite3.sqlite_version_info >= _FIXED_SQLITE:
        return Check("sqlite", "ok", sqlite3.sqlite_version)
    detail = (
        f"{sqlite3.sqlite_version}: before 3.51.3 two connections that write and checkpoint at once can damage a file "
        "(WAL-reset bug). Epochwatch writes with one connection, which also makes all checkpoints; let no other "
        "program write to epochwatch.db while the server runs."
    )
    return Check("sqlite", "info", detail)  # nothing to do but what it says, and Epochwatch does its part


def _check_spool() -> Check:
    spools = waiting()
    left = [spool for spool in spools if not spool.is_held]
    n_held = len(spools) - len(left)
    held = (
        f"{n_held} running processes hold one" if n_held > 1 else f"{'a running' if n_held else 'no'} process holds one"
    )
    if not left:
        return Check("spool", "ok", f"nothing waits; {held}")
    records, size = sum(spool.records for spool in left), sum(spool.nbytes for spool in left)
    whose = "The spool of an ended process holds" if len(left) == 1 else f"{len(left)} spools of ended processes hold"
    detail = f"{whose} {records:,} records ({size:,} bytes) that no server confirmed"
    return Check("spool", "warning", f"{detail}: epochwatch sync; {held}")


def _check_charts() -> Check:
    for folder in _folders_of("plotly"):
        script = folder / "package_data" / "plotly.min.js"
        if script.is_file():
            return Check("charts", "ok", f"{script} ({script.stat().st_size / 1e6:.1f} MB)")
    if find_spec("fastapi") is None:
        return Check("charts", "info", "the hook alone draws none")
    return Check(
        "charts", "problem", "Plotly's script is missing, pages show no charts; pip install 'epochwatch[server]'"
    )


def _folders_of(package: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []


def _check_what_was_read(server: Reach) -> Iterator[Check]:
    files = [path for path in (server.data / "token", server.data / "server.json") if path.exists()]
    yield Check("files read", "info", ", ".join(map(str, files)) or "none")
    names = sorted(name for name in os.environ if name.startswith("EPOCHWATCH_"))
    shown = (f"{name}={'***' if name in _SECRETS else os.environ[name]}" for name in names)
    yield Check("environment", "info", ", ".join(shown) or "no EPOCHWATCH_ variable is set")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("--json", action="store_true", help='print JSON: {"checks": [{"name", "state", "detail"}]}')


COMMAND = Command("doctor", "say what is configured, reachable and waiting", _DESCRIPTION, _add_arguments, run)
