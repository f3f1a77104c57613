"""How fast and how small the store is, on SQLite or on a PostgreSQL named by its URL.

    python benchmarks/store.py                           a new SQLite file in a temporary folder
    python benchmarks/store.py postgresql://user@host/x  a database that is empty

Times are the best of several: the machine is rarely alone. Ratios are worth more than the figures.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.run import Declared, Run, RunState
from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.store import runs, series
from epochwatch_server.store.database import Database, open_database
from epochwatch_server.store.writer import Writer

NOW_MS = 1_763_600_000_000
METRICS = [f"m{number}" for number in range(10)]
STEPS = 100_000
RUNS = 1_000
WAIT = 300.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/store.db"
        database = open_database(url)
        writer = Writer(database)
        writer.start()
        try:
            measure(database, writer)
        finally:
            writer.stop()
            database.close()


def measure(database: Database, writer: Writer) -> None:
    for rows in (20_000, 1_000, 100):
        report(f"bulk, {rows:,} steps x 10 metrics a packet, points/s", bulk(writer, f"bulk{rows}", rows))
    for senders in (1, 32):
        waits = live(writer, f"live{senders}", senders)
        report(f"live, 10 points a packet, {senders} waiting, points/s", 10 * len(waits) * senders / sum(waits))
        for name, share in (("median", 0.5), ("99 of 100", 0.99), ("longest", 1.0)):
            wait = sorted(waits)[round(share * (len(waits) - 1))]
            report(f"  from submit to durable, {name}, ms", wait * 1_000)
    chart = partial(series.read_slices, run_id="bulk20000", metrics=METRICS)
    report("slices of 10 series x 100,000 steps, some hot, ms", best_ms(database, chart))
    end(database, writer, "bulk20000")
    report("slices of 10 series x 100,000 sealed steps, ms", best_ms(database, chart))
    report("  the same, 100 steps of it, ms", best_ms(database, partial(chart, first=50_000, last=50_099)))
    report("spikes kept in slices of 10 series (one each)", spikes_kept(database, writer))
    long_series(database, writer)
    sizes(database, writer)
    table(database, writer)


def bulk(writer: Writer, run_id: str, rows: int) -> float:
    """Append 10 metrics of STEPS steps in packets of `rows` steps, up to 20 of them waiting; points per second."""
    random = np.random.default_rng(0)
    values = random.random((len(METRICS), STEPS))
    times = NOW_MS + np.cumsum(random.integers(0, 2, STEPS))
    writer.submit(lambda c: runs.insert_run(c, a_run(run_id))).result(WAIT)
    begin = time.perf_counter()
    waiting = []
    for start in range(0, STEPS, rows):
        steps = np.arange(start, min(STEPS, start + rows))
        given = {
            name: Points(steps, steps // 10_000, times[steps], values[place][steps])
            for place, name in enumerate(METRICS)
        }
        waiting.append(writer.submit(partial(append, run_id=run_id, given=given)))
        if len(waiting) > 20:
            waiting.pop(0).result(WAIT)
    for future in waiting:
        future.result(WAIT)
    return STEPS * len(METRICS) / (time.perf_counter() - begin)


def live(writer: Writer, run_id: str, senders: int, packets: int = 3_000) -> list[float]:
    """Append one step of 10 metrics a packet from several threads; the seconds until each was durable."""
    writer.submit(lambda c: runs.insert_run(c, a_run(run_id))).result(WAIT)
    values = np.random.default_rng(0).random((packets, len(METRICS)))
    waits: list[float] = []

    def send(first: int) -> None:
        for step in range(first, packets, senders):
            steps, times, epochs = np.array([step]), np.array([NOW_MS + 50 * step]), np.array([0])
            given = {name: Points(steps, epochs, times, values[step, [place]]) for place, name in enumerate(METRICS)}
            begin = time.perf_counter()
            writer.submit(partial(append, run_id=run_id, given=given)).result(WAIT)
            waits.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=send, args=(first,)) for first in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def spikes_kept(database: Database, writer: Writer) -> int:
    random = np.random.default_rng(3)
    spikes = random.integers(0, STEPS, len(METRICS))
    given = {}
    for name, spike in zip(METRICS, spikes, strict=True):
        values = random.random(STEPS)
        values[spike] = 1_000.0
        steps = np.arange(STEPS)
        given[name] = Points(steps, steps * 0, NOW_MS + steps, values)
    writer.submit(lambda c: runs.insert_run(c, a_run("spikes"))).result(WAIT)
    writer.submit(partial(append, run_id="spikes", given=given)).result(WAIT)
    with database.read() as connection:
        parts = series.read_slices(connection, "spikes", METRICS)
    return sum(int(spike in part.points.steps) for part, spike in zip(parts, spikes, strict=True))


def long_series(database: Database, writer: Writer) -> None:
    random = np.random.default_rng(4)
    writer.submit(lambda c: runs.insert_run(c, a_run("long"))).result(WAIT)
    for name, count in (("million", 1_000_000), ("ten million", 10_000_000)):
        for start in range(0, count, 500_000):
            steps = np.arange(start, start + 500_000)
            given = {name: Points(steps, steps // 100_000, NOW_MS + 20 * steps, random.random(500_000))}
            writer.submit(partial(append, run_id="long", given=given)).result(WAIT)
        read = partial(series.read_slices, run_id="long", metrics=[name])
        report(f"slice of one series of {count:,} steps, 1,000 buckets, ms", best_ms(database, read, 5))


def sizes(database: Database, writer: Writer) -> None:
    """Bytes per scalar inside chunks, by kind of value, at 50 ms a step with some jitter."""
    kinds: dict[str, Callable[[np.random.Generator], np.ndarray[Any, Any]]] = {
        "noise in float64": lambda random: random.random(STEPS),
        "noise born as float32": lambda random: random.random(STEPS).astype(np.float32).astype(float),
        "learning rate, constant": lambda _: np.full(STEPS, 5e-5),
    }
    for number, (kind, values) in enumerate(kinds.items()):
        random = np.random.default_rng(number)
        steps = np.arange(STEPS)
        times = NOW_MS + np.cumsum(random.integers(40, 61, STEPS))
        given = {"loss": Points(steps, steps // 1_000, times, values(random))}
        run_id = f"size{number}"
        writer.submit(partial(runs.insert_run, run=a_run(run_id))).result(WAIT)
        writer.submit(partial(append, run_id=run_id, given=given)).result(WAIT)
        end(database, writer, run_id)
        with database.read() as connection:
            of_run = f"SELECT id FROM series WHERE run_id = '{run_id}'"
            held = f"SELECT sum(length(data)) FROM chunk WHERE series_id IN ({of_run})"
            held_bytes = int(connection.exec_driver_sql(held).scalar_one())
        report(f"bytes a scalar inside chunks, {kind}", held_bytes / STEPS)
    if database.path is not None:
        file_bytes(database)


def file_bytes(database: Database) -> None:
    with database.read() as connection:
        pragmas = "pragma_page_count, pragma_freelist_count, pragma_page_size"
        used = f"SELECT (page_count - freelist_count) * page_size FROM {pragmas}"
        held = connection.exec_driver_sql(used).scalar_one()
        scalars = connection.exec_driver_sql("SELECT sum(n) FROM series").scalar_one()
    report("bytes a scalar of the whole file, everything included", held / scalars)


def table(database: Database, writer: Writer) -> None:
    writer.submit(add_table).result(WAIT)
    ids = [f"table{number}" for number in range(RUNS)]
    report("list of 1,000 runs, ms", best_ms(database, partial(runs.list_runs, ids=ids)))
    report(
        "last values of 1,000 runs x 10 metrics, ms",
        best_ms(database, partial(series.last_values, run_ids=ids, metrics=METRICS)),
    )
    curves = dict.fromkeys(ids, "m0")
    report(
        "small curves of 1,000 runs x 30 epochs, ms",
        best_ms(database, partial(series.sparklines, metric_of_run=curves)),
    )


def add_table(connection: Connection) -> None:
    steps = np.arange(100)
    for number in range(RUNS):
        run_id = f"table{number}"
        runs.insert_run(connection, a_run(run_id))
        points = Points(steps, steps // 10, NOW_MS + steps, np.sin(steps / 9.0))
        append(connection, run_id, dict.fromkeys(METRICS, points))
        epochs = [EpochPoint(epoch, 0.1, 10, 0.1, 0.0, 1.0, 0, epoch * 10, NOW_MS) for epoch in range(30)]
        series.append_epoch_points(connection, run_id, {"m0": epochs})


def append(connection: Connection, run_id: str, given: Mapping[str, Points]) -> None:
    series.append_points(connection, run_id, given)


def end(database: Database, writer: Writer, run_id: str) -> None:
    """End a run and wait until all of it is sealed."""
    writer.submit(lambda c: runs.update_run(c, run_id, ended_ms=NOW_MS)).result(WAIT)
    hot = f"SELECT sum(hot_n) FROM series WHERE run_id = '{run_id}'"
    while True:
        with database.read() as connection:
            if not connection.exec_driver_sql(hot).scalar_one():
                return
        time.sleep(0.05)


def best_ms(database: Database, job: Callable[[Connection], object], times: int = 15) -> float:
    taken = []
    for _ in range(times):
        with database.read() as connection:
            begin = time.perf_counter()
            job(connection)
            taken.append(time.perf_counter() - begin)
    return min(statistics.median(taken), min(taken) * 1.5) * 1_000


def report(what: str, value: float) -> None:
    print(f"{what:<75}{value:>14,.2f}" if value < 1_000 else f"{what:<75}{value:>14,.0f}", flush=True)


def a_run(run_id: str) -> Run:
    return Run(
        id=run_id,
        project="benchmark",
        name=run_id,
        state=RunState.RUNNING,
        hue=0,
        created_ms=NOW_MS,
        last_seen_ms=NOW_MS,
        last_point_ms=None,
        ended_ms=None,
        heartbeat_seconds=5.0,
        planned_epochs=100,
        epoch=3,
        epochs_done=3,
        epoch_seconds=1.0,
        step=100,
        learning_rate=1e-3,
        parameters=None,
        dropped=0,
        tracked=None,
        declared=Declared(),
        config={"batch": 32, "model": {"width": 256, "depth": 4}},
        environment={"host": "here", "packages": {f"package{number}": "1.2.3" for number in range(40)}},
        end=None,
    )


if __name__ == "__main__":
    main()
