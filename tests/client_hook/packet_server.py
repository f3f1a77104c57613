"""A small server that keeps its promises: takes packets in order, exactly once, and can be made to misbehave."""

import json
import struct
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "a-token-for-tests-that-is-43-characters-long"
ROW = struct.Struct("<Qqid")


@dataclass
class Stored:
    """What the server has of one run."""

    points: dict[tuple[str, int], float] = field(default_factory=dict)
    rows: list[tuple[str, int, int, int, float]] = field(default_factory=list)  # metric, number, step, epoch, value
    events: list[dict[str, Any]] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    heartbeats: int = 0

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one type."""
        return [event for event in self.events if event["type"] == kind]


class PacketServer:
    """A real HTTP server on a free port. `fault`: called with each request before it is stored; its answer, if any,
    goes out instead. `lose_answers`: store, but drop the connection instead of confirming."""

    def __init__(self, port: int = 0) -> None:
        self.runs: dict[str, Stored] = {}
        self.expected: dict[tuple[str, str], int] = {}
        self.commands: dict[str, list[dict[str, Any]]] = {}
        self.alerts: dict[str, Any] = {}
        self.headers: list[dict[str, Any]] = []  # of every packet that was stored
        self.refused_tokens = 0
        self.fault: Callable[[dict[str, Any], BaseHTTPRequestHandler], bool] | None = None
        self.lose_answers = 0
        self._lock = threading.Lock()
        handler = type("Bound", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def port(self) -> int:
        """The port."""
        return int(self._http.server_address[1])

    def run(self, run_id: str) -> Stored:
        """Return what is stored of a run."""
        return self.runs.setdefault(run_id, Stored())

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def forget(self, run_id: str, number: int) -> None:
        """Lose everything of a run from a record on, as after a restore from a backup."""
        with self._lock:
            for writer in [key for key in self.expected if key[0] == run_id]:
                self.expected[writer] = min(self.expected[writer], number)
            stored = self.run(run_id)
            stored.rows = [row for row in stored.rows if row[1] < number]
            stored.events = [event for event in stored.events if event["number"] < number]

    def take(self, header: dict[str, Any], sections: bytes) -> tuple[int, dict[str, Any]]:
        """Store a packet as the contract says; return status and answer."""
        with self._lock:
            key = (header["run"], header["writer"])
            expected = self.expected.get(key, 0)
            first, count = header["first"], header["count"]
            if first + count > expected or (count == 0 and first > expected):
                if header.get("missing_from") == expected:
                    expected = first
                if first != expected:
                    return 409, {"error": "out_of_order", "detail": "", "status": 409, "expected": expected}
                self._store(header, sections)
                self.expected[key] = expected = first + count
            elif count == 0:
                self.run(header["run"]).heartbeats += 1
            return 200, {
                "confirmed": expected,
                "run": f"/runs/{header['run']}",
                "commands": self.commands.get(header["run"], []),
                "alerts": self.alerts.get(header["run"], []),
                "rejected": [],
            }

    def _store(self, header: dict[str, Any], sections: bytes) -> None:
        self.headers.append(header)
        stored, place = self.run(header["run"]), 0
        for block in header.get("blocks", []):
            row_type = struct.Struct(f"<Qqid{len(block['names'])}d")
            for _ in range(block["rows"]):
                number, step, epoch, _, *values = row_type.unpack_from(sections, place)
                assert header["first"] <= number < header["first"] + header["count"]
                place += row_type.size
                for name, value in zip(block["names"], values, strict=True):
                    stored.rows.append((name, number, step, epoch, value))
                    stored.points[name, step] = value
        for image in header.get("images", []):
            stored.images[image["key"]] = sections[place : place + image["bytes"]]
            place += image["bytes"]
        assert place == len(sections)
        stored.events += header.get("events", [])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ClassVar[PacketServer]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "deflate":
            body = zlib.decompress(body)
        assert self.path == "/api/packets"
        assert self.headers["Content-Type"] == "application/vnd.epochwatch.packet"
        assert body[:4] == b"EWP1"
        (length,) = struct.unpack_from("<I", body, 4)
        header = json.loads(body[8 : 8 + length])
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.owner.refused_tokens += 1
            return self.answer(401, {"error": "unauthorized", "detail": "wrong token", "status": 401})
        if self.owner.fault is not None and self.owner.fault(header, self):
            return None
        status, said = self.owner.take(header, body[8 + length :])
        if self.owner.lose_answers:
            self.owner.lose_answers -= 1
            self.close_connection = True
            return None
        return self.answer(status, said)

    def answer(self, status: int, said: Mapping[str, Any] | bytes, **headers: str) -> None:
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def wait_until(claim: Callable[[], object], seconds: float = 8.0) -> bool:
    """Wait until a claim holds; False when it never did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if claim():
            return True
        time.sleep(0.01)
    return bool(claim())
