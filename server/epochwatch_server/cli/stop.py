"""`epochwatch stop`: ask a training to end by itself, and leave what it learned."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.reach import Reach, ServerProblem, reach
from epochwatch_server.cli.run_names import called, pick_run

_DESCRIPTION = """\
Ask a run to stop. It hears of it within a heartbeat, `run.should_stop` becomes true, and the loop ends where it is
written to. RUN is a run's id, or its name or project/name when only one run that goes on is called so.

examples:
  epochwatch stop 7f3k2m9q
  epochwatch stop abr/focal-loss --reason "validation loss has been rising for ten epochs"

exit status: 0 it was asked, 1 there is no such run, it is over, or the server could not be asked
"""
_OVER = ("crashed", "stopped", "early_stopped", "finished")


def run(given: argparse.Namespace) -> int:
    """Ask one run to stop; never one that was not meant."""
    try:
        server = reach(given)
        found = _find(server, given.run)
        command = server.ask("POST", f"/api/runs/{quote(found['id'], safe='')}/stop", {"reason": given.reason})
    except ServerProblem as problem:
        print(f"epochwatch stop: {problem}", file=sys.stderr)
        return PROBLEM
    if given.json:
        print(json.dumps({"run": found["id"], **command}, indent=2))
    else:
        name = printable(f"{found['id']} ({found['project']}/{found['name']})")
        print(f"Asked run {name} to stop; it hears of it within {found['heartbeat_seconds']:.0f} s.")
    return OK


def _find(server: Reach, text: str) -> Mapping[str, Any]:
    """Find the run that is meant: one that is over only by its id."""
    runs = called(server.ask("GET", "/api/runs")["runs"], text)
    going_on = [run for run in runs if run["id"] == text or run["state"] not in _OVER]
    if runs and not going_on:
        state = runs[0]["state"].replace("_", " ")
        raise ServerProblem(f"No run called {text!r} goes on: {runs[0]['id']} is over ({state}).")
    return pick_run(going_on, text)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("run", metavar="RUN", help="id, name or project/name of the run")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; shown on the run's page and in its console")
    parser.add_argument("--json", action="store_true", help="print JSON: the command as the API gives it")


COMMAND = Command("stop", "ask a run to stop", _DESCRIPTION, _add_arguments, run)
