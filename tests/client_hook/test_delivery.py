"""From the spool to a server that is there, away, back again or forgetful: everything arrives, and once."""

import os
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer, wait_until
from tests.client_hook.steps import assert_whole, log_steps, spools

import epochwatch
from epochwatch.spool import SpoolWriter

Told = Callable[[], str]
Header = dict[str, Any]
Request = BaseHTTPRequestHandler


def test_points_arrive_while_the_run_goes_on(start: Start, server: PacketServer) -> None:
    run = start()
    for step in range(5):
        before = time.monotonic()
        run.log({"loss": float(step)}, step)
        assert wait_until(lambda step=step: ("loss", step) in server.run(run.id).points)  # type: ignore[misc]
        assert time.monotonic() - before < 3.0, "sooner than the next heartbeat"


def test_many_calls_share_a_packet_and_nothing_is_sent_without_need(start: Start, server: PacketServer) -> None:
    run = start(heartbeat_seconds=60)
    for step in range(300):
        run.log({"loss": 1.0}, step)
        time.sleep(0.001)
    assert wait_until(lambda: ("loss", 299) in server.run(run.id).points)
    packets = len(server.headers)
    assert packets < 40
    time.sleep(0.3)
    assert len(server.headers) == packets
    assert server.run(run.id).heartbeats == 0


def test_a_silent_run_beats(start: Start, server: PacketServer) -> None:
    run = start(heartbeat_seconds=0.1)
    assert wait_until(lambda: server.run(run.id).heartbeats >= 3, 2)


def test_a_server_that_comes_late_gets_everything(tmp_path: Path, told: Told) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    run = epochwatch.init("p", "n", server=f"http://127.0.0.1:{port}")
    log_steps(run, 100)
    time.sleep(0.3)
    late = PacketServer(port)
    assert wait_until(lambda: ("loss", 99) in late.run(run.id).points)
    run.finish()
    assert_whole(late, run, 100)
    assert told().count("cannot deliver just now") == 1
    late.close()


def test_a_server_that_dies_and_comes_back_gets_everything_once(start: Start, server: PacketServer) -> None:
    run = start()
    log_steps(run, 50)
    assert wait_until(lambda: server.run(run.id).points)
    server.close()
    log_steps(run, 50, 50)
    time.sleep(0.2)
    back = PacketServer(server.port)
    back.runs, back.expected = server.runs, server.expected
    assert wait_until(lambda: ("loss", 99) in back.run(run.id).points)
    run.finish()
    assert_whole(back, run, 100)
    back.close()


def test_answers_that_are_lost_store_nothing_twice(start: Start, server: PacketServer) -> None:
    run = start()
    for part in range(5):
        server.lose_answers = 1
        log_steps(run, 20, part * 20)
        time.sleep(0.06)
    run.finish()
    assert_whole(server, run, 100)


def test_a_server_that_lost_data_gets_it_again(start: Start, server: PacketServer) -> None:
    run = start()
    log_steps(run, 100)
    assert wait_until(lambda: ("loss", 99) in server.run(run.id).points)
    server.forget(run.id, 30)
    log_steps(run, 10, 100)
    run.finish()
    assert_whole(server, run, 110)


