"""Two servers on one PostgreSQL: they may both be sent the same packets of the same run."""

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from sqlalchemy import Connection
from tests.server.store.conftest import only_postgresql
from tests.server.store.making import NOW_MS, adding_run, appending, points_of

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.store import events, runs, series, writers
from epochwatch_server.store.database import Database, open_database
from epochwatch_server.store.writer import Writer

PACKETS = 60
STEPS = 40  # a packet


pytestmark = only_postgresql


@pytest.fixture
def servers(url: str) -> Iterator[list[tuple[Database, Writer]]]:
    made = []
    for _ in range(2):
        database = open_database(url)
        writer = Writer(database)
        writer.start()
        made.append((database, writer))
    yield made
    for database, writer in made:
        writer.stop()
        database.close()


def receive(connection: Connection, sender: str, number: int) -> None:
    """Take a packet as the server does: only the one that is expected, everything of it or nothing."""
    if writers.expected_number(connection, "run1", sender) != number:
        return
    steps = range(number * STEPS, (number + 1) * STEPS)
    values = np.sin(np.array(steps) / 50.0) * (2 if sender == "r1-b" else 1)
    appending(points_of(steps, values))(connection)
    note = RunEvent(0, "run1", "note", None, number, NOW_MS, {"sender": sender})
    events.append_events(connection, "run1", [note])
    writers.advance(connection, "run1", sender, number + 1, NOW_MS)


def test_each_packet_counts_once_and_the_summary_stays_exact(servers: list[tuple[Database, Writer]]) -> None:
    database, writer = servers[0]
    writer.submit(adding_run()).result(20)
    failures: list[BaseException] = []

    def send(writer: Writer, sender: str) -> None:
        for number in range(PACKETS):
            failure = writer.submit(partial(receive, sender=sender, number=number)).exception(20)
            failures.extend([failure] if failure else [])

    senders = [(writer, sender) for _, writer in servers for sender in ("r0-a", "r1-b")]
    threads = [threading.Thread(target=send, args=each) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as connection:
        notes = events.list_events(connection, "run1", limit=1_000)
        points = series.read_points(connection, "run1", "loss")
        (summary,) = series.list_series(connection, "run1")
    assert sorted((note.data["sender"], note.step) for note in notes) == [
        (sender, number) for sender in ("r0-a", "r1-b") for number in range(PACKETS)
    ]
    assert points.steps.tolist() == list(range(PACKETS * STEPS))
    assert (summary.n, summary.last, summary.nonfinite) == (len(points), points.values[-1], 0)
    assert (summary.max, summary.min) == (points.values.max(), points.values.min())


def test_one_server_seals_and_deletes_while_the_other_writes(servers: list[tuple[Database, Writer]]) -> None:
    (database, first), (_, second) = servers
    for run_id in ("run1", "run2"):
        first.submit(adding_run(run_id)).result(20)
    for number in range(PACKETS):
        steps = range(number * STEPS, (number + 1) * STEPS)
        for run_id, writer in (("run1", first), ("run1", second), ("run2", second)):
            given = {f"m{n}": points_of(steps) for n in range(5)}
            writer.submit(appending(given, run_id))
    second.submit(lambda c: runs.delete_run(c, "run2")).result(20)
    first.submit(lambda c: runs.update_run(c, "run1", ended_ms=NOW_MS)).result(20)
    first.stop()
    second.stop()
    with database.read() as connection:
        for found in series.list_series(connection, "run1"):
            assert found.n == PACKETS * STEPS
            assert len(series.read_points(connection, "run1", found.metric)) == PACKETS * STEPS
