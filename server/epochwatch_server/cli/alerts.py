"""`epochwatch alerts`: what the server says is wrong, over all runs."""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.ls import age, at_least_one, printable, table
from epochwatch_server.cli.reach import ServerProblem, reach
from epochwatch_server.cli.run_names import find_run

_DESCRIPTION = """\
List what is wrong, newest first: the firing alerts that nobody has acknowledged or muted. Those for information only
come with --severity info; --all lists these too, and what was resolved, acknowledged or muted. RUN is a run's id, or
its name or project/name when only one run is called so.

examples:
  epochwatch alerts
  epochwatch alerts --project abr --severity critical
  epochwatch alerts --run abr/focal-loss --all
  epochwatch alerts --json | jq -r '.[] | "\\(.run) \\(.rule) \\(.recommendations[0])"'

exit status: 0 listed, 1 there is no such run, or the server could not be asked
"""
_COLUMNS = ("severity", "run", "rule", "about", "epoch", "since", "says")
_WHAT_CHARS = 100


def run(given: argparse.Namespace) -> int:
    """Ask for the alerts and print them."""
    asked = {"limit": given.limit, "project": given.project, "severity": given.severity}
    if not given.all:
        asked |= {"phase": "firing", "acknowledged": "false"}
    try:
        server = reach(given)
        asked["run"] = find_run(server, given.run)["id"] if given.run else None
        query = urlencode({name: value for name, value in asked.items() if value})
        found = server.ask("GET", f"/api/alerts?{query}")["alerts"]
    except ServerProblem as problem:
        print(f"epochwatch alerts: {problem}", file=sys.stderr)
        return PROBLEM
    open_ones = [alert for alert in found if given.all or not alert["muted"]]
    alerts = [alert for alert in open_ones if given.all or given.severity or alert["severity"] != "info"]
    if given.json:
        print(json.dumps(alerts, indent=2))
    elif alerts:
        print("\n".join(table([_COLUMNS, *(_cells(alert, time.time()) for alert in alerts)])))
    else:
        print("No alert." if given.all else "No alert is firing.")
    if len(alerts) < len(open_ones) and not given.json:
        print(f"{len(open_ones) - len(alerts)} more for information: --severity info")
    return OK


def _cells(alert: Mapping[str, Any], now: float) -> list[str]:
    what = " ".join(alert["what"].split())
    state = "" if alert["phase"] == "firing" else f" ({alert['phase']})"
    return [
        alert["severity"] + state,
        f"{alert['run']} {printable(alert['run_name'])}",
        alert["rule"],
        alert["subject"] or "-",
        _place(alert["fired_epoch"], alert["unit"]),
        "-" if alert["fired_ms"] is None else age(now - alert["fired_ms"] / 1000),
        what if len(what) <= _WHAT_CHARS else what[: _WHAT_CHARS - 1] + "…",
    ]


def _place(fired: int | None, unit: str) -> str:
    if fired is None or fired < 0:
        return "-" if fired is None else "start"
    return str(fired) if unit == "epoch" else f"{unit} {fired}"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("--run", metavar="RUN", help="only alerts of this run: id, name or project/name")
    parser.add_argument("--project", metavar="NAME", help="only alerts of this project")
    parser.add_argument("--severity", choices=("critical", "warning", "info"), help="only alerts of this severity")
    parser.add_argument("--all", action="store_true", help="also info, and what was resolved, acknowledged or muted")
    parser.add_argument("--limit", type=at_least_one, metavar="N", help="at most so many")
    parser.add_argument("--json", action="store_true", help="print JSON, one list of alerts as the API gives them")


COMMAND = Command("alerts", "list what is wrong", _DESCRIPTION, _add_arguments, run)
