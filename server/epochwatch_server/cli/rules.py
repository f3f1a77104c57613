"""`epochwatch rules`: the rules that watch over a project, or the page of one."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.ls import printable, table
from epochwatch_server.cli.reach import ServerProblem, reach

_DESCRIPTION = """\
List the health rules as a project has set them, or print one rule's page: what it sees, why it matters, how it
decides, what to do, and its thresholds. They are set on the page Rules.

examples:
  epochwatch rules
  epochwatch rules --project abr overfitting
  epochwatch rules --json | jq -r '.[] | select(.is_on | not) | .id'

exit status: 0 printed, 1 there is no such rule, or the server could not be asked
"""
_COLUMNS = ("rule", "severity", "state", "from", "title")
_THRESHOLD_COLUMNS = ("threshold", "value", "unit", "default", "allowed", "meaning")


def run(given: argparse.Namespace) -> int:
    """Ask for the rules and print them, or one of them."""
    query = f"?{urlencode({'project': given.project})}" if given.project else ""
    try:
        rules = _chosen(reach(given).ask("GET", f"/api/rules{query}")["rules"], given.rule)
    except ServerProblem as problem:
        print(f"epochwatch rules: {problem}", file=sys.stderr)
        return PROBLEM
    if given.json:
        print(json.dumps(rules[0] if given.rule else rules, indent=2))
    elif given.rule:
        print("\n".join(_page(rules[0])))
    else:
        print("\n".join(table([_COLUMNS, *(_cells(rule) for rule in rules)])))
    return OK


def _chosen(rules: Sequence[Mapping[str, Any]], name: str | None) -> Sequence[Mapping[str, Any]]:
    if name is None:
        return rules
    chosen = [rule for rule in rules if rule["id"] == name]
    if not chosen:
        near = difflib.get_close_matches(name, [rule["id"] for rule in rules], 1)
        told = f"did you mean {near[0]!r}? " if near else ""
        raise ServerProblem(f"There is no rule {name!r}; {told}`epochwatch rules` lists them.")
    return chosen


def _cells(rule: Mapping[str, Any]) -> list[str]:
    changed = any(threshold["is_changed"] for threshold in rule["thresholds"])
    notes = ["on" if rule["is_on"] else "off"]
    notes += [note for note, holds in (("changed", changed), ("stops", rule["stops"])) if holds]
    return [rule["id"], _severity(rule), ", ".join(notes), rule["origin"], rule["title"]]


def _page(rule: Mapping[str, Any]) -> Iterator[str]:
    yield f"{rule['id']}: {printable(rule['title'])}"
    yield f"{_severity(rule)}, {'on' if rule['is_on'] else 'off'}, {rule['origin']}"
    if rule["stops"]:
        yield "A critical alert of it stops the run."
    for heading, text in rule["sections"].items():
        yield f"\n{heading}"
        yield from ("  " + printable(line) for line in text.splitlines())
    if rule["thresholds"]:
        yield "\nThresholds"
        yield from ("  " + line for line in table([_THRESHOLD_COLUMNS, *map(_threshold_cells, rule["thresholds"])]))


def _threshold_cells(threshold: Mapping[str, Any]) -> list[str]:
    allowed = f"{threshold['low']:g} to {threshold['high']:g}"
    value, default = f"{threshold['value']:g}", f"{threshold['default']:g}"
    return [threshold["name"], value, threshold["unit"] or "-", default, allowed, threshold["meaning"]]


def _severity(rule: Mapping[str, Any]) -> str:
    severity: str = rule["chosen_severity"] or rule["severity"]
    return severity


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("rule", nargs="?", metavar="RULE", help="id of a rule: print its page")
    parser.add_argument("--project", metavar="NAME", help="as this project has set them; default: as they are made")
    parser.add_argument("--json", action="store_true", help="print JSON: a list of rules, or one, as the API gives it")


COMMAND = Command("rules", "list the health rules, or print the page of one", _DESCRIPTION, _add_arguments, run)
