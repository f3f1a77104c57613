"""`epochwatch import`: what another program logged, brought in as if its hook had been there."""

import argparse
import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_server_arguments
from epochwatch_server.domain.errors import EpochwatchError

if TYPE_CHECKING:
    from epochwatch_server.importers.format import Format

_DESCRIPTION = """\
Import runs that another program logged. FORMAT is tensorboard, wandb, mlflow, trackio, csv, jsonl, log or auto. Every
value arrives once, however often this is run; a log that grew since adds what is new. A damaged log gives what it
holds, and what was lost is said. The health rules read an imported run as if it had been live, and notify nobody.

examples:
  epochwatch import tensorboard runs/
  epochwatch import auto wandb/offline-run-20260301_101500-3k2j1h0g
  epochwatch import log train.out --preview           show what is recognised, import nothing
  epochwatch import tensorboard runs/ --follow        go on while the files grow; Ctrl-C ends it

exit status: 0 all is on the server, 1 something was lost or waits in the spool, 2 the input cannot be read
"""
_PREVIEW_ITEMS = 2_000


def run(given: argparse.Namespace) -> int:
    """Import what was named."""
    if find_spec("numpy") is None:
        print(
            "epochwatch import: this is the hook alone. Add the server: pip install 'epochwatch[server]'",
            file=sys.stderr,
        )
        return WRONG_USAGE
    if given.data:
        os.environ["EPOCHWATCH_DATA"] = given.data  # the hook's own code reads where things are from there
    # Imported here: the other commands must work where numpy is not installed.
    from epochwatch_server.cli.following import follow
    from epochwatch_server.cli.imported_health import alert_lines
    from epochwatch_server.cli.importing import bring_in
    from epochwatch_server.cli.ls import printable
    from epochwatch_server.importers.catalogue import find_format

    path = Path(given.path)
    try:
        named = None if given.format == "auto" else find_format(given.format)
        if given.preview:
            return _preview(_settle(named, path), path)
        done = follow(named, path, given) if given.follow else bring_in(_settle(named, path), path, given)
    except (EpochwatchError, OSError) as problem:
        print(printable(f"epochwatch import: {problem}"), file=sys.stderr)
        return WRONG_USAGE
    if given.json:
        print(json.dumps(done.to_json(), indent=2))
    elif not done.errors:
        print("".join(f"{line}\n" for line in alert_lines(done.runs, given)), end="")
    for line in (*done.losses, *done.errors):
        print(printable(f"epochwatch import: {line}"), file=sys.stderr)
    return PROBLEM if done.losses or done.errors else OK


def _settle(named: "Format | None", path: Path) -> "Format":
    from epochwatch_server.importers.catalogue import guess_format

    if not path.exists():
        raise EpochwatchError(f"{path} does not exist; expected a file or folder to import")
    chosen = named or guess_format(path)
    if chosen is None:
        raise EpochwatchError(f"{path} looks like no known format; name it: epochwatch import FORMAT PATH")
    return chosen


def _preview(chosen: "Format", path: Path) -> int:
    """Show what would be imported: the beginning of each run, and of a text log which lines were understood."""
    from epochwatch_server.cli.importing import preview_of
    from epochwatch_server.cli.ls import printable
    from epochwatch_server.importers.format import Mood, PartlyUnreadable

    if chosen.recognised is not None:
        for line in chosen.recognised(path):
            print(printable(line))
    found = 0
    with suppress(PartlyUnreadable):  # an import says it
        for one in chosen.read(path, Mood.WHOLE):
            found += 1
            print("\n".join(preview_of(one, list(islice(one.items, _PREVIEW_ITEMS)))))
    if not found:
        print("Nothing was recognised.")
    return OK if found else WRONG_USAGE


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("format", metavar="FORMAT", help="tensorboard, wandb, mlflow, trackio, csv, jsonl, log or auto")
    parser.add_argument("path", metavar="PATH", help="file or folder to import")
    parser.add_argument("--project", metavar="NAME", help="put the runs into this project")
    parser.add_argument("--follow", action="store_true", help="go on while the files grow")
    parser.add_argument("--ended", action="store_true", help="the log is whole, however fresh it is")
    parser.add_argument("--preview", action="store_true", help="show what is recognised, import nothing")
    parser.add_argument("--json", action="store_true", help="print JSON: the runs by id, and what was lost")


COMMAND = Command("import", "bring in runs that another program logged", _DESCRIPTION, _add_arguments, run)
