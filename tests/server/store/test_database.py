"""The database as a whole: one server a file, readers that only read, crashes, full disks, sizes."""

import os
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from tests.server.store.conftest import Store, only_postgresql, only_sqlite
from tests.server.store.making import NOW_MS, adding_run, appending, points_of
from tests.server.store.writing_process import METRICS

from epochwatch_server.domain.errors import DatabaseInUse, InvalidInput, StoreDamaged, StoreUnavailable
from epochwatch_server.domain.sample import Image
from epochwatch_server.domain.series import Points
from epochwatch_server.store import runs, samples, series
from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer

ROOT = Path(__file__).resolve().parents[3]


@only_postgresql
def test_several_servers_on_one_postgresql_are_welcome(store: Store) -> None:
    open_database(store.url).close()


@only_sqlite
def test_a_second_server_on_the_same_file_is_told_who_has_it(store: Store) -> None:
    with pytest.raises(DatabaseInUse) as refusal:
        open_database(store.url)
    assert str(store.database.path) in refusal.value.detail
    assert f"process {os.getpid()}" in refusal.value.detail
    assert "--data" in refusal.value.detail
    store.reopen()  # and the next one is let in


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)):
        store.read(adding_run())


def test_a_database_that_does_not_answer_is_unavailable_not_a_crash(store: Store, engine: str) -> None:
    cut = "SELECT pg_terminate_backend(pg_backend_pid())" if engine == "postgresql" else "SELECT * FROM damaged"
    with pytest.raises(StoreUnavailable, match="try again"):
        store.read(lambda c: c.exec_driver_sql(cut))
    assert store.read(runs.list_runs) == []


