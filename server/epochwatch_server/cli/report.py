"""`epochwatch report`: what is to be kept of a run, or of some runs side by side, in one file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_server_arguments
from epochwatch_server.cli.export import write_pieces
from epochwatch_server.cli.reach import Reach, ServerProblem, reach
from epochwatch_server.cli.run_names import pick_run

_DESCRIPTION = """\
Write the report of a run: verdict, timeline, alerts with their evidence, next steps, charts, samples, configuration and
environment. Several runs make the report of a comparison. RUN is a run's id, or its name or project/name when only one
run is called so.

--html is one page that opens from disk and prints: no script, no request to anyone, charts as drawings, images inside;
under 3 MB without the images, of which there are at most 6 MB. --markdown is text as GitHub renders it, without charts;
- is the standard output. Without either, Markdown is printed.

examples:
  epochwatch report focal-loss --html report.html
  epochwatch report abr/focal-loss --markdown - | gh issue create --title "Focal loss" --body-file -
  epochwatch report focal-loss production multihead --html comparison.html --markdown comparison.md

exit status: 0 written, 1 there is no such run or the server could not be asked, 2 wrong usage
"""


def run(given: argparse.Namespace) -> int:
    """Ask for the report and write it, whole or not at all."""
    wanted = [(given.html, "html"), (given.markdown or (None if given.html else "-"), "md")]
    if given.html == "-" and given.markdown == "-":
        print("epochwatch report: only one of --html and --markdown can be the standard output", file=sys.stderr)
        return WRONG_USAGE
    try:
        server = reach(given)
        known = server.ask("GET", "/api/runs")["runs"]
        ids = list(dict.fromkeys(pick_run(known, text)["id"] for text in given.runs))
        for out, kind in wanted:
            if out is not None:
                write_report(server, ids, kind, out, given.metric)
    except (ServerProblem, OSError) as problem:
        print(f"epochwatch report: {problem}", file=sys.stderr)
        return PROBLEM
    return OK


def write_report(server: Reach, ids: Sequence[str], kind: str, out: str, metric: str | None = None) -> None:
    """Write the report of one run, or of several side by side.

    Args:
        kind: "html" or "md".
        out: A file, or - for the standard output.

    Raises:
        ServerProblem: The server could not be asked, or refused.
        OSError: The file could not be written.
    """
    if len(ids) == 1:
        path = f"/api/runs/{quote(ids[0], safe='')}/report.{kind}"
    else:
        ranked = f"&metric={quote(metric, safe='')}" if metric else ""
        path = f"/api/compare/report.{kind}?runs={quote(','.join(ids), safe=',')}{ranked}"
    if out == "-":
        sys.stdout.buffer.writelines(server.pieces(path))
        return
    if not Path(out).absolute().parent.is_dir():
        raise OSError(f"{out} cannot be written: the folder {Path(out).parent} does not exist")
    write_pieces(server.pieces(path), Path(out))
    print(f"wrote {out} ({Path(out).stat().st_size / 1e6:.1f} MB)", file=sys.stderr)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="one run, or 2 to 8 for a comparison")
    parser.add_argument("--html", metavar="FILE", help="write a report that is one HTML page to FILE")
    parser.add_argument("--markdown", metavar="FILE", help="write Markdown to FILE; - is the standard output")
    parser.add_argument("--metric", metavar="NAME", help="rank compared runs by this one")


COMMAND = Command("report", "write a report of a run, or of runs side by side", _DESCRIPTION, _add_arguments, run)
