"""Kill a server between the commit of alerts and their delivery, and compare what was committed with what arrived.

    python -m benchmarks.faults.delivery_kills --kills 100

exit status: 0 when every committed alert arrived, and repeats with the same id number at most one per kill
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from epochwatch_server.domain.notification import Notifier
from epochwatch_server.store import notifiers
from epochwatch_server.store.database import open_database

ROOT = Path(__file__).resolve().parents[2]
QUIET_SECONDS = 120.0  # how long the last deliveries may take: a claim of one that was killed lasts half a minute


@dataclass(frozen=True, slots=True)
class Plan:
    """gap: shortest and longest life of the server in seconds; rate: alerts a second; answer: longest wait of the
    receiver before it answers, so that kills fall into deliveries too."""

    kills: int
    gap: tuple[float, float] = (1.2, 4.0)
    rate: float = 20.0
    answer: float = 0.4
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """committed: transitions whose commit was durable; lost: those in no message that arrived; told_twice: those in
    more than one message; repeats: messages that arrived again with the same id."""

    kills: int
    committed: int
    messages: int
    lost: int
    told_twice: int
    repeats: int

    @property
    def is_clean(self) -> bool:
        """Say whether the promise was kept."""
        return self.lost == 0 and self.told_twice == 0 and self.repeats <= self.kills


class Receiver:
    """A webhook that takes its time and keeps the ids it heard."""

    def __init__(self, longest: float, chance: random.Random) -> None:
        self.heard: Counter[str] = Counter()
        heard, lock = self.heard, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                if len(text) < int(self.headers["Content-Length"]):
                    return  # whoever asked was killed meanwhile: not delivered
                body = json.loads(text)
                with lock:
                    heard[body["id"]] += 1
                time.sleep(chance.uniform(0, longest))
                try:
                    self.send_response(204)
                    self.end_headers()
                except OSError:
                    pass  # whoever asked was killed meanwhile

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"json://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


def play(plan: Plan, folder: Path) -> Verdict:
    """Play a plan from start to end and compare."""
    chance = random.Random(plan.seed)
    receiver, url, book = Receiver(plan.answer, chance), f"sqlite:///{folder / 'epochwatch.db'}", folder / "book"
    _set_up(url, receiver.address)
    server = _start(url, book, plan)
    try:
        for _ in range(plan.kills):
            _wait_for_entries(book, server)
            time.sleep(chance.uniform(*plan.gap))
            server.send_signal(signal.SIGKILL)
            server.wait()
            server = _start(url, book, plan)
        book.with_suffix(".stop").touch()
        _wait_until_sent(url, book, server)
    finally:
        server.kill()
        server.wait()
        receiver.close()
    return _compare(url, book, receiver.heard, plan.kills)


def _set_up(url: str, address: str) -> None:
    database = open_database(url)
    with database.writer() as connection, connection.begin():
        notifiers.put_notifier(connection, Notifier(0, "hook", "webhook", address))
    database.close()


def _start(url: str, book: Path, plan: Plan) -> "subprocess.Popen[bytes]":
    roots = [str(ROOT), str(ROOT / "server"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}
    command = [sys.executable, "-m", "benchmarks.faults.deliverer", url, str(book), str(plan.rate)]
    with book.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)


def _wait_for_entries(book: Path, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server that was started last has committed something."""
    before, end = _size(book), time.monotonic() + QUIET_SECONDS
    while _size(book) == before:
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the server does not work: " + book.with_suffix(".log").read_text()[-2000:])
        time.sleep(0.02)


def _wait_until_sent(url: str, book: Path, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + QUIET_SECONDS
    while _unsent(url.removeprefix("sqlite:///"), book):
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError("not everything was sent: " + book.with_suffix(".log").read_text()[-2000:])
        time.sleep(0.5)


def _unsent(path: str, book: Path) -> bool:
    messages = _messages(path)
    told = {id_ for _, ids, state in messages for id_ in ids if state == "sent"}
    return any(state in ("held", "waiting") for *_, state in messages) or not _entries(book) <= told


def _messages(path: str) -> list[tuple[str, list[int], str]]:
    import sqlite3  # read beside the server, which holds the lock of `open_database`

    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id, transition_ids, state FROM notification").fetchall()
    finally:
        connection.close()
    return [(id_, json.loads(ids), state) for id_, ids, state in rows]


def _compare(url: str, book: Path, heard: Counter[str], kills: int) -> Verdict:
    told: Counter[int] = Counter()
    for id_, ids, _ in _messages(url.removeprefix("sqlite:///")):
        if heard[id_]:
            told.update(ids)
    committed = _entries(book)
    return Verdict(
        kills=kills,
        committed=len(committed),
        messages=len(heard),
        lost=len(committed - told.keys()),
        told_twice=sum(count > 1 for count in told.values()),
        repeats=heard.total() - len(heard),
    )


def _size(book: Path) -> int:
    return book.stat().st_size if book.exists() else 0


def _entries(book: Path) -> set[int]:
    return {int(line) for line in book.read_text().split("\n")[:-1]}


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        verdict = play(Plan(args.kills, seed=args.seed), Path(folder))
    print(json.dumps(asdict(verdict)))
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
