"""Servers that hang, drip, refuse, redirect or talk nonsense: the loop notices nothing, and nothing is lost."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import TOKEN, PacketServer, wait_until
from tests.client_hook.steps import assert_whole, log_steps, spools

import epochwatch
from epochwatch import delivery as delivery_module
from epochwatch.spool import SpoolWriter

Told = Callable[[], str]
Header = dict[str, Any]
Request = BaseHTTPRequestHandler


@contextmanager
def fault_of(server: PacketServer, fault: Callable[[Header, Request], bool]) -> Iterator[None]:
    server.fault = fault
    yield
    server.fault = None


def answering(status: int, body: bytes, **headers: str) -> Callable[[Header, Request], bool]:
    def answer(header: Header, request: Any) -> bool:
        request.answer(status, body, **headers)
        return True

    return answer


def dripping(header: Header, request: Any) -> bool:
    try:
        for _ in range(100):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass
    request.close_connection = True
    return True


FAULTS = {
    "garbage": answering(200, b"\x00\xff garbage"),
    "empty": answering(200, b""),
    "no object": answering(200, b"[1]"),
    "nested": answering(200, b"[" * 100_000),
    "a page": answering(200, b"<html>please log in</html>"),
    "less than sent": answering(200, b'{"confirmed": 0}'),
    "a word": answering(200, b'{"confirmed": "all"}'),
    "redirect": answering(302, b"", Location="http://127.0.0.1:1/elsewhere"),
    "not found": answering(404, b"{}"),
    "unprocessable by another service": answering(422, b'{"detail": []}'),
    "error": answering(500, b"boom"),
    "busy": answering(503, b"{}", Retry_After="1000000"),
    "busy until": answering(503, b"{}", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
    "huge": answering(200, b" " * (2 << 20)),
    "expects nonsense": answering(409, b'{"expected": -5}'),
    "expects the same": answering(409, b'{"expected": 0}'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_answer_is_only_a_reason_to_try_again(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("epochwatch.backoff.LONGEST_SECONDS", 0.1)
    with fault_of(server, FAULTS[name]):
        run = start()
        before = time.monotonic()
        log_steps(run, 100)
        assert time.monotonic() - before < 2, "an answer may be waited for longer than that"
        time.sleep(0.15)
    assert wait_until(lambda: ("loss", 99) in server.run(run.id).points)
    run.finish()
    assert_whole(server, run, 100)


def test_an_answer_that_drips_does_not_hold_the_sender(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch.connection.ANSWER_SECONDS", 0.3)
    with fault_of(server, dripping):
        run = start()
        log_steps(run, 10)
        time.sleep(0.5)
    assert wait_until(lambda: ("loss", 9) in server.run(run.id).points)


def test_a_hanging_server_blocks_neither_the_loop_nor_the_end(tmp_path: Path, told: Told) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(16)
        run = epochwatch.init("p", "n", server=f"http://127.0.0.1:{deaf.getsockname()[1]}", epochs=1)
        slowest = 0.0
        for _ in run.epochs():
            for step in range(3000):
                before = time.perf_counter()
                run.log({"loss": 1.0}, step)
                slowest = max(slowest, time.perf_counter() - before)
        before = time.monotonic()
        run.finish()
        assert time.monotonic() - before < 5, "the end waits for seconds at most, an answer may take ten"
        assert slowest < 1
    assert "ended before the server had everything" in told()
    assert "epochwatch sync" in told()
    assert len(spools(tmp_path)) == 1


def test_a_packet_that_the_server_refuses_is_set_aside_and_the_rest_goes_on(
    start: Start, server: PacketServer, told: Told, tmp_path: Path
) -> None:
    def refuse_thirteen(header: Header, request: Any) -> bool:
        if header.get("refused") or not any(event.get("text") == "13" for event in header.get("events", [])):
            return False
        request.answer(422, json.dumps({"error": "malformed_packet", "detail": "13", "status": 422}).encode())
        return True

    run = start()
    with fault_of(server, refuse_thirteen):
        for number in (1, 13, 2):
            run.note(str(number))
            assert wait_until(lambda: (engine := run._engine) is not None and not engine._sender._delivery.has_unsent)  # type: ignore[union-attr]
            time.sleep(0.02)
    run.finish()
    assert [event["text"] for event in server.run(run.id).of_type("note")] == ["1", "2"]
    (aside,) = spools(tmp_path, ".refused-")
    assert b'"text":"13"' in aside.read_bytes()
    assert told().count("the server refused 1 records") == 1


def test_a_packet_too_large_for_something_on_the_way_is_cut_smaller(start: Start, server: PacketServer) -> None:
    def small_only(header: Header, request: Any) -> bool:
        if header["count"] > 40:
            request.answer(413, b"<html>too large</html>")
        return bool(header["count"] > 40)

    with fault_of(server, small_only):
        run = start()
        log_steps(run, 500)
        assert wait_until(lambda: ("loss", 499) in server.run(run.id).points)
    run.finish()
    assert_whole(server, run, 500)


def test_a_new_token_is_read_again(
    server: PacketServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: Told
) -> None:
    monkeypatch.setattr("epochwatch.backoff.LONGEST_SECONDS", 0.1)
    monkeypatch.delenv("EPOCHWATCH_TOKEN")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("an old one\n")
    (tmp_path / "data" / "server.json").write_text(json.dumps({"url": server.url, "pid": 1}))
    run = epochwatch.init("p", "n")
    assert run.url == f"{server.url}/runs/{run.id}"
    log_steps(run, 10)
    assert wait_until(lambda: server.refused_tokens > 1)
    assert "401" in told()
    (tmp_path / "data" / "token").write_text(TOKEN + "\n")
    assert wait_until(lambda: ("loss", 9) in server.run(run.id).points)
    run.finish()
    assert_whole(server, run, 10)


def test_what_the_server_rejects_in_part_is_told_once(start: Start, server: PacketServer, told: Told) -> None:
    def rejecting(header: Header, request: Any) -> bool:
        if not header["count"]:
            return False
        status, said = server.take({**header, "blocks": [], "images": []}, b"")
        rejected = [{"where": f"blocks[{header['first']}].names[0]", "given": "'x'", "expected": "a name"}]
        request.answer(status, {**said, "rejected": rejected})
        return True

    with fault_of(server, rejecting):
        run = start()
        for _ in range(3):
            run.note("x")
            time.sleep(0.06)
        run.finish()
    assert told().count("the server refused blocks") == 1


def test_a_leftover_that_makes_trouble_holds_nobody_up(start: Start, server: PacketServer, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "spool"
    folder.mkdir(parents=True)
    (folder / "broken.r0-old.spool").write_bytes(b"no spool at all")
    writer = SpoolWriter(folder, "poison", "r0-old", 1 << 30)
    writer.open()
    writer.append_event({"type": "note", "time": 1.75e9})
    writer.close()
    with fault_of(server, lambda header, request: header["run"] == "poison" and answering(500, b"")(header, request)):
        run = start()
        for step in range(5):
            run.log({"loss": float(step)}, step)
            assert wait_until(lambda step=step: ("loss", step) in server.run(run.id).points, 1)  # type: ignore[misc]
        run.finish()
    assert [path.name for path in spools(tmp_path)] == ["broken.r0-old.spool.damaged", "poison.r0-old.spool"]


def test_commands_beyond_measure_and_unknown_ones_are_ignored() -> None:
    said = {"run": "/runs/r", "commands": [{"id": n, "type": "stop"} for n in range(1000)]}
    assert len(delivery_module._read_commands(said, "r")) == delivery_module.MAX_COMMANDS
    assert delivery_module._read_commands({**said, "run": "/runs/q"}, "r") == ()
    assert delivery_module._read_commands({**said, "commands": {"id": 1}}, "r") == ()
    assert delivery_module._read_commands({"run": "/runs/r", "commands": [{"id": True, "type": "stop"}]}, "r") == ()
