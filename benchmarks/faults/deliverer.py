"""A stand-in for a server that finds trouble and tells of it: alerts are committed, entered in a book, and delivered.

    python -m benchmarks.faults.deliverer DATABASE_URL BOOK ALERTS_A_SECOND

The store, the writer, the loop of delivery and the sender are the real ones. The id of each transition goes into the
book once its commit is durable. It runs until it is killed, or until the file `BOOK.stop` is there: then it makes no
more alerts, and goes on delivering.
"""

import itertools
import os
import sys
import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from epochwatch_server.domain.run import Declared, Run, RunState
from epochwatch_server.flows.deliver import Deliver
from epochwatch_server.notify.sender import Sender
from epochwatch_server.store import alerts, runs
from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer

RUNS = 12


def main(url: str, book: Path, rate: float) -> None:
    """Make alerts and deliver them until killed."""
    database = open_database(url)
    writer = Writer(database)
    writer.start()
    deliver = Deliver(database, writer, Sender(allows_private=True), lambda: "http://127.0.0.1", now_ms)
    deliver.start()
    entries = os.open(book, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with database.read() as connection:
        start = sum(1 for _ in alerts.list_transitions(connection, limit=1_000_000))
    for number in itertools.count(start):
        if book.with_suffix(".stop").exists():
            break
        transition = writer.submit(partial(make_alert, number=number)).result()
        os.write(entries, f"{transition}\n".encode())
        time.sleep(1 / rate)
    while True:
        time.sleep(1)


def make_alert(connection: Connection, number: int) -> int:
    """Store an alert that fires; returns the id of its transition."""
    run = f"run{number % RUNS}"
    if runs.get_run(connection, run) is None:
        runs.insert_run(connection, stand_in(run))
    found = {
        "rule": "overfitting", "subject": f"s{number}", "phase": "firing", "severity": "warning", "first_epoch": 1,
        "fired_epoch": 1, "fired_time": 1.0, "resolved_epoch": None, "resolved_time": None, "held": 1, "cleared": 0,
        "what": f"alert {number}", "found_severity": "warning", "cause": "", "recommendations": [],
        "evidence": {"values": {}, "threshold": "", "since": 1, "metrics": []},
    }  # fmt: skip
    alert = alerts.put_alert(connection, run, found, now_ms())
    return alerts.add_transition(connection, alert.id, run, "firing", "warning", 1, now_ms(), f"alert {number}").id


def stand_in(run_id: str) -> Run:
    """Make a run that alerts can belong to."""
    nothing = dict.fromkeys(
        ("last_point_ms", "ended_ms", "planned_epochs", "epoch", "epoch_seconds", "step", "learning_rate",
         "parameters", "tracked", "end")
    )  # fmt: skip
    return Run(
        id=run_id, project="kills", name=run_id, state=RunState.RUNNING, hue=0, created_ms=now_ms(),
        last_seen_ms=now_ms(), heartbeat_seconds=5.0, epochs_done=0, dropped=0, declared=Declared(), config={},
        environment={}, **nothing,  # type: ignore[arg-type]
    )  # fmt: skip


def now_ms() -> int:
    """Tell the time."""
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
