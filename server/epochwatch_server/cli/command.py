"""What a command of the command line is; standard library only, as all must be listed without the server too."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

OK, PROBLEM, WRONG_USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Command:
    """One command. run: does it and returns the exit status: 0 ok, 1 a problem was found, 2 wrong usage."""

    name: str
    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def is_server_missing(command: str) -> bool:
    """Say whether only the hook is installed, and tell the user what the command needs."""
    is_missing = find_spec("sqlalchemy") is None
    if is_missing:
        told = "this is the hook alone. Add the server: pip install 'epochwatch[server]'"
        print(f"epochwatch {command}: {told}", file=sys.stderr)
    return is_missing


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Let the data folder be named."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="data folder with database, token and spool (EPOCHWATCH_DATA; default ~/.local/share/epochwatch)",
    )


def add_database_arguments(parser: argparse.ArgumentParser) -> None:
    """Let the database be named, directly or by its folder."""
    add_data_argument(parser)
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="sqlite:////path or postgresql://... (EPOCHWATCH_DATABASE_URL; default: SQLite in the data folder)",
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
