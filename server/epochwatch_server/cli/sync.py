"""`epochwatch sync`: deliver what ended processes left in the spool. Works with the hook alone."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from epochwatch.sync import DEFAULT_TIMEOUT_SECONDS, SyncResult, WaitingSpool, deliver, waiting
from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments

_DESCRIPTION = """\
Deliver what ended processes left in the spool: of trainings that were killed, or whose server was away. Each record
arrives once, however often this is run. Spools of processes that still run are left to them.

examples:
  epochwatch sync
  epochwatch sync --spool /scratch/job17/spool --server https://watch.example.org
  epochwatch sync --dry-run                 list what waits, send nothing

exit status: 0 nothing is left but what running processes hold, 1 something still waits
"""


def run(given: argparse.Namespace) -> int:
    """Deliver and say what came of it."""
    if given.data:
        os.environ["EPOCHWATCH_DATA"] = given.data  # the hook reads where things are from there
    result = None if given.dry_run else deliver(given.spool, given.server, given.token, timeout_seconds=given.timeout)
    left = waiting(given.spool)
    if given.json:
        spools = [asdict(spool) | {"path": str(spool.path)} for spool in left]
        print(json.dumps({"delivered": None if result is None else asdict(result), "waiting": spools}, indent=2))
    else:
        print("\n".join([*_told(result), *map(_line, left)]) or "Nothing waits.")
        for error in result.errors if result else ():
            print(f"epochwatch sync: {error}", file=sys.stderr)
    return PROBLEM if any(not spool.is_held for spool in left) or (result and result.errors) else OK


def _told(result: SyncResult | None) -> Sequence[str]:
    if result is None or not (result.records or result.runs or result.refused):
        return ()
    runs = "one run" if len(result.runs) == 1 else f"{len(result.runs)} runs"
    lines = [f"Delivered {result.records:,} records of {runs}: {', '.join(result.runs) or '-'}"]
    if result.refused:
        lines.append(f"The server refused {result.refused} packets; they are kept beside their spools.")
    return lines


def _line(spool: WaitingSpool) -> str:
    name = f" ({spool.project}/{spool.name})" if spool.project else ""
    why = ", held by a running process" if spool.is_held else ""
    return f"Waits: run {spool.run}{name}, {spool.records:,} records, {spool.nbytes:,} bytes{why}"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument(
        "--spool", metavar="DIR", help="folder of spools (EPOCHWATCH_SPOOL; default: that of the data folder)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="when to give up (default %(default).0f)",
    )
    parser.add_argument("--dry-run", action="store_true", help="list what waits, send nothing")
    parser.add_argument("--json", action="store_true", help='print JSON: {"delivered", "waiting": [...]}')


COMMAND = Command("sync", "deliver what ended processes left in the spool", _DESCRIPTION, _add_arguments, run)
