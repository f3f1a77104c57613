"""`epochwatch restore`: a backup in the place of the database."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_database_arguments, is_server_missing
from epochwatch_server.settings import data_folder, open_data_folder, read_database_url

_DESCRIPTION = """\
Put a backup in the place of the database. The server must be stopped; what was there is kept beside it under another
name. The backup is read once from end to end first, and nothing is touched unless it is whole and of a version that
this Epochwatch knows. Trainings that run meanwhile keep what they log, and deliver it when the server is back.

examples:
  epochwatch restore epochwatch-20260131-235900.db
  epochwatch restore nightly.db --data /srv/epochwatch

exit status: 0 the backup is in place, 1 a server is running or the backup cannot be used, 2 wrong usage, or a database
that is not SQLite
"""
_POSTGRESQL = """\
epochwatch restore: the database is PostgreSQL, which has a tool of its own:
  pg_restore --clean --if-exists --dbname="$EPOCHWATCH_DATABASE_URL" epochwatch.dump\
"""


def run(given: argparse.Namespace) -> int:
    """Put the backup in place and say where the database before it is."""
    if is_server_missing("restore"):
        return WRONG_USAGE
    # Imported here: the other commands must work where none of the server's packages are installed.
    from epochwatch_server.domain.errors import EpochwatchError
    from epochwatch_server.store.backup import restore
    from epochwatch_server.store.database import sqlite_path

    data = data_folder(os.environ, given.data)
    open_data_folder(data)
    try:
        database = sqlite_path(read_database_url(data, os.environ, given.database_url))
        if database is None:
            print(_POSTGRESQL, file=sys.stderr)
            return WRONG_USAGE
        backup = Path(given.file).expanduser().absolute()
        copy, kept = restore(backup, database, stamp=time.strftime("%Y%m%d-%H%M%S"))
    except EpochwatchError as error:
        print(f"epochwatch restore: {error.detail}", file=sys.stderr)
        return PROBLEM
    except OSError as error:  # a name that is too long, a folder that may not be entered
        print(f"epochwatch restore: {error}", file=sys.stderr)
        return PROBLEM
    if given.json:
        told = {"path": str(copy.path), "bytes": copy.nbytes, "runs": copy.runs, "revision": copy.revision}
        print(json.dumps(told | {"kept": None if kept is None else str(kept)}))
        return OK
    print(f"{copy.path}  {copy.runs:,} runs, {copy.nbytes / 1e6:,.1f} MB, restored")
    if kept is not None:
        print(f"What was there is kept: {kept}")
    return OK


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what `epochwatch backup` made")
    add_database_arguments(parser)
    parser.add_argument("--json", action="store_true", help='print JSON: {"path", "bytes", "runs", "revision", "kept"}')


COMMAND = Command("restore", "put a backup in the place of the database", _DESCRIPTION, _add_arguments, run)
