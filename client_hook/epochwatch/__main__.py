"""`python -m epochwatch sync`: deliver what waits, on a machine that has only the hook."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from epochwatch.sync import DEFAULT_TIMEOUT_SECONDS, SyncResult, deliver, waiting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when nothing is left waiting, 1 when something is."""
    given = _parser().parse_args(arguments)
    if given.command == "waiting":
        found = waiting(given.spool)
        for spool in found:
            held = ", held by a process" if spool.is_held else ""
            title = f"{spool.project}/{spool.name} " if spool.project else ""
            _say(f"{title}{spool.run}: {spool.records:,} records, {spool.nbytes:,} bytes{held}")
        if not found:
            _say("nothing waits")
        return 0
    result = deliver(given.spool, given.server, given.token, timeout_seconds=given.timeout)
    _say(json.dumps(asdict(result)) if given.json else _sentence(result))
    return 1 if result.errors or result.waiting else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m epochwatch", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    sync = commands.add_parser("sync", help="deliver what ended runs left in the spool")
    sync.add_argument("--server", help="address of the server; else found as the hook finds it")
    sync.add_argument("--token", help="its token; else EPOCHWATCH_TOKEN or the data folder's")
    sync.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT_SECONDS, metavar="SECONDS")
    sync.add_argument("--json", action="store_true", help="answer for a program")
    list_waiting = commands.add_parser("waiting", help="list what waits in the spool")
    for command in (sync, list_waiting):
        command.add_argument("--spool", metavar="DIR", help="folder of the spools; else the usual ones")
    return parser


def _sentence(result: SyncResult) -> str:
    lines = [f"delivered {result.records:,} records of {len(result.runs)} finished spools"]
    if result.refused:
        lines.append(f"{result.refused} packets were refused and are kept beside the spool")
    if result.waiting:
        lines.append(f"{result.waiting} spools still wait, held by a process or not delivered")
    return "\n".join([*lines, *result.errors])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
