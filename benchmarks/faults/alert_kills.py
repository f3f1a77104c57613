"""Kill the server at random moments around a commit, and compare its alerts with those of an undisturbed replay.

    python -m benchmarks.faults.alert_kills --kills 100

Recorded trainings are sent packet by packet; after some answers, which say that the data is durable, the server is
killed while its rules look at them. A packet without an answer is sent again, as a hook does.

exit status: 0 when every transition of every run is stored, once and in order
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPException
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.health_house import HealthHouse, Said, replayed
from tests.recorded_packets import packets_of, read_lines
from tests.server_process import Client, HandMadeWriter, free_port

from epochwatch_server.cli import main as main_of_server
from epochwatch_server.store.database import open_database

RECORDINGS = ("dev_088", "dev_070", "dev_115", "dev_003", "dev_000", "dev_232")
START_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 0.03  # after an answer; the rules take a few milliseconds


@dataclass
class Verdict:
    """What was found. missing, extra: transitions that a replay makes and the server does not have, and back."""

    kills: int = 0
    transitions: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Say whether nothing is wrong."""
        return not (self.missing or self.extra or self.out_of_order)


class Victim:
    """`epochwatch serve`, forked from a process that has imported it already: it is up within a moment."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = free_port()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["epochwatch_server.app", "epochwatch_server.cli"])
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = ["serve", "--data", str(self._data), "--port", str(self._port)]
        self._process = self._context.Process(target=_serve, args=(arguments,), daemon=True)
        self._process.start()
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > end or not self._process.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.005)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def post(self, packet: bytes) -> None:
        """Post a packet that must be taken.

        Raises:
            OSError, HTTPException: There was no answer.
        """
        client = Client(f"http://127.0.0.1:{self._port}", (self._data / "token").read_text().strip())
        try:
            answer = client.post_packet(packet)
        finally:
            client.close()
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status}: {answer.body[:200]!r}")

    def _answers(self) -> bool:
        client = Client(f"http://127.0.0.1:{self._port}", None)
        try:
            return client.ask("GET", "/health").status == 200
        except OSError:
            return False
        finally:
            client.close()


def _serve(arguments: list[str]) -> None:
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        main_of_server(arguments)


def play(kills: int, data: Path, seed: int = 1) -> Verdict:
    """Send recordings to a server that is killed so many times, and compare."""
    chance, server = random.Random(seed), Victim(data)
    runs = [f"{name}-{turn}" for turn in range(1 + kills // 60) for name in RECORDINGS]
    sent = {run: read_lines(run.partition("-")[0]) for run in runs}
    packets = [packet for run in runs for packet in packets_of(sent[run], HandMadeWriter(run))]
    killed_after = set(chance.sample(range(len(packets)), kills))
    server.start()
    try:
        for number, packet in enumerate(packets):
            if number in killed_after and chance.random() < 0.5:
                _kill_around(server, packet, chance)
            server.post(packet)
            if number in killed_after:
                time.sleep(chance.uniform(0, LONGEST_WAIT_SECONDS))
                server.kill()
                server.start()
        verdict = _compare(data, {run: replayed(run, lines) for run, lines in sent.items()})
    finally:
        server.kill()
    verdict.kills = kills
    return verdict


def _kill_around(server: Victim, packet: bytes, chance: random.Random) -> None:
    """Kill the server while a packet is on its way: stored or not, nobody is told."""
    sending = threading.Thread(target=_post_in_vain, args=(server, packet))
    sending.start()
    time.sleep(chance.uniform(0, LONGEST_WAIT_SECONDS))
    server.kill()
    sending.join()
    server.start()


def _post_in_vain(server: Victim, packet: bytes) -> None:
    with suppress(OSError, HTTPException):
        server.post(packet)


def _compare(data: Path, expected: dict[str, list[Said]]) -> Verdict:
    database = open_database(f"sqlite:///{data / 'epochwatch.db'}", lock=False)
    try:
        house, verdict = HealthHouse(database), Verdict()
        for run, wanted in expected.items():
            house.wait_until_settled(run)
            found = house.said(run)
            verdict.transitions += len(wanted)
            verdict.missing += [f"{run}: {said}" for said in (Counter(wanted) - Counter(found)).elements()]
            verdict.extra += [f"{run}: {said}" for said in (Counter(found) - Counter(wanted)).elements()]
            if sorted(found) == sorted(wanted) and found != wanted:
                verdict.out_of_order.append(run)
        return verdict
    finally:
        database.close()


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        verdict = play(args.kills, Path(folder), args.seed)
    print(json.dumps({**asdict(verdict), "seconds": round(time.monotonic() - begun)}))
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
