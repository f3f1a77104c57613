"""`epochwatch demo`: a server and real trainings, healthy and sick, streaming into it."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE, Command
from epochwatch_server.settings import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEMO_FOLDER,
    assets_folder,
    data_folder,
    is_address_of,
    open_data_folder,
)

_DESCRIPTION = """\
Start a server with a data folder of its own and run real trainings into it, a few at a time: four small models, each
healthy and in ways in which trainings go wrong. Prints the link first. Ctrl-C ends trainings and server.

examples:
  epochwatch demo
  epochwatch demo --port 9000
  epochwatch demo --quick --until-done      a few seconds of everything, then leave

exit status: 0 ended, 1 the server did not start, 2 PyTorch is missing
"""
AT_ONCE = max(2, min(4, (os.cpu_count() or 2) // 2))  # more would only slow each other and the server down
STAGGER_SECONDS = 2.0
START_SECONDS = 30.0
END_SECONDS = 6.0  # a training gets as long to say goodbye before it is killed


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One training: a script of `examples/` and, unless healthy, in which way it goes wrong."""

    script: str
    sick: str = ""


# What is told apart at a glance comes first: two that end at once, one that learns, one that is named within a minute.
DEMO_RUNS: tuple[DemoRun, ...] = (
    DemoRun("multihead_classifier.py", "never_started"),
    DemoRun("signal_multitask.py", "config_strings"),
    DemoRun("point_localiser.py"),
    DemoRun("frame_regression.py", "variance_collapse"),
    DemoRun("signal_multitask.py", "loss_scale"),
    DemoRun("multihead_classifier.py"),
    DemoRun("frame_regression.py", "killed_early"),
    DemoRun("signal_multitask.py", "diverge"),
    DemoRun("point_localiser.py", "done_one_sided"),
    DemoRun("signal_multitask.py"),
    DemoRun("multihead_classifier.py", "tracks_mae"),
    DemoRun("frame_regression.py"),
    DemoRun("point_localiser.py", "overfit"),
)


def run(given: argparse.Namespace) -> int:
    """Start the server, then the trainings; end them all."""
    if find_spec("torch") is None or find_spec("fastapi") is None:
        print("epochwatch demo: it trains with PyTorch. Add it: pip install 'epochwatch[demo]'", file=sys.stderr)
        return WRONG_USAGE
    data = Path(given.data).resolve() if given.data else data_folder(os.environ).with_name(DEMO_FOLDER)
    open_data_folder(data)
    environment = _environment(data)
    children = _Children()
    # However we are asked to leave, what we started leaves with us; a shell in the background ignores SIGINT otherwise.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        print(f"{len(DEMO_RUNS)} trainings, {AT_ONCE} at a time; what they print: {data / 'logs'}", flush=True)
        port = os.environ.get("EPOCHWATCH_PORT") if given.port is None else str(given.port)
        server = children.start(_serve_command(data, port), environment)
        if not _is_up(server, data):
            return PROBLEM
        _train(children, environment, data / "logs", given.quick)
        print("Every training of the demo is over. The page stays until Ctrl-C.", flush=True)
        if not given.until_done:
            server.wait()
    except KeyboardInterrupt:
        print("\nEnding the trainings, then the server ...", flush=True)
    finally:
        children.end()
    return OK


class _Children:
    """The processes this demo started, in sessions of their own: Ctrl-C comes to us, and we end each by its id."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        output = log.open("wb") if log else None
        try:
            child = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output and subprocess.STDOUT, start_new_session=True
            )
        finally:
            if output:
                output.close()
        self._started.append(child)
        return child

    def end(self) -> None:
        """End the trainings first, so that the server still hears how they ended."""
        server, trainings = self._started[:1], self._started[1:]
        _end(trainings, signal.SIGINT)
        _end(server, signal.SIGTERM)


def _train(children: _Children, environment: Mapping[str, str], logs: Path, is_quick: bool) -> None:
    logs.mkdir(mode=0o700, exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []
    for number, demo_run in enumerate(DEMO_RUNS):
        log = logs / f"{number:02}-{Path(demo_run.script).stem}{demo_run.sick and '-' + demo_run.sick}.log"
        running.append(children.start(_train_command(demo_run, is_quick), environment, log))
        time.sleep(0 if is_quick else STAGGER_SECONDS)
        while len(running) >= AT_ONCE:
            running = [child for child in running if child.poll() is None]
            time.sleep(0.1)
    for child in running:
        child.wait()


def _serve_command(data: Path, port: str | None) -> list[str]:
    chosen = port or str(DEFAULT_PORT if _is_free(DEFAULT_PORT) else 0)
    return [sys.executable, "-m", "epochwatch_server.cli", "serve", "--data", str(data), "--port", chosen]


def _train_command(demo_run: DemoRun, is_quick: bool) -> list[str]:
    command = [sys.executable, str(assets_folder("examples") / demo_run.script)]
    command += ["--sick", demo_run.sick] if demo_run.sick else []
    return [*command, "--quick"] if is_quick else command


def _environment(data: Path) -> dict[str, str]:
    """A demo talks to its own server only, whatever the shell is set up for."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EPOCHWATCH_")}
    return environment | {"EPOCHWATCH_DATA": str(data), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((DEFAULT_HOST, port))
        except OSError:
            return False
    return True


def _is_up(server: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until the server has said where it listens; one that ended has said why."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        if is_address_of(data, server.pid):
            return True
        time.sleep(0.05)
    return False


def _end(children: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    alive = [child for child in children if child.poll() is None]
    for child in alive:
        child.send_signal(number)
    end = time.monotonic() + END_SECONDS
    for child in alive:
        try:
            child.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help=f"data folder of the demo (default ~/.local/share/{DEMO_FOLDER})")
    parser.add_argument(
        "--port", type=int, metavar="N", help=f"port (EPOCHWATCH_PORT; default {DEFAULT_PORT}, or any free one)"
    )
    parser.add_argument("--quick", action="store_true", help="train a few seconds each")
    parser.add_argument("--until-done", action="store_true", help="leave when every training is over")


COMMAND = Command("demo", "serve, with real trainings streaming in", _DESCRIPTION, _add_arguments, run)
