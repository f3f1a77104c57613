"""`epochwatch backup`: all runs in one file, while the server runs."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_database_arguments, is_server_missing
from epochwatch_server.settings import data_folder, read_database_url

_DESCRIPTION = """\
Copy the database into one file: every run with its points, samples, alerts and settings, as they are at this moment.
The server may go on running and receiving; what it confirmed before is in the copy. The copy is read once from end to
end before it gets its name, and only its owner can read it. The token is no part of it.

examples:
  epochwatch backup                          epochwatch-20260131-235900.db in this folder
  epochwatch backup /mnt/backups             the same there
  epochwatch backup nightly.db --overwrite

exit status: 0 the copy is there and sound, 1 it could not be made, 2 wrong usage, or a database that is not SQLite
"""
_POSTGRESQL = """\
epochwatch backup: the database is PostgreSQL, which has a tool of its own:
  pg_dump --format=custom --file=epochwatch.dump "$EPOCHWATCH_DATABASE_URL"
  pg_restore --clean --if-exists --dbname="$EPOCHWATCH_DATABASE_URL" epochwatch.dump\
"""


def run(given: argparse.Namespace) -> int:
    """Copy the database and say what is in the copy."""
    if is_server_missing("backup"):
        return WRONG_USAGE
    # Imported here: the other commands must work where none of the server's packages are installed.
    from epochwatch_server.domain.errors import Conflict, EpochwatchError
    from epochwatch_server.store.backup import back_up
    from epochwatch_server.store.database import sqlite_path

    data = data_folder(os.environ, given.data)
    url = read_database_url(data, os.environ, given.database_url)
    if url == read_database_url(data, {}) and not data.is_dir():
        print(
            f"epochwatch backup: {data} does not exist: there is no database to copy. --data names another.",
            file=sys.stderr,
        )
        return PROBLEM
    try:
        database = sqlite_path(url)
        if database is None:
            print(_POSTGRESQL, file=sys.stderr)
            return WRONG_USAGE
        target = Path(given.file).expanduser().absolute()
        if target.is_dir():
            target /= f"epochwatch-{time.strftime('%Y%m%d-%H%M%S')}.db"
        copy = back_up(database, target, overwrite=given.overwrite)
    except EpochwatchError as error:
        hint = " Or replace it: --overwrite." if isinstance(error, Conflict) and not given.overwrite else ""
        print(f"epochwatch backup: {error.detail}{hint}", file=sys.stderr)
        return PROBLEM
    except OSError as error:  # a name that is too long, a folder that may not be entered
        print(f"epochwatch backup: {error}", file=sys.stderr)
        return PROBLEM
    if given.json:
        print(json.dumps({"path": str(copy.path), "bytes": copy.nbytes, "runs": copy.runs, "revision": copy.revision}))
    else:
        print(f"{copy.path}  {copy.runs:,} runs, {copy.nbytes / 1e6:,.1f} MB, whole and sound")
    return OK


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", default=".", help="file to make, or a folder to make it in")
    add_database_arguments(parser)
    parser.add_argument("--overwrite", action="store_true", help="put the copy in place of a file that is there")
    parser.add_argument("--json", action="store_true", help='print JSON: {"path", "bytes", "runs", "revision"}')


COMMAND = Command("backup", "copy all runs into one file, while the server runs", _DESCRIPTION, _add_arguments, run)
