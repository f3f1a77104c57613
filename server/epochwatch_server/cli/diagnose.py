"""`epochwatch diagnose`: every health rule over recorded runs, as if they were live."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from epochwatch_server.cli.command import WRONG_USAGE, Command, add_server_arguments

_DESCRIPTION = """\
Run the health rules over finished runs, epoch by epoch as if they were live, and say what went wrong, since when, on
what evidence, for which reason, and what to try. WHAT is a recording (.jsonl, .jsonl.gz, .csv, .csv.gz), a folder of
them, what another program logged (TensorBoard, W&B, MLflow, Trackio, a text log: all that `epochwatch import` takes),
or a run of the server: its id, or its name or project/name when only one run is called so.

A CSV table is wide (a column named epoch or step, a column for each metric) or long (columns metric, value, and step or
epoch; several runs by a column run). A damaged file gives what it holds, and it is said what was lost.

--html writes one page that opens from disk and prints: no script, no request to anyone, charts as drawings, about
0.3 MB a run. Of several runs it holds a table of all, and a chapter for each that has a warning or worse.

examples:
  epochwatch diagnose run.jsonl.gz
  epochwatch diagnose run.jsonl.gz --html report.html
  epochwatch diagnose abr/focal-loss --html report.html
  epochwatch diagnose logs/ --alerts alerts.json
  epochwatch diagnose logs/ --json | jq '.runs[].alerts[].rule'
  epochwatch diagnose mlruns/ --format mlflow
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
    parser.add_argument("what", metavar="WHAT", help="a recording, a folder of recordings, or a run of the server")
    parser.add_argument(
        "--format", metavar="NAME", help="what it was logged with, where a guess is not enough: see `import --help`"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a report that is one HTML page to FILE")
    parser.add_argument(
        "--json", action="store_true", help="print JSON: all alerts with evidence, and each rule's verdict"
    )
    parser.add_argument("--alerts", type=Path, metavar="FILE", help="write {run: [{rule, epoch, severity}]} to FILE")
    parser.add_argument("--rule", action="append", metavar="ID", help="only this rule; may be repeated")
    add_server_arguments(parser)


COMMAND = Command(
    "diagnose", "say what went wrong in recorded runs, and what to try", _DESCRIPTION, _add_arguments, run
)
