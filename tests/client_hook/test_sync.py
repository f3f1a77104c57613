"""`sync`: what ended processes left is delivered, once, and what waits is listed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.client_hook.packet_server import TOKEN, PacketServer

import epochwatch
from epochwatch import sync
from epochwatch.__main__ import main
from epochwatch.spool import SpoolWriter

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epochwatch.sender.ABSENT_SECONDS", 0.1)  # nobody listens, and that on purpose


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


def leave_behind(run_id: str, points: int = 10) -> None:
    """Leave a whole run, with its end, in the spool: nobody listens."""
    run = epochwatch.init("p", f"name of {run_id}", id=run_id, server=NOBODY)
    for step in range(points):
        run.log({"loss": float(step)}, step)
    run.finish()


def test_everything_is_delivered_and_the_folder_empty(server: PacketServer, spool: Path) -> None:
    for run_id in ("one", "two"):
        leave_behind(run_id)
    seen: list[tuple[str, int]] = []
    result = sync.deliver(server=server.url, progress=lambda run, records: seen.append((run, records)))
    assert result == sync.SyncResult(runs=("one", "two"), records=26)
    assert seen == [("one", 13), ("two", 13)]
    assert [path.name for path in spool.iterdir()] == []
    for run_id in ("one", "two"):
        stored = server.run(run_id)
        assert len(stored.points) == 10
        assert [event["type"] for event in stored.events] == ["start", "end"]
    assert sync.deliver(server=server.url) == sync.SyncResult()


def test_what_waits_is_listed(server: PacketServer, spool: Path) -> None:
    leave_behind("one")
    running = epochwatch.init("q", "alive", id="two", server=NOBODY)  # with a server it would deliver the other's too
    one, two = sorted(sync.waiting(), key=lambda waiting: waiting.run)
    assert (one.run, one.project, one.name, one.records, one.is_held) == ("one", "p", "name of one", 13, False)
    assert one.nbytes == one.path.stat().st_size - 9
    assert (two.run, two.project, two.is_held) == ("two", "q", True)
    running.finish()
    sync.deliver(server=server.url)
    assert sync.waiting() == []


def test_a_spool_that_a_process_holds_is_left_alone(server: PacketServer) -> None:
    running = epochwatch.init("q", server=NOBODY)
    running.log({"loss": 1.0})
    assert sync.deliver(server=server.url).waiting == 1
    assert server.runs == {}
    running.finish()


def test_an_unreachable_server_is_an_error_and_loses_nothing(
    server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch.backoff.LONGEST_SECONDS", 0.02)
    for run_id in ("one", "two"):
        leave_behind(run_id)
    result = sync.deliver(server=NOBODY)
    assert (result.runs, result.records, result.waiting) == ((), 0, 2)
    assert len(result.errors) == 1
    assert "Connection refused" in result.errors[0]
    assert sync.deliver(server=server.url).records == 26


def test_a_spool_that_cannot_be_taken_does_not_hold_the_others_up(
    server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch.backoff.LONGEST_SECONDS", 0.02)
    for run_id in ("bad", "good"):
        leave_behind(run_id)

    def fail_bad(header: dict[str, object], request: object) -> bool:
        if header["run"] == "bad":
            request.answer(500, b"")  # type: ignore[attr-defined]
        return header["run"] == "bad"

    server.fault = fail_bad
    result = sync.deliver(server=server.url)
    assert (result.runs, result.waiting, result.errors) == (("good",), 1, ("run bad: the server answered status 500",))


def test_time_is_limited(server: PacketServer) -> None:
    leave_behind("one")
    server.fault = lambda header, request: bool(request.answer(503, b"", Retry_After="9") or True)  # type: ignore[attr-defined]
    result = sync.deliver(server=server.url, timeout_seconds=0.5)
    assert result.waiting == 1
    assert "503" in result.errors[0]


def test_what_can_be_read_of_a_damaged_spool_is_delivered(server: PacketServer, spool: Path) -> None:
    leave_behind("one", points=100)
    (path,) = spool.glob("*.spool")
    bent = bytearray(path.read_bytes())
    bent[-1500] ^= 1
    path.write_bytes(bent)
    result = sync.deliver(server=server.url)
    assert result.runs == ("one",)
    assert len(server.run("one").points) == 99
    assert [event["n"] for event in server.run("one").of_type("dropped")] == [1]
    assert [entry.name for entry in spool.iterdir()] == [path.name + ".damaged"]


def test_a_damaged_mark_is_no_trouble(server: PacketServer, spool: Path) -> None:
    leave_behind("one")
    (path,) = spool.glob("*.spool")
    path.with_suffix(".mark").write_text("{nonsense")
    assert sync.deliver(server=server.url).records == 13


def test_a_run_in_another_folder_is_found_by_its_folder(server: PacketServer, tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "elsewhere", "far", "r0-aa", 1 << 30)
    writer.open()
    writer.append_event({"type": "note", "time": 1.75e9, "text": "x"})
    writer.close()
    assert sync.deliver(server=server.url) == sync.SyncResult()
    assert sync.deliver(tmp_path / "elsewhere", server.url, TOKEN).runs == ("far",)


def test_the_command_line_says_what_it_did(
    server: PacketServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch.backoff.LONGEST_SECONDS", 0.02)
    leave_behind("one")
    assert main(["waiting"]) == 0
    assert "p/name of one one: 13 records" in capsys.readouterr().out
    assert main(["sync", "--server", NOBODY]) == 1
    assert "1 spools still wait" in capsys.readouterr().out
    assert main(["sync", "--server", server.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "runs": ["one"], "records": 13, "waiting": 0, "refused": 0, "errors": [],
    }  # fmt: skip
    assert main(["waiting"]) == 0
    assert capsys.readouterr().out == "nothing waits\n"


def test_the_module_runs_as_a_command(server: PacketServer) -> None:
    leave_behind("one")
    done = subprocess.run(
        [sys.executable, "-m", "epochwatch", "sync", "--server", server.url],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "delivered 13 records of 1 finished spools\n"
