"""Kill trainers or the server at random moments, deliver what was left, and compare the books with the server.

    python -m benchmarks.faults.kill_loop --victim trainer --kills 50
    python -m benchmarks.faults.kill_loop --victim server --kills 50

exit status: 0 when every point whose `log` had returned is stored, once and as it was
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks.faults.ledger import Verdict, compare
from benchmarks.faults.trainer import METRICS

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
END_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """victim: "trainer" or "server". gap: shortest and longest time between two kills in seconds."""

    victim: str
    kills: int
    trainers: int = 3
    steps_a_second: float = 300.0
    gap: tuple[float, float] = (0.1, 0.9)
    seed: int = 1


class Stage:
    """A server and trainers in a folder of their own; each can be killed and started again."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.books = folder / "books"
        self.books.mkdir()
        self.port = free_port()
        self._stop = folder / "stop"
        self._data = folder / "data"
        self._log = folder / "log.txt"
        url = f"http://127.0.0.1:{self.port}"
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.environment = {
            **os.environ, "EPOCHWATCH_DATA": str(self._data), "EPOCHWATCH_SERVER": url, "PYTHONPATH": path,
        }  # fmt: skip
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start_server(self) -> None:
        """Start the server and wait until it answers."""
        serve = ["-m", "epochwatch_server.cli", "serve", "--data", str(self._data), "--port", str(self.port)]
        self._start("server", serve)
        end = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._started["server"].poll() is not None or time.monotonic() > end:
                raise RuntimeError("the server did not start: " + self._log.read_text()[-500:])
            time.sleep(0.02)

    def start_trainer(self, run: str) -> None:
        """Start a trainer, or go on with its run."""
        arguments = [run, str(self.books / f"{run}.txt"), str(self._stop), str(self.plan.steps_a_second)]
        self._start(run, ["-m", "benchmarks.faults.trainer", *arguments])

    def kill(self, name: str) -> None:
        """Send SIGKILL."""
        self._started[name].send_signal(signal.SIGKILL)
        self._started[name].wait()

    def end_trainers(self) -> None:
        """Tell the trainers to finish, and wait for them."""
        self._stop.touch()
        for name, process in self._started.items():
            if name != "server":
                process.wait(END_SECONDS)

    def sync(self) -> int:
        """Deliver what was left in the spool; returns the exit status."""
        sync = [sys.executable, "-m", "epochwatch_server.cli", "sync"]
        return subprocess.run(sync, env=self.environment, stdout=subprocess.DEVNULL, check=False).returncode

    def stored(self) -> list[tuple[str, str, int, float]]:
        """Read every point back."""
        dump = [sys.executable, str(ROOT / "benchmarks" / "torture.py"), "dump"]
        lines = subprocess.run(dump, env=self.environment, stdout=subprocess.PIPE, check=True).stdout.splitlines()
        points = [json.loads(line) for line in lines]
        return [(point["run"], point["metric"], point["step"], point["value"]) for point in points]

    def close(self) -> None:
        """End what still runs."""
        for process in self._started.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def _start(self, name: str, arguments: list[str]) -> None:
        with self._log.open("ab") as log:
            self._started[name] = subprocess.Popen(
                [sys.executable, *arguments], env=self.environment, stdout=log, stderr=log
            )


def play(plan: Plan, folder: Path) -> Verdict:
    """Play a plan from start to end and compare the books."""
    stage, chance = Stage(plan, folder), random.Random(plan.seed)
    runs = [f"r{number}" for number in range(plan.trainers)]
    try:
        stage.start_server()
        for run in runs:
            stage.start_trainer(run)
        for _ in range(plan.kills):
            time.sleep(chance.uniform(*plan.gap))
            if plan.victim == "server":
                stage.kill("server")
                stage.start_server()
            else:
                run = chance.choice(runs)
                stage.kill(run)
                stage.start_trainer(run)
        time.sleep(plan.gap[1])
        stage.end_trainers()
        stage.sync()
        return compare(sorted(stage.books.iterdir()), METRICS, stage.stored())
    finally:
        stage.close()


def free_port() -> int:
    """Find a free port below those that the system gives to connections: it must stay free while the server is dead."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
            return True
    except HTTPError as error:
        return error.code < 500
    except (URLError, OSError):
        return False


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--victim", choices=["trainer", "server"], default="trainer")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--trainers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    plan = Plan(args.victim, args.kills, args.trainers, seed=args.seed)
    with tempfile.TemporaryDirectory() as folder:
        verdict = play(plan, Path(folder))
    print(json.dumps({"kills": plan.kills, "victim": plan.victim, **asdict(verdict)}))
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
