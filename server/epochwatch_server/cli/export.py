"""`epochwatch export`: runs as files for other programs."""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_server_arguments
from epochwatch_server.cli.reach import ServerProblem, reach
from epochwatch_server.cli.run_names import find_run

_FORMATS = ("jsonl", "csv", "parquet", "tensorboard")
_DESCRIPTION = """\
Write a run, or all runs of a project, to a file. jsonl keeps everything and can be imported again; csv and parquet hold
every point; tensorboard is an event file. A project becomes a ZIP archive with a folder a run. RUN is a run's id, or
its name or project/name when only one run is called so.

examples:
  epochwatch export focal-loss --out focal-loss.jsonl
  epochwatch export abr/focal-loss --format csv --out - | gzip > points.csv.gz
  epochwatch export --project abr --format parquet --out abr.zip

exit status: 0 written, 1 there is no such run or the server could not be asked, 2 wrong usage
"""


def run(given: argparse.Namespace) -> int:
    """Ask for the file and write it, whole or not at all."""
    if (given.run is None) == (given.project is None):
        print("epochwatch export: name one run, or a project with --project", file=sys.stderr)
        return WRONG_USAGE
    try:
        server = reach(given)
        if given.project is not None:
            path = f"/api/export.{given.format}?project={quote(given.project, safe='')}"
        else:
            path = f"/api/runs/{quote(find_run(server, given.run)['id'], safe='')}/export.{given.format}"
        if given.out == "-":
            sys.stdout.buffer.writelines(server.pieces(path))
        else:
            write_pieces(server.pieces(path), Path(given.out))
            print(f"wrote {given.out} ({Path(given.out).stat().st_size / 1e6:.1f} MB)", file=sys.stderr)
    except (ServerProblem, OSError) as problem:
        print(f"epochwatch export: {problem}", file=sys.stderr)
        return PROBLEM
    return OK


def write_pieces(pieces: Iterable[bytes], out: Path) -> None:
    """Write a file, beside it first, so that a download that breaks off leaves no half of one under its name."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.writelines(pieces)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("run", nargs="?", metavar="RUN", help="id, name or project/name of the run")
    parser.add_argument("--project", metavar="NAME", help="every run of this project, as a ZIP archive")
    parser.add_argument("--format", choices=_FORMATS, default="jsonl", help="default %(default)s")
    parser.add_argument("--out", required=True, metavar="FILE", help="where to; - is the standard output")


COMMAND = Command("export", "write runs to files for other programs", _DESCRIPTION, _add_arguments, run)
