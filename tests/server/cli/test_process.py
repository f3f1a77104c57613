"""The server as a process: killed under load it keeps what it confirmed, and two never share a database."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.server.flows.test_ingest import read_all
from tests.server_process import ROOT, HandMadeWriter, Rows, ServerProcess, free_port, start_event

from epochwatch_server.settings import read_address


def train(server: ServerProcess, number: int, stop: threading.Event, confirmed: dict[int, int]) -> None:
    """Send numbered packets as a hook does: again until confirmed, from where the server says."""
    packets = []
    writer = HandMadeWriter(f"run{number}")
    packets.append(writer.packet(events=[start_event()]))
    at = 0
    while not stop.is_set():
        while at >= len(packets):
            step = len(packets)
            packets.append(writer.packet(rows=[Rows(["a", "b"], [step], [[step, -step]])]))
        try:
            with server.client() as client:
                while not stop.is_set():
                    while at >= len(packets):
                        step = len(packets)
                        packets.append(writer.packet(rows=[Rows(["a", "b"], [step], [[step, -step]])]))
                    answer = client.post_packet(packets[at])
                    if answer.status == 200:
                        confirmed[number] = at = answer.json()["confirmed"]
                    elif answer.status == 409:
                        at = answer.json()["expected"]
                        assert at >= confirmed.get(number, 0), "the server lost what it had confirmed"
        except OSError:
            time.sleep(0.01)


def test_a_server_killed_under_load_keeps_what_it_confirmed(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path).start()
    stop, confirmed = threading.Event(), dict[int, int]()
    trainers = [threading.Thread(target=train, args=(server, number, stop, confirmed)) for number in range(3)]
    for trainer in trainers:
        trainer.start()
    for _ in range(4):
        time.sleep(0.5)
        server.kill()
        server.start()
    time.sleep(0.3)
    stop.set()
    for trainer in trainers:
        trainer.join()
    assert sum(confirmed.values()) > 20
    with server.client() as client:
        for number, count in confirmed.items():
            stored = read_all(client, f"run{number}", "a")
            assert {step: float(step) for step in range(1, count)}.items() <= stored.items()
            assert len(stored) <= count + 1  # at most the one packet whose answer was lost
    assert server.stop() == 0


def test_a_second_server_on_the_same_data_refuses_with_a_clear_line(tmp_path: Path) -> None:
    with ServerProcess(tmp_path):
        second = epochwatch("serve", "--data", str(tmp_path), "--port", "0")
        assert second.returncode == 1
        assert "in use by another Epochwatch server" in second.stderr
        assert "Traceback" not in second.stderr


def test_a_database_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "epochwatch.db").write_bytes(b"no database " * 1000)
    damaged = epochwatch("serve", "--data", str(tmp_path), "--port", "0")
    nowhere = f"postgresql://someone:secret@127.0.0.1:{free_port()}/runs"
    away = epochwatch("serve", "--data", str(tmp_path), "--port", "0", "--database-url", nowhere)
    for refused, word in ((damaged, "epochwatch.db"), (away, "127.0.0.1")):
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1
        assert "cannot be opened" in refused.stderr
        assert word in refused.stderr
        assert "secret" not in refused.stderr


def test_an_address_that_is_not_ours_is_no_second_server(tmp_path: Path) -> None:
    refused = epochwatch("serve", "--data", str(tmp_path), "--port", "0", "--host", "192.0.2.1")
    assert refused.returncode == 1
    assert "--host" in refused.stderr
    assert "another server" not in refused.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "a") as server:
        port = server.url.rpartition(":")[2]
        second = epochwatch("serve", "--data", str(tmp_path / "b"), "--port", port)
        assert second.returncode == 1
        assert f"port {port}" in second.stderr
        assert "--port" in second.stderr


def test_unsafe_settings_end_with_status_2_and_say_how_to_do_it_right(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path), "--port", "0")
    refused = epochwatch("serve", "--host", "0.0.0.0", "--no-token", *data)
    assert refused.returncode == 2
    assert "SSH tunnel" in refused.stderr
    refused = epochwatch("serve", "--host", "0.0.0.0", *data, EPOCHWATCH_TOKEN="short")
    assert refused.returncode == 2
    assert "128" in refused.stderr
    assert epochwatch("serve", *data, "--database-url", "oracle://x").returncode == 2
    assert epochwatch("serve", "--port", "x").returncode == 2


def test_ctrl_c_ends_the_server_with_status_0(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path).start()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(5) == 0
    assert read_address(tmp_path) is None


def test_everything_in_the_data_folder_is_private(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server, server.client() as client:
        client.post_packet(HandMadeWriter("run1").packet(events=[start_event()]))
        modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert {"epochwatch.db", "token", "server.json"} <= set(modes)
    assert set(modes.values()) == {0}


def test_the_log_holds_no_token_no_code_and_no_line_made_by_a_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [
        sys.executable,
        "-m",
        "epochwatch_server.cli",
        "serve",
        "--data",
        str(tmp_path),
        "--port",
        str(free_port()),
    ]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=file, text=True)
    end = time.monotonic() + 20
    while (url := read_address(tmp_path)) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    server = ServerProcess(tmp_path)
    server.url = url
    with server.client() as client:
        path = client.send("POST", "/api/login-codes", {}).json()["path"]
        client.ask("GET", path)
        client.ask("GET", f"/api/runs?token={server.token}")
        client.post_packet(HandMadeWriter("run1").packet(events=[start_event(project="evil\x1b[2J\nINFO forged")]))
        client.ask("GET", "/api/%0aINFO%20forged")
    process.terminate()
    told, _ = process.communicate(timeout=5)
    assert process.returncode == 0
    assert f"  open  {url}/login?code=" in told
    text = log.read_text()
    assert "run began run=run1" in text
    for secret in (server.token, path.partition("=")[2], "\x1b", "\nINFO forged"):
        assert secret not in text


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EPOCHWATCH_")}
    roots = os.pathsep.join(str(ROOT / root) for root in ("client_hook", "server"))
    return kept | {"PYTHONPATH": roots} | more


def epochwatch(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    command = [sys.executable, "-m", "epochwatch_server.cli", *arguments]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=30, check=False)
