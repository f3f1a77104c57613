"""The command line `epochwatch`: one file for each command, listed here."""

import argparse
import sys
from collections.abc import Sequence

from epochwatch_server import __version__
from epochwatch_server.cli import (
    alerts,
    backup,
    compare,
    demo,
    diagnose,
    doctor,
    export,
    import_,
    link,
    ls,
    report,
    restore,
    rules,
    serve,
    stop,
    sync,
)
from epochwatch_server.cli.command import WRONG_USAGE, Command
from epochwatch_server.settings import WrongSettings

COMMANDS: tuple[Command, ...] = (
    serve.COMMAND,
    demo.COMMAND,
    link.COMMAND,
    ls.COMMAND,
    compare.COMMAND,
    alerts.COMMAND,
    rules.COMMAND,
    stop.COMMAND,
    diagnose.COMMAND,
    import_.COMMAND,
    report.COMMAND,
    export.COMMAND,
    sync.COMMAND,
    backup.COMMAND,
    restore.COMMAND,
    doctor.COMMAND,
)

_DESCRIPTION = "Watch neural networks train: a live page of every run, on your own machine, that keeps every point."
_EPILOG = """\
to begin:
  epochwatch serve              start the server; it prints a link to open
  epochwatch demo               the same, with real trainings to look at
  in the training script:       import epochwatch; run = epochwatch.init(project="...", name="...")

exit status: 0 all is well, 1 a problem was found, 2 wrong usage or settings
`epochwatch COMMAND --help` says more about each.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = make_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    given, unknown = parser.parse_known_args(arguments)
    if unknown:  # told with the usage of the command, not with that of all commands
        given.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    command: Command = given.command
    try:
        return command.run(given)
    except WrongSettings as problem:
        print(f"epochwatch {command.name}: {problem}", file=sys.stderr)
        return WRONG_USAGE
    except BrokenPipeError:  # whoever read us (head, less) has seen enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def make_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    parser = argparse.ArgumentParser(
        "epochwatch", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"epochwatch {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        described = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(described)
        described.set_defaults(command=command, parser=described)
    return parser
