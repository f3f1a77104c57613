"""What a command of the command line is; standard library only, as all must be listed without the server too."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

OK, PROBLEM, WRONG_USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Command:
    """One command. run: does it and returns the exit status: 0 ok, 1 a problem was found, 2 wrong usage."""

    name: str
    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Let the data folder be named."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="data folder with database, token and spool (EPOCHWATCH_DATA; default ~/.local/share/epochwatch)",
    )


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Let the server to ask be named."""
    add_data_argument(parser)
    parser.add_argument(
        "--server", metavar="URL", help="server to ask (EPOCHWATCH_SERVER; default: the one of the data folder)"
    )
    parser.add_argument(
        "--token",
        metavar="TOKEN",
        help="its token; better in EPOCHWATCH_TOKEN, as others on this machine can read a command line",
    )
