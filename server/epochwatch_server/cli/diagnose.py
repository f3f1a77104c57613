"""`epochwatch diagnose`: every health rule over recorded runs, as if they were live."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from epochwatch_server.cli.command import WRONG_USAGE, Command

_DESCRIPTION = """\
Run the health rules over finished runs, epoch by epoch as if they were live, and say what went wrong, since when, on
what evidence, for which reason, and what to try. PATH is a recording (.jsonl, .jsonl.gz, .csv) or a folder of them.

examples:
  epochwatch diagnose run.jsonl.gz
  epochwatch diagnose logs/ --alerts alerts.json
  epochwatch diagnose logs/ --json | jq '.runs[].alerts[].rule'
  epochwatch diagnose run.csv --rule overfitting --rule nonfinite

exit status: 0 nothing critical, 1 a critical alert fired, 2 the input could not be read
"""


def run(given: argparse.Namespace) -> int:
    """Diagnose what was named."""
    if find_spec("numpy") is None:
        print(
            "epochwatch diagnose: this is the hook alone. Add the server: pip install 'epochwatch[server]'",
            file=sys.stderr,
        )
        return WRONG_USAGE
    # Imported here: the other commands must work where numpy is not installed.
    from epochwatch_server.cli.diagnosis import diagnose

    return diagnose(given)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="a recording, or a folder of recordings")
    parser.add_argument(
        "--json", action="store_true", help="print JSON: all alerts with evidence, and each rule's verdict"
    )
    parser.add_argument("--alerts", type=Path, metavar="FILE", help="write {run: [{rule, epoch, severity}]} to FILE")
    parser.add_argument("--rule", action="append", metavar="ID", help="only this rule; may be repeated")


COMMAND = Command(
    "diagnose", "say what went wrong in recorded runs, and what to try", _DESCRIPTION, _add_arguments, run
)