@only_sqlite
def test_a_damaged_file_is_said_to_be_damaged_to_readers_and_to_writers(store: Store) -> None:
    store.write(adding_run())
    page = store.read(lambda c: c.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'run'").scalar_one())
    assert store.database.path is not None
    store.close()
    with store.database.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    store.reopen()
    with pytest.raises(StoreDamaged, match="epochwatch restore"):
        store.read(runs.list_runs)
    writer = Writer(store.database)
    writer.start()
    try:
        with pytest.raises(StoreDamaged, match="epochwatch restore"):
            writer.submit(runs.list_runs).result(30)
    finally:
        writer.stop()


@only_sqlite
def test_the_file_is_for_its_owner_alone(store: Store) -> None:
    assert store.database.path is not None
    store.database.path.unlink()
    store.reopen()
    modes = {path.name: path.stat().st_mode & 0o777 for path in store.database.path.parent.iterdir()}
    assert modes.keys() >= {"epochwatch.db", "epochwatch.db-wal", "server.lock"}
    assert set(modes.values()) == {0o600}


def test_a_reader_sees_one_state_from_first_to_last_statement(store: Store) -> None:
    store.write(adding_run())
    store.write(appending({"loss": points_of(range(500))}))
    with store.database.read() as connection:
        assert len(series.read_points(connection, "run1", "loss")) == 500
        store.write(appending({"loss": points_of(range(500, 5_000))}))
        assert len(series.read_points(connection, "run1", "loss")) == 500
    with store.database.read() as connection:
        assert len(series.read_points(connection, "run1", "loss")) == 5_000


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://", "sqlite:////path"),
        ("sqlite:///:memory:", "sqlite:////path"),
        ("mysql://host/name", "sqlite:////path"),
        ("not a url", "cannot be read"),
        ("sqlite:////nowhere/at/all/epochwatch.db", "does not exist"),
    ],
)
def test_a_url_that_cannot_be_used_is_said(url: str, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        open_database(url)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1 'quoted' {x}"
    folder.mkdir()
    open_database(f"sqlite:///{folder}/epochwatch.db").close()
    assert (folder / "epochwatch.db").stat().st_size > 0


def test_what_was_confirmed_survives_kill_9_of_the_writing_process(store: Store, engine: str) -> None:
    store.write(adding_run())
    store.close()
    confirmed = 0
    for _ in range(3):
        confirmed = write_and_kill(store.url, confirmed)
    store.reopen()
    if engine == "sqlite":
        assert store.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"
    for metric in METRICS:
        steps = store.read(partial(series.read_points, run_id="run1", metric=metric)).steps
        assert steps[:confirmed].tolist() == list(range(confirmed))
    assert {found.n for found in store.read(lambda c: series.list_series(c, "run1"))} == {len(steps)}


def write_and_kill(url: str, first: int) -> int:
    """Let a process write from a step on, kill it at a random moment, and return the last step it saw confirmed."""
    command = [sys.executable, "-m", "tests.server.store.writing_process", url, str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = int(process.stdout.readline())
        time.sleep(random.random() / 2)
        process.kill()
        lines = process.stdout.read().split("\n")
    return int(lines[-2]) if len(lines) > 1 else first


@only_sqlite
def test_a_full_disk_fails_what_does_not_fit_and_nothing_else(store: Store) -> None:
    store.write(adding_run())
    store.close()
    store.database = database = open_database(store.url)
    writer = Writer(database)
    writer.start()
    writer.submit(leave_room).result(20)
    picture = Image("ab" * 32, "image/png", 4, 4, bytes(1 << 20))
    assert isinstance(
        writer.submit(lambda c: samples.put_image(c, "run1", "k", picture)).exception(20), StoreUnavailable
    )
    assert writer.submit(lambda c: runs.update_run(c, "run1", note="still here")).result(20) is None
    writer.submit(lambda c: leave_room(c, pages=100_000)).result(20)
    assert writer.submit(lambda c: samples.put_image(c, "run1", "k", picture)).result(20) is None
    writer.stop()
    store._writer = database.writer()


def leave_room(connection: Connection, pages: int = 20) -> None:
    used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}")


@only_sqlite
def test_the_log_of_sqlite_is_emptied_when_there_is_nothing_to_do(store: Store) -> None:
    log = Path(f"{store.database.path}-wal")
    writer = Writer(store.database)
    writer.start()
    writer.submit(adding_run()).result(20)
    with store.database.read() as held:
        runs.list_runs(held)  # a reader that holds on to the log's beginning
        for start in range(0, 600_000, 100_000):
            points = points_of(range(start, start + 100_000), np.random.default_rng(0).random(100_000))
            writer.submit(appending({"loss": points})).result(20)
        assert log.stat().st_size > 4 << 20
    end = time.monotonic() + 20
    while log.stat().st_size and time.monotonic() < end:
        time.sleep(0.02)
    assert log.stat().st_size == 0
    writer.stop()


def test_a_sealed_scalar_takes_at_most_twelve_bytes(store: Store, engine: str) -> None:
    """Noise in full double precision, jittered times, ten metrics a step, as it comes from a hook."""
    random = np.random.default_rng(0)
    n, metrics = 10_000, 10
    store.write(adding_run())
    empty = size(store, engine)  # every table and index has its first page before it has a row
    times = NOW_MS + np.cumsum(random.integers(30, 70, n))
    for start in range(0, n, 500):
        steps = np.arange(start, start + 500)
        given = {
            f"m{number}": Points(steps, steps // 5_000, times[start : start + 500], random.random(500))
            for number in range(metrics)
        }
        store.write(appending(given))
    store.write(lambda c: runs.update_run(c, "run1", ended_ms=NOW_MS))
    store.tidy()
    assert store.count("point") == 0
    assert (size(store, engine) - empty) / (n * metrics) <= 12


@only_sqlite  # in PostgreSQL a row has 24 bytes of header alone: what counts there is how few rows are hot
def test_a_live_scalar_takes_at_most_thirty_bytes_before_it_is_sealed(store: Store, engine: str) -> None:
    random = np.random.default_rng(0)
    store.write(adding_run())
    empty = size(store, engine)
    for step in range(0, 1_000, 5):
        steps = np.arange(step, step + 5)
        given = {f"m{n}": Points(steps, steps // 100, NOW_MS + 50 * steps, random.random(5)) for n in range(10)}
        store.write(appending(given))
    assert store.count("chunk") == 0
    assert (size(store, engine) - empty) / 10_000 <= 30


def size(store: Store, engine: str) -> int:
    """Say how many bytes hold data: of the SQLite file, or of the chunks in PostgreSQL."""
    used = "SELECT pg_total_relation_size('chunk')"
    if engine == "sqlite":
        pragmas = "pragma_page_count, pragma_freelist_count, pragma_page_size"
        used = f"SELECT (page_count - freelist_count) * page_size FROM {pragmas}"
    return int(store.read(lambda c: c.exec_driver_sql(used).scalar_one()))
