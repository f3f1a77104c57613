"""`epochwatch serve`: the server, until Ctrl-C or SIGTERM."""

import argparse
import errno
import gc
import logging
import os
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from socket import socket

from epochwatch_server import __version__
from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command, add_data_argument
from epochwatch_server.settings import Flags, Settings, data_folder, read_settings, remove_address, write_address

_DESCRIPTION = """\
Serve the pages and take what hooks send. One process, nothing else to start; data in SQLite unless told otherwise.

Prints a link that signs a browser in, once. Hooks on this machine find the server and its token by themselves;
elsewhere set EPOCHWATCH_SERVER to its address and EPOCHWATCH_TOKEN to what the file `token` of the data folder holds.

examples:
  epochwatch serve
  epochwatch serve --port 0 --data /tmp/try       any free port, a folder of its own
  epochwatch serve --host 0.0.0.0 --allow-host gpu7.lab.example    reachable from other machines by that name
  epochwatch serve --database-url postgresql://user@db/epochwatch

exit status: 0 stopped when asked to, 1 the address or the database is in use, 2 settings that would be unsafe
"""


def run(given: argparse.Namespace) -> int:
    """Serve until asked to stop."""
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        print(
            "epochwatch serve: this is the hook alone. Add the server: pip install 'epochwatch[server]'",
            file=sys.stderr,
        )
        return WRONG_USAGE
    os.umask(0o077)  # database, logs and everything else are for their owner alone
    flags = Flags(
        data=given.data,
        host=given.host,
        port=given.port,
        database_url=given.database_url,
        no_token=given.no_token,
        allowed_hosts=tuple(given.allow_host),
        public_url=given.public_url,
        notify_private=given.notify_private,
    )
    settings = read_settings(flags, os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return _serve(settings)


def _serve(settings: Settings) -> int:
    # Imported here: `epochwatch sync` must work where none of the server's packages are installed.
    from epochwatch_server.app import create_app
    from epochwatch_server.domain.errors import DatabaseInUse, EpochwatchError
    from epochwatch_server.web.listening import Server, listen, url_of

    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        advice = (
            "is another server running? Choose another: --port N, or 0 for any free one."
            if is_taken
            else ("choose another with --host and --port.")
        )
        problem = f"cannot listen on {settings.host} port {settings.port} ({error.strerror}); {advice}"
        print(f"epochwatch serve: {problem}", file=sys.stderr)
        return PROBLEM
    try:
        app = create_app(settings)
    except EpochwatchError as error:
        listener.close()
        print(f"epochwatch serve: {error.detail}", file=sys.stderr)
        return PROBLEM if isinstance(error, DatabaseInUse) or error.status >= 500 else WRONG_USAGE
    url = url_of(listener)
    code = None if settings.token is None else app.state.services.keyring.make_code()

    def announce() -> None:
        gc.freeze()  # what was built so far stays: the collector need not look through it again and again
        write_address(settings.data, url)
        _print_welcome(settings, listener, url, code)

    try:
        Server(app, on_ready=announce).run([listener])
    finally:
        remove_address(settings.data)
    return OK


def _print_welcome(settings: Settings, listener: socket, url: str, code: str | None) -> None:
    print(f"Epochwatch {__version__}, data in {settings.data}", flush=True)
    if code is None:
        print(f"  open  {url}")
        print("  Served without a token: everyone who can log in to this machine can read, stop and delete every run.")
    else:
        print(f"  open  {url}/login?code={code}")
        print(f"        (this link works once and for ten minutes; for another: {_link_command(settings.data)})")
    if not settings.is_loopback:
        host, port = listener.getsockname()[:2]
        print(f"  Listening on {host} port {port}, reachable from other machines; their hooks need the token in")
        print(f"  {settings.data / 'token'}. The way there is not encrypted: use a proxy with TLS or an SSH tunnel.")
    print("  Ctrl-C stops the server; trainings go on without it and lose nothing.", flush=True)


def _link_command(data: Path) -> str:
    """Spell the command as a shell beside this one needs it: it may be no command there, and has other variables."""
    beside, found = Path(sys.executable).with_name("epochwatch"), shutil.which("epochwatch")
    is_at_hand = found is not None and (not beside.exists() or Path(found).samefile(beside))
    name = "epochwatch" if is_at_hand or not beside.exists() else os.path.relpath(beside)
    usual = data_folder({name: value for name, value in os.environ.items() if name == "XDG_DATA_HOME"})
    return f"{shlex.quote(name)} link" + ("" if data == usual else f" --data {shlex.quote(str(data))}")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (EPOCHWATCH_HOST; default 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, metavar="N", help="port, 0 for any free one (EPOCHWATCH_PORT; default 8421)"
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="sqlite:////path or postgresql://... (EPOCHWATCH_DATABASE_URL; default: SQLite in the data folder)",
    )
    parser.add_argument(
        "--no-token",
        action="store_true",
        help="ask nobody for a token; on loopback only (EPOCHWATCH_NO_TOKEN=1)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="further name this server answers to, https://NAME behind a proxy with TLS; repeatable "
        "(EPOCHWATCH_ALLOWED_HOSTS, comma-separated)",
    )
    parser.add_argument(
        "--public-url",
        metavar="URL",
        help="where people reach this server, for links in notifications (EPOCHWATCH_PUBLIC_URL; default: where it "
        "listens)",
    )
    parser.add_argument(
        "--notify-private",
        action="store_true",
        help="let notifications go to receivers on this machine and its network (EPOCHWATCH_NOTIFY_PRIVATE=1)",
    )


COMMAND = Command("serve", "serve the pages and take what hooks send", _DESCRIPTION, _add_arguments, run)