def test_what_the_spool_no_longer_has_is_named_as_missing(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch.sender.SHORTEN_FROM_BYTES", 1000)
    run = start()
    log_steps(run, 100)
    assert wait_until(lambda: ("loss", 99) in server.run(run.id).points)
    engine = run._engine
    assert engine is not None
    assert wait_until(lambda: engine.recorder.spool.size < 1000)
    server.forget(run.id, 30)
    log_steps(run, 10, 100)
    run.finish()
    steps = sorted(step for name, step in server.run(run.id).points if name == "loss")
    assert steps[-10:] == list(range(100, 110))
    (jumped,) = [header for header in server.headers if "missing_from" in header]
    assert jumped["missing_from"] == 30
    assert jumped["first"] > 90


def test_a_confirmed_spool_gives_its_space_back(
    start: Start, monkeypatch: pytest.MonkeyPatch, server: PacketServer
) -> None:
    monkeypatch.setattr("epochwatch.sender.SHORTEN_FROM_BYTES", 20_000)
    run = start()
    engine = run._engine
    assert engine is not None
    largest = 0
    for part in range(20):
        log_steps(run, 200, part * 200)
        assert wait_until(lambda part=part: ("loss", part * 200 + 199) in server.run(run.id).points)  # type: ignore[misc]
        largest = max(largest, engine.recorder.spool.size)
    run.finish()
    assert_whole(server, run, 4000)
    assert largest < 60_000


def test_dropped_points_are_told_when_there_is_room_again(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    monkeypatch.setenv("EPOCHWATCH_SPOOL_MAX_BYTES", "20000")
    run = start()
    log_steps(run, 2000)
    run.finish()
    stored = server.run(run.id)
    kept = len(stored.points)
    assert 100 < kept < 2000
    assert sum(event["n"] for event in stored.of_type("dropped")) == 2000 - kept
    assert "limit of 20,000 bytes" in stored.of_type("dropped")[0]["reason"]
    assert stored.of_type("end")
    assert told().count("cannot keep what is logged") == 1


def test_leftovers_of_the_same_run_go_first_and_those_of_others_follow(
    start: Start, server: PacketServer, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "spool"
    for run_id, count in (("mine", 3), ("others", 5000)):
        writer = SpoolWriter(folder, run_id, "r0-old", 1 << 30)
        writer.open()
        for number in range(count):
            writer.append_event({"type": "note", "time": 1.75e9, "text": str(number)})
        writer.close()
    run = start(id="mine", resume=True)
    assert wait_until(lambda: len(server.run("others").events) == 5000)
    run.finish()
    kinds = [event["type"] for event in server.run("mine").events]
    assert kinds[:4] == ["note", "note", "note", "start"]
    assert spools(tmp_path) == []


def test_sixteen_threads_lose_nothing(start: Start, server: PacketServer) -> None:
    run = start()

    def work(worker: int) -> None:
        for step in range(200):
            run.log({f"worker{worker}": float(step)}, step)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    rows = server.run(run.id).rows
    assert len(rows) == len({row[1] for row in rows}) == 3200
    assert {row[0] for row in rows} == {f"worker{i}" for i in range(16)}


def test_nothing_is_left_running(start: Start, server: PacketServer) -> None:
    def senders() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "epochwatch-sender"]

    handles = len(os.listdir("/proc/self/fd"))
    run = start()
    assert len(senders()) == 1
    run.finish()
    assert wait_until(lambda: not senders(), 2)
    assert wait_until(lambda: len(os.listdir("/proc/self/fd")) <= handles, 2)


def test_what_stays_unconfirmed_is_safe_from_a_power_cut_after_a_second(
    monkeypatch: pytest.MonkeyPatch, start: Start, server: PacketServer
) -> None:
    synced: list[float] = []
    real = os.fdatasync

    def noting(fd: int) -> None:
        synced.append(time.monotonic())
        real(fd)

    monkeypatch.setattr(os, "fdatasync", noting)
    monkeypatch.setattr("epochwatch.sender.SYNC_SECONDS", 0.2)
    confirmed = start()
    for step in range(10):
        confirmed.log({"loss": 1.0}, step)
        time.sleep(0.03)
    confirmed.finish()
    assert synced == []  # the server had everything in time
    alone = epochwatch.init("p", server="http://127.0.0.1:9")
    before = time.monotonic()
    alone.log({"loss": 1.0})
    assert wait_until(lambda: synced, 2)
    assert synced[0] - before < 1.0
    time.sleep(0.5)
    assert len(synced) == 1  # nothing new, nothing to do
    alone.finish()
