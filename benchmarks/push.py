"""From `log` to the event in a browser's stream, with one viewer and with more.

    python -m benchmarks.push --viewers 1 --viewers 5

A hook logs the time ten times a second; every viewer holds an event stream of that run and notes when the value came.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.adapters.epochwatch import Contender, run_id

import epochwatch

SECONDS, HZ = 15, 10


class Viewer(threading.Thread):
    """Reads a stream until it is closed; `delays`: seconds from `log` to the event, by step."""

    def __init__(self, contender: Contender, run: str, epoch: float) -> None:
        super().__init__(daemon=True)
        self.delays: dict[int, float] = {}
        self._epoch = epoch
        self._connection = HTTPConnection("127.0.0.1", contender.port, timeout=SECONDS + 30)
        token = (contender.store / "token").read_text().strip()
        self._connection.request("GET", f"/api/stream?runs={run}", headers={"Authorization": f"Bearer {token}"})
        self._answer = self._connection.getresponse()

    def run(self) -> None:
        """Note every value of the series `clock`."""
        event = b""
        for line in self._answer:
            now = time.time() - self._epoch
            if line.startswith(b"event:"):
                event = line[6:].strip()
            elif line.startswith(b"data:") and event == b"points":
                series = json.loads(line[5:])["series"].get("clock", {"steps": [], "values": []})
                for step, value in zip(series["steps"], series["values"], strict=True):
                    self.delays.setdefault(step, now - value)
            elif event == b"bye":
                return


def measure(count: int) -> dict[str, float]:
    """Measure with `count` viewers; milliseconds over all of them."""
    with tempfile.TemporaryDirectory() as folder:
        contender = Contender(Path(folder) / "store")
        os.environ.update(contender.env())
        contender.serve()
        epoch = time.time()
        os.environ["EPOCHWATCH_SERVER"] = f"http://127.0.0.1:{contender.port}"
        run = epochwatch.init(project="bench", name="push", id=run_id("push"))
        viewers = [Viewer(contender, run.id, epoch) for _ in range(count)]
        for viewer in viewers:
            viewer.start()
        began = time.time()
        for step in range(SECONDS * HZ):
            time.sleep(max(0.0, began + step / HZ - time.time()))
            run.log({"clock": time.time() - epoch}, step=step)
        run.finish()
        time.sleep(1)
        contender.stop()
        for viewer in viewers:
            viewer.join(5)
    delays = sorted(delay * 1e3 for viewer in viewers for delay in viewer.delays.values())
    return {
        "viewers": count,
        "seen of": SECONDS * HZ * count,
        "seen": len(delays),
        "p50 ms": statistics.median(delays),
        "p99 ms": delays[int(0.99 * len(delays))],
    }


def main() -> None:
    """Measure each number of viewers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, action="append")
    for count in parser.parse_args().viewers or [1, 5]:
        print(json.dumps(measure(count)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
