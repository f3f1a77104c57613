"""The live stream as a browser has it: over a real connection, with a cursor, until one side ends it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, ServerProcess, start_event


class Stream:
    """An open event stream."""

    def __init__(self, url: str, path: str, headers: dict[str, str]) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), 10)
        lines = [f"GET {path} HTTP/1.1", f"Host: {address.netloc}", *(f"{n}: {v}" for n, v in headers.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self.socket.makefile("rb")
        self.status = int(self._file.readline().split(b" ")[1])
        self.headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value
        self.last_id = ""
        self.events = self._events()

    def next(self, wanted: str) -> Any:
        """Read on to the next event of a name."""
        return next(data for name, data in self.events if name == wanted)

    def _events(self) -> Iterator[tuple[str, Any]]:
        """Read events until the stream ends."""
        name, data = "", ""
        for line in self._lines():
            if line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and name:
                yield name, json.loads(data)
                name = ""

    def _lines(self) -> Iterator[str]:
        while size := int(self._file.readline().strip() or b"0", 16):
            chunk = self._file.read(size)
            self._file.readline()
            yield from chunk.decode().split("\n")[:-1]

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextmanager
def stream(server: RunningServer | ServerProcess, runs: str = "", **headers: str) -> Iterator[Stream]:
    given = {"Authorization": f"Bearer {server.token}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    opened = Stream(server.url, f"/api/stream?runs={runs}", given)
    try:
        yield opened
    finally:
        opened.close()


def log(client: Client, writer: HandMadeWriter, step: int) -> None:
    assert client.post_packet(writer.packet(rows=[Rows(["a"], [step], [[float(step)]])])).status == 200


def test_points_reach_the_page_within_moments_of_the_packet(server: RunningServer, client: Client) -> None:
    writer = HandMadeWriter("live")
    client.post_packet(writer.packet(events=[start_event()]))
    with stream(server, "live,other") as viewer:
        assert viewer.status == 200
        assert viewer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert viewer.headers["cache-control"] == "no-store"
        delays = []
        for step in range(20):
            began = time.perf_counter()
            log(client, writer, step)
            told = viewer.next("points")
            delays.append(time.perf_counter() - began)
            assert told["series"]["a"]["steps"] == [step]
        assert sorted(delays)[10] < 0.1


def test_a_note_on_runs_together_is_told_to_who_looks_at_them(server: RunningServer, client: Client) -> None:
    for name in ("noted-a", "noted-b"):
        assert client.post_packet(HandMadeWriter(name).packet(events=[start_event()])).status == 200
    with stream(server, "noted-a,noted-b") as viewer:
        client.send("PUT", "/api/compare/note?runs=noted-b,noted-a", {"note": "alike"})
        assert viewer.next("note") == {"runs": ["noted-a", "noted-b"]}


def test_a_stream_for_all_rows_hears_rows_only(server: RunningServer, client: Client) -> None:
    writer = HandMadeWriter("rows")
    with stream(server) as viewer:
        client.post_packet(writer.packet(events=[start_event()], rows=[Rows(["a"], [0], [[1.0]])]))
        name, data = next(viewer.events)
        assert (name, data["run"]["id"]) == ("run", "rows")


def test_a_viewer_resumes_after_its_cursor(server: RunningServer, client: Client) -> None:
    writer = HandMadeWriter("resume")
    client.post_packet(writer.packet(events=[start_event()]))
    with stream(server, "resume") as viewer:
        log(client, writer, 0)
        viewer.next("points")
        cursor = viewer.last_id
    for step in (1, 2, 3):
        log(client, writer, step)
    with stream(server, "resume", Last_Event_ID=cursor) as viewer:
        assert [viewer.next("points")["series"]["a"]["steps"] for _ in range(3)] == [[1], [2], [3]]
    for unknown in ("5", "99999999999999999", "0"):
        with stream(server, "resume", Last_Event_ID=unknown) as viewer:
            assert next(viewer.events)[0] == "reset"
    for nonsense in ("x", "-1", "9" * 400):
        with stream(server, "resume", Last_Event_ID=nonsense) as viewer:
            assert viewer.status == 200


def test_a_viewer_that_leaves_is_forgotten(server: RunningServer, client: Client) -> None:
    hub = server.app.state.services.hub

    def count_becomes(expected: int) -> bool:
        end = time.monotonic() + 5
        while hub.viewers != expected and time.monotonic() < end:
            time.sleep(0.02)
        return bool(hub.viewers == expected)

    assert count_becomes(0)
    with stream(server) as viewer:
        assert viewer.status == 200
        assert count_becomes(1)
    assert count_becomes(0)


def test_a_stream_ends_with_the_first_event_after_its_session(server: RunningServer, client: Client) -> None:
    path = client.send("POST", "/api/login-codes", {}).json()["path"]
    cookie = server.stranger().ask("GET", path).headers["set-cookie"].split(";")[0]
    with stream(server, Authorization="", Cookie=cookie) as viewer:
        assert viewer.status == 200
        server.stranger().ask("POST", "/api/logout", b"", {"Cookie": cookie, "Content-Type": "application/json"})
        client.post_packet(HandMadeWriter("session").packet(events=[start_event()]))
        assert [name for name, _ in viewer.events] == []


def test_a_viewer_that_never_reads_costs_nothing_and_hurts_nobody(server: RunningServer, client: Client) -> None:
    writer = HandMadeWriter("slow")
    client.post_packet(writer.packet(events=[start_event()]))
    with stream(server, "slow") as sleeper, stream(server, "slow") as reader:
        sleeper.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        values = [[0.123456789 + number] for number in range(2_000)]
        for block in range(150):
            client.post_packet(writer.packet(rows=[Rows(["a"], range(block * 2_000, (block + 1) * 2_000), values)]))
            assert len(reader.next("points")["series"]["a"]["steps"]) == 2_000
        hub = server.app.state.services.hub
        assert hub._ring_bytes < 33 * 2**20


def test_sigterm_ends_open_streams_at_once_and_cleanly(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path).start()
    viewers = [Stream(server.url, "/api/stream?runs=a", {"Authorization": f"Bearer {server.token}"}) for _ in range(20)]
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 2.0
    for viewer in viewers:
        assert [name for name, _ in viewer.events] == ["bye"]
        viewer.close()
    assert not (tmp_path / "server.json").exists()
