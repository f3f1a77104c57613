"""A real server for tests: the app under uvicorn in a thread, or `epochwatch serve` as a process of its own."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
from fastapi import FastAPI

from epochwatch_server.app import create_app
from epochwatch_server.settings import Flags, is_address_of, read_settings
from epochwatch_server.web.listening import Server, listen, url_of

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 20.0
PACKET_TYPE = "application/vnd.epochwatch.packet"


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks a server over one kept connection; sends its token unless told otherwise."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.token = token
        address = urlsplit(url)
        self._connection, self._used = HTTPConnection(address.hostname or "", address.port, timeout=30), 0.0

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request as it is; `headers` go over the usual ones, an empty value takes a header away."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= headers or {}
        if time.monotonic() - self._used > 1:  # uvicorn closes a silent connection after five seconds
            self._connection.close()
        try:
            self._connection.request(method, path, body, {name: value for name, value in sent.items() if value})
            response = self._connection.getresponse()
            answer = Answer(response.status, dict(response.headers.items()), response.read())
        except BaseException:
            self._connection.close()
            raise
        self._used = time.monotonic()
        if response.will_close:
            self._connection.close()
        return answer

    def get(self, path: str) -> Any:
        """Get JSON that must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json()

    def send(self, method: str, path: str, content: Any) -> Answer:
        """Send JSON."""
        return self.ask(method, path, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def post_packet(self, packet: bytes, *, deflate: bool = False) -> Answer:
        """Post a packet as a hook does."""
        headers = {"Content-Type": PACKET_TYPE}
        if deflate:
            packet, headers["Content-Encoding"] = zlib.compress(packet, 1), "deflate"
        return self.ask("POST", "/api/packets", packet, headers)

    def close(self) -> None:
        self._connection.close()


class RunningServer:
    """The app under a real uvicorn, in a thread of this process. `url` and `token` are what a hook needs."""

    def __init__(self, data: Path, *flags: str, environment: Mapping[str, str] | None = None) -> None:
        given = Flags(data=str(data), port=0, no_token="--no-token" in flags)
        self.data = data
        self.settings = read_settings(given, environment or {})
        self.token = self.settings.token
        self._ready = threading.Event()
        self._strangers: list[Client] = []
        listener = listen(self.settings.host, 0)
        self.url = url_of(listener)
        self.app: FastAPI = create_app(self.settings)
        self._server = Server(self.app, on_ready=self._ready.set)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="server")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(START_SECONDS), "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stranger in self._strangers:
            stranger.close()
        self._server.handle_exit(signal.SIGTERM, None)
        self._thread.join(START_SECONDS)
        assert not self._thread.is_alive(), "the server did not stop"

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Open a client with the server's token."""
        client = Client(self.url, self.token)
        try:
            yield client
        finally:
            client.close()

    def stranger(self) -> Client:
        """Open a client without a token, closed with the server."""
        self._strangers.append(Client(self.url, None))
        return self._strangers[-1]


class ServerProcess:
    """`epochwatch serve` as a process of its own, to be stopped, killed and started again on the same data."""

    def __init__(self, data: Path, *flags: str, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self._flags = flags
        self._port = free_port()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EPOCHWATCH_")}
        self._environment = {**inherited, **(environment or {})}
        roots = os.pathsep.join(str(ROOT / root) for root in ("client_hook", "server"))
        self._environment["PYTHONPATH"] = roots + os.pathsep + self._environment.get("PYTHONPATH", "")
        self.url = f"http://127.0.0.1:{self._port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def token(self) -> str:
        return (self.data / "token").read_text().strip()

    def start(self) -> Self:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "epochwatch_server.cli", "serve", "--data", str(self.data)]
        command += ["--port", str(self._port), *self._flags]
        self.process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, f"the server ended with status {self.process.returncode}"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        if self.process is None or not is_address_of(self.data, self.process.pid):
            return False
        client = Client(self.url, None)
        try:
            return client.ask("GET", "/health").status == 200
        except OSError:
            return False
        finally:
            client.close()

    def kill(self) -> None:
        """Kill it as a power cut of the process would: no clean-up."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Open a client with the server's token."""
        client = Client(self.url, self.token)
        try:
            yield client
        finally:
            client.close()


@dataclass
class Rows:
    """A table of a packet: `steps` many rows of these names; value j of step i is `values[i][j]`."""

    names: Sequence[str]
    steps: Sequence[int]
    values: Sequence[Sequence[float]]
    epoch: int = -1
    time: float | None = None


@dataclass
class HandMadeWriter:
    """Makes packets as a hook's sender does, numbered from 0."""

    run: str
    writer: str = "r0-ab12cd34"
    next: int = 0
    sent: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def packet(
        self,
        *,
        rows: Sequence[Rows] = (),
        events: Sequence[Mapping[str, Any]] = (),
        images: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """Number the records of the next packet and encode it."""
        sent = self.sent if self.sent is not None else time.time()
        first, sections, blocks = self.next, [], []
        for table in rows:
            blocks.append({"names": list(table.names), "rows": len(table.steps)})
            sections.append(encode_rows(table, self.next, table.time if table.time is not None else sent))
            self.next += len(table.steps)
        numbered = [{"number": self.next + place, "time": sent, **event} for place, event in enumerate(events)]
        self.next += len(numbered)
        files = images or {}
        self.next += len(files)
        header = {
            "version": 1,
            "run": self.run,
            "writer": self.writer,
            "first": first,
            "count": self.next - first,
            "sent": sent,
            "blocks": blocks,
            "events": numbered,
            "images": [{"key": key, "bytes": len(file)} for key, file in files.items()],
            **self.extra,
        }
        return encode_packet(header, [*sections, *files.values()])


def encode_packet(header: Mapping[str, Any], sections: Sequence[bytes] = ()) -> bytes:
    """Put a packet together."""
    text = json.dumps(header).encode()
    return b"EWP1" + struct.pack("<I", len(text)) + text + b"".join(sections)


def encode_rows(table: Rows, first: int, sent: float) -> bytes:
    """Encode rows as they stand on the wire."""
    kind = np.dtype(
        [("number", "<u8"), ("step", "<i8"), ("epoch", "<i4"), ("time", "<f8"), ("values", "<f8", (len(table.names),))]
    )
    rows = np.zeros(len(table.steps), kind)
    rows["number"] = np.arange(first, first + len(rows))
    rows["step"] = table.steps
    rows["epoch"] = table.epoch
    rows["time"] = sent
    rows["values"] = table.values
    return rows.tobytes()


def start_event(**fields: Any) -> dict[str, Any]:
    """Make the first event of a run."""
    return {"type": "start", "project": "tests", "name": "a run", "config": {}, "heartbeat_seconds": 5.0, **fields}


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
