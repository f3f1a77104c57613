"""`epochwatch link`: a fresh one-time link that signs a browser in."""

import argparse
import sys

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.reach import ServerProblem, reach

_DESCRIPTION = """\
Print a link that signs a browser in: it works once and for ten minutes. Needs the server's token, which on the
server's machine is found in the data folder.

examples:
  epochwatch link
  ssh gpu7 epochwatch link          then open it through a tunnel: ssh -L 8421:localhost:8421 gpu7

exit status: 0 a link was printed, 1 the server could not be asked
"""


def run(given: argparse.Namespace) -> int:
    """Ask for a code and print the link."""
    server = reach(given)
    try:
        made = server.ask("POST", "/api/login-codes")
    except ServerProblem as problem:
        print(f"epochwatch link: {problem}", file=sys.stderr)
        return PROBLEM
    print(server.url.rstrip("/") + made["path"])
    return OK


COMMAND = Command("link", "print a link that signs a browser in", _DESCRIPTION, add_server_arguments, run)
