"""`epochwatch ls`: the runs, as a table or as JSON."""

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.reach import ServerProblem, reach

_DESCRIPTION = """\
List runs, newest first: state, epoch, best value of the tracked metric, age of the last sign of life.

examples:
  epochwatch ls
  epochwatch ls --project abr --limit 5
  epochwatch ls --json | jq -r '.[] | select(.state == "lost") | .id'

exit status: 0 listed, 1 the server could not be asked
"""
_COLUMNS = ("id", "state", "project", "name", "epoch", "best", "seen")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def run(given: argparse.Namespace) -> int:
    """Ask for the runs and print them."""
    asked = {"limit": given.limit, "project": given.project, "q": given.search}
    query = urlencode({name: value for name, value in asked.items() if value})
    try:
        runs = reach(given).ask("GET", "/api/runs" + (f"?{query}" if query else ""))["runs"]
    except ServerProblem as problem:
        print(f"epochwatch ls: {problem}", file=sys.stderr)
        return PROBLEM
    if given.json:
        print(json.dumps(runs, indent=2))
    else:
        print("\n".join(table([_COLUMNS, *(_cells(run, time.time()) for run in runs)])) if runs else _nothing(given))
    return OK


def _nothing(given: argparse.Namespace) -> str:
    return "No run matches." if given.project or given.search else "No run yet."


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns. Names come from elsewhere: what could steer a terminal is taken out."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean]


def printable(text: str) -> str:
    """Take out what could steer a terminal."""
    return _CONTROL.sub("\ufffd", text)


def _cells(run: Mapping[str, Any], now: float) -> list[str]:
    planned = f"/{run['planned_epochs']}" if run["planned_epochs"] else ""
    return [
        run["id"],
        run["state"],
        run["project"],
        run["name"],
        f"{run['epochs_done']}{planned}" if run["epochs_done"] or planned else "-",
        _best(run["tracked"]),
        age(now - run["last_seen_ms"] / 1000),
    ]


def _best(tracked: Mapping[str, Any] | None) -> str:
    if not tracked or tracked["best"] is None:
        return "-"
    best = tracked["best"]
    value = f"{best:.4g}" if isinstance(best, float | int) else best
    return f"{tracked['metric']} {value} @ {tracked['best_epoch']}"


def age(seconds: float) -> str:
    """Say how long ago something was."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(0, seconds):.0f} s ago"


def at_least_one(text: str) -> int:
    """Read a number that must be 1 or more."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("--project", metavar="NAME", help="only runs of this project")
    parser.add_argument("--search", metavar="TEXT", help="only runs with this in name, project, tags, note or id")
    parser.add_argument("--limit", type=at_least_one, metavar="N", help="at most so many")
    parser.add_argument("--json", action="store_true", help="print JSON, one list of runs as the API gives them")


COMMAND = Command("ls", "list runs", _DESCRIPTION, _add_arguments, run)
