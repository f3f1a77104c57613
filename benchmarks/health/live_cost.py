"""Measure what following runs live costs a server: 50 runs, each with an epoch of 60 metrics every second.

    python -m benchmarks.health.live_cost [--runs 50] [--metrics 60] [--seconds 20] [--json]

Two servers get the same packets at the same moments: one that asks the rules, and one that does not. Told are the
processor time of each for a packet, its share of one core, and how long a packet waits for its answer. Every run has
100 epochs behind it when the measuring begins; what is in the way of one server is in the way of the other.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.health.cost import metrics_at
from tests.server_process import ROOT, Client, HandMadeWriter, Rows, free_port, start_event

KINDS = ("without", "with")
EARLIER_EPOCHS = 100
SENDERS = 4
START_SECONDS = 120.0
_SERVE = """
import sys
from epochwatch_server.flows.evaluation import Evaluation
if sys.argv.pop(1) == "without":
    Evaluation.take = lambda *_: None
from epochwatch_server.cli import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What to follow: a packet of each run in every second."""

    runs: int
    metrics: int
    seconds: int

    def begin(self, run: str, noise: random.Random) -> bytes:
        """Make the first packet of a run, with the epochs behind it."""
        writer = HandMadeWriter(run, sent=time.time())
        begun = time.time() - EARLIER_EPOCHS
        tracked = {"metric": "val/f1", "mode": "max", "patience": 500}
        start = start_event(planned_epochs=1000, config={"lr": 1e-3}, tracked=tracked, name=run, time=begun)
        events = [{**self._event(epoch, noise), "time": begun + epoch} for epoch in range(EARLIER_EPOCHS)]
        return writer.packet(events=[start, *events])

    def epoch(self, run: str, epoch: int, noise: random.Random) -> bytes:
        """Make the packet of one epoch."""
        writer = HandMadeWriter(run, next=EARLIER_EPOCHS + 1 + 11 * (epoch - EARLIER_EPOCHS))
        steps = Rows(["train/loss", "lr"], range(10 * epoch, 10 * epoch + 10), [[1.0, 1e-3]] * 10, epoch=epoch)
        return writer.packet(rows=[steps], events=[self._event(epoch, noise)])

    def _event(self, epoch: int, noise: random.Random) -> dict[str, object]:
        values = metrics_at(epoch, self.metrics, noise)
        metrics = {name: [10, value, 0.1 * abs(value), 0.9 * value, 1.1 * value, 0] for name, value in values.items()}
        return {"type": "epoch", "epoch": epoch, "seconds": 1.0, "metrics": metrics}


@dataclass
class Server:
    """One of the two servers, and how long packets waited for its answers, in seconds."""

    url: str
    token: str
    pid: int
    waits: list[float] = field(default_factory=list)

    def post(self, client: Client, packet: bytes) -> None:
        """Post a packet and note the wait."""
        asked = time.perf_counter()
        answer = client.post_packet(packet, deflate=True)
        self.waits.append(time.perf_counter() - asked)
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status}: {answer.body[:200]!r}")

    def judged(self, run: str) -> bool:
        """Say whether the rules were asked about a run."""
        client = Client(self.url, self.token)
        try:
            return any(chip["state"] == "ok" for chip in client.get(f"/api/runs/{run}/health")["chips"])
        finally:
            client.close()

    def processor_seconds(self) -> float:
        """Read how much processor time its process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one server cost: of a packet, in milliseconds, and as a share of one core."""

    processor_ms: float
    core: float
    wait_median_ms: float
    wait_p95_ms: float


def measure(load: Load) -> dict[str, Cost]:
    """Follow runs with two servers and return what each cost, by kind."""
    with ExitStack() as stack:
        servers = {kind: stack.enter_context(_started(kind)) for kind in KINDS}
        noise = random.Random(0)
        runs = [f"run{number}" for number in range(load.runs)]
        _send(list(servers.values()), [[load.begin(run, noise) for run in runs]])
        end = time.monotonic() + START_SECONDS
        while not all(servers["with"].judged(run) for run in runs) and time.monotonic() < end:
            time.sleep(0.2)
        epochs = range(EARLIER_EPOCHS, EARLIER_EPOCHS + load.seconds)
        packets = [[load.epoch(run, epoch, noise) for run in runs] for epoch in epochs]
        before = {kind: server.processor_seconds() for kind, server in servers.items()}
        for server in servers.values():
            server.waits.clear()
        _send(list(servers.values()), packets)
        time.sleep(1.0)  # the last ones are still being judged
        used = {kind: server.processor_seconds() - before[kind] for kind, server in servers.items()}
        return {kind: _cost(server, used[kind], load) for kind, server in servers.items()}


def _cost(server: Server, used: float, load: Load) -> Cost:
    ranked = sorted(server.waits)
    return Cost(
        processor_ms=1000 * used / len(ranked),
        core=used / len(ranked) * load.runs,
        wait_median_ms=1000 * statistics.median(ranked),
        wait_p95_ms=1000 * ranked[int(0.95 * len(ranked))],
    )


@contextmanager
def _started(kind: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, "-c", _SERVE, kind, "serve", "--data", folder, "--port", str(port)]
        roots = os.pathsep.join(str(ROOT / root) for root in ("client_hook", "server"))
        environment = {**os.environ, "PYTHONPATH": roots, "EPOCHWATCH_DATA": folder}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield Server(url, (Path(folder) / "token").read_text().strip(), process.pid)
        finally:
            process.terminate()
            process.wait()


def _send(servers: list[Server], rounds: list[list[bytes]]) -> None:
    """Send a round each second, spread over it, through a few connections; which server is first takes turns."""
    begun = time.monotonic()

    def send(sender: int) -> None:
        clients = [Client(server.url, server.token) for server in servers]
        for number, packets in enumerate(rounds):
            for place in range(sender, len(packets), SENDERS):
                time.sleep(max(0.0, begun + number + place / len(packets) - time.monotonic()))
                pairs = list(zip(servers, clients, strict=True))
                for server, client in pairs if (number + place) % 2 else reversed(pairs):
                    server.post(client, packets[place])
        for client in clients:
            client.close()

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _wait_for(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        client = Client(url, None)
        try:
            if client.ask("GET", "/health").status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            client.close()
    raise RuntimeError("the server did not start")


def main() -> None:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--metrics", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(Load(given.runs, given.metrics, given.seconds))
    if given.json:
        print(json.dumps({kind: asdict(cost) for kind, cost in found.items()}))
        return
    print(f"{given.runs} runs, an epoch of {given.metrics} metrics each second, {given.seconds} s:")
    for kind, cost in found.items():
        print(
            f"  {kind:>7} rules: {cost.processor_ms:.1f} ms of processor time a packet, {cost.core:.0%} of a core; "
            f"answer after {cost.wait_median_ms:.1f} ms, p95 {cost.wait_p95_ms:.1f} ms"
        )
    bare, judged = found["without"], found["with"]
    waits = judged.wait_median_ms / bare.wait_median_ms
    print(f"  ratio: processor {judged.processor_ms / bare.processor_ms:.2f}, answer {waits:.2f}")


if __name__ == "__main__":
    main()
