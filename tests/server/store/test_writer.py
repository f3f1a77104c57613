"""The thread that writes: many jobs share a commit, one that fails fails alone, and it never dies."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import Connection, text
from tests.server.store.making import NOW_MS, adding_run, appending, points_of

from epochwatch_server.domain.errors import NotFound, StoreUnavailable
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.store import events, runs, series, writers
from epochwatch_server.store import writer as writer_module
from epochwatch_server.store.database import Database, open_database
from epochwatch_server.store.writer import Writer

WAIT = 20.0


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database)
    writer.start()
    yield writer
    writer.stop()


class Gate:
    """A job that keeps the writer busy until it is opened, so that others have to wait."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.reached = threading.Event()

    def __call__(self, _connection: Connection) -> None:
        self.reached.set()
        assert self._opened.wait(WAIT)

    def open(self) -> None:
        self._opened.set()


def project(connection: Connection) -> str:
    return str(connection.execute(text("SELECT project FROM run WHERE id = 'run1'")).scalar_one())


def test_a_result_in_hand_can_be_read_by_everybody(database: Database, writer: Writer) -> None:
    assert writer.submit(adding_run()).result(WAIT) is None
    with database.read() as connection:
        assert project(connection) == "project"


def test_jobs_that_wait_share_a_commit(writer: Writer) -> None:
    gate = Gate()
    first = writer.submit(gate)
    assert gate.reached.wait(WAIT)
    futures = [writer.submit(adding_run(f"run{number}")) for number in range(50)]
    before = writer.commits
    gate.open()
    first.result(WAIT)
    for future in futures:
        future.result(WAIT)
    assert writer.commits - before <= 3
    assert writer.jobs >= 51


def test_a_job_that_raises_fails_alone_and_leaves_nothing(database: Database, writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)

    def half_done(connection: Connection) -> None:
        adding_run("half")(connection)
        raise NotFound("something it needs is not there")

    before = writer.submit(adding_run("before"))
    failing = writer.submit(half_done)
    twice = writer.submit(adding_run("before"))
    after = writer.submit(adding_run("after"))
    gate.open()
    before.result(WAIT)
    after.result(WAIT)
    with pytest.raises(NotFound, match="something it needs"):
        failing.result(WAIT)
    assert twice.exception(WAIT) is not None
    with database.read() as connection:
        assert {run.id for run in runs.list_runs(connection)} == {"before", "after"}


def test_a_job_taken_back_before_its_turn_is_not_run(database: Database, writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)
    taken_back = writer.submit(adding_run("never"))
    assert taken_back.cancel()
    last = writer.submit(adding_run("last"))
    gate.open()
    last.result(WAIT)
    with database.read() as connection:
        assert [run.id for run in runs.list_runs(connection)] == ["last"]


def test_numbers_from_many_threads_are_taken_exactly_once(database: Database, writer: Writer) -> None:
    """Eight senders repeat the same forty packets: each packet's event is stored once."""
    writer.submit(adding_run()).result(WAIT)

    def receive(connection: Connection, number: int) -> None:
        if writers.expected_number(connection, "run1", "r0-a") == number:
            note = RunEvent(0, "run1", "note", None, number, NOW_MS, {})
            events.append_events(connection, "run1", [note])
            writers.advance(connection, "run1", "r0-a", number + 1, NOW_MS)

    def send() -> None:
        for number in range(40):
            for _ in range(2):
                writer.submit(partial(receive, number=number)).result(WAIT)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert [event.step for event in events.list_events(connection, "run1")] == list(range(39, -1, -1))


def test_too_many_waiting_jobs_are_refused_at_once(writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)
    futures = [writer.submit(lambda _: None) for _ in range(writer_module._WAITING_JOBS)]
    with pytest.raises(StoreUnavailable, match="cannot keep up"):
        writer.submit(lambda _: None)
    gate.open()
    assert {future.result(WAIT) for future in futures} == {None}


def test_too_many_waiting_bytes_are_refused_at_once(writer: Writer) -> None:
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)
    writer.submit(lambda _: None, size=200 << 20)
    with pytest.raises(StoreUnavailable):
        writer.submit(lambda _: None, size=100 << 20)
    writer.submit(lambda _: None, size=1 << 20)
    gate.open()


def test_stopping_finishes_what_waits_and_takes_no_more(database: Database) -> None:
    writer = Writer(database)
    writer.start()
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)
    futures = [writer.submit(adding_run(f"run{number}")) for number in range(100)]
    gate.open()
    writer.stop()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(StoreUnavailable, match="stopping"):
        writer.submit(adding_run("late"))


def test_hot_rows_are_sealed_when_there_is_nothing_else_to_do(database: Database, writer: Writer) -> None:
    writer.submit(adding_run()).result(WAIT)
    names = [f"m{number}" for number in range(40)]
    for start in (0, 600):
        points = points_of(range(start, start + 600))
        writer.submit(appending(dict.fromkeys(names, points)))
    writer.submit(lambda c: runs.update_run(c, "run1", ended_ms=NOW_MS)).result(WAIT)
    assert becomes_true(lambda: count(database, "point") == 0)
    with database.read() as connection:
        assert len(series.read_points(connection, "run1", "m39")) == 1_200


def test_hot_rows_are_sealed_though_jobs_never_cease(database: Database, writer: Writer) -> None:
    writer.submit(adding_run()).result(WAIT)
    names = [f"m{number}" for number in range(60)]
    end = time.monotonic() + WAIT
    step = sealed = 0
    while time.monotonic() < end and sealed < 60:
        points = points_of(range(step, step + 60))
        futures = [writer.submit(appending(dict.fromkeys(names, points))) for _ in range(2)]
        futures[0].result(WAIT)
        step += 60
        sealed = count(database, "chunk")
    assert sealed >= 60


def test_a_failing_idle_job_harms_nobody(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_connection: Connection) -> bool:
        raise RuntimeError("idle work failed")

    writer = Writer(database, idle=fail)
    writer.start()
    assert becomes_true(lambda: "tidying failed" in caplog.text)
    assert writer.submit(adding_run()).result(WAIT) is None
    writer.stop()


def test_a_database_that_goes_away_fails_the_jobs_and_is_found_again(database: Database, engine: str) -> None:
    writer = Writer(database)
    writer.start()
    writer.submit(adding_run()).result(WAIT)

    def lose_the_transaction(connection: Connection) -> None:
        if engine == "sqlite":
            connection.exec_driver_sql("ROLLBACK")  # as SQLite does by itself on a full disk
        else:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(WAIT)
    doomed = [writer.submit(adding_run("doomed")), writer.submit(lose_the_transaction)]
    gate.open()
    for future in doomed:
        assert isinstance(future.exception(WAIT), StoreUnavailable)
    assert writer.submit(adding_run("next")).result(WAIT) is None
    with database.read() as connection:
        assert {run.id for run in runs.list_runs(connection)} == {"run1", "next"}
    writer.stop()


def count(database: Database, table: str) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def becomes_true(claim: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.01)
    return False
