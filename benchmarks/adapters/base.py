"""What a contender of the benchmark can do, named as in the yardstick that `epochwatch.py` also fits."""

import gzip
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
STOP_SECONDS = 8.0

Chart = dict[str, dict[int, float]]  # metric -> step -> value


class Base:
    """A contender: the writing half runs inside the training process, the reading half asks its server.

    has_ui: a local server answers charts. direct: charts are read from files, no server.
    server_to_log: the server must run before `open`. late_server: the server can only start once a run is there.
    """

    has_ui = True
    direct = False
    server_to_log = False
    late_server = False
    ready_path = "/"

    def __init__(self, store: str | Path) -> None:
        self.store = Path(store)
        self.proc: subprocess.Popen[bytes] | None = None
        self.conn: HTTPConnection | None = None
        self.port: int | None = None

    def env(self) -> dict[str, str]:
        """Return what must be in the environment before the library is imported."""
        return {}

    def open(self, run: str = "r0") -> None:
        """Begin a run."""
        raise NotImplementedError

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log one step. Timed."""
        raise NotImplementedError

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Log images (h, w, 3) of uint8. Timed."""
        raise NotImplementedError

    def close(self) -> None:
        """End the run and wait for what the library itself waits for."""
        raise NotImplementedError

    def versions(self) -> dict[str, str]:
        """Name the versions of what is measured."""
        return {}

    def server_command(self) -> list[str]:
        """Return the command that serves on 127.0.0.1 and `self.port`."""
        raise NotImplementedError

    def serve(self, timeout: float = START_SECONDS) -> float:
        """Start the server and return how long it took in seconds until it answered."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        began = time.perf_counter()
        log = self.store.with_name("server.log")
        with log.open("ab") as output:
            self.proc = subprocess.Popen(
                self.server_command(),
                env={**os.environ, **self.env()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not self._answers():
            if self.proc.poll() is not None or time.perf_counter() - began > timeout:
                raise RuntimeError("no server: " + log.read_text(errors="replace")[-500:])
            time.sleep(0.02)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End the server, if it runs, and hang up."""
        if self.conn is not None:
            self.conn.close()
        if self.proc is not None and self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGTERM)
            try:
                self.proc.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)
                self.proc.wait()
        self.proc = self.conn = None

    def http(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, int, bytes]:
        """Ask over a kept connection, as a browser would. Returns status, bytes on the wire and the decoded body."""
        sent = {"Accept-Encoding": "gzip", **(headers or {})}
        was_kept = self.conn is not None
        if self.conn is None:
            self.conn = HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            self.conn.request(method, path, body, sent)
            answer = self.conn.getresponse()
            raw = answer.read()
        except (HTTPException, OSError):
            self.conn.close()
            self.conn = None
            if was_kept:  # a server may have closed it while nobody asked anything
                return self.http(method, path, body, headers)
            raise
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
        return answer.status, len(raw), gzip.decompress(raw) if is_packed else raw

    def chart_fetch(self, run: str, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for a chart of a run as the contender's own page does. Timed. Returns bytes on the wire and the reply."""
        raise NotImplementedError

    def chart_parse(self, reply: Any) -> Chart:
        """Read a reply of `chart_fetch`. Not timed."""
        raise NotImplementedError

    def runs_fetch(self, metrics: Sequence[str]) -> tuple[int, Any]:
        """Ask for every run with its last value of each metric. Timed. Returns bytes on the wire and the reply."""
        raise NotImplementedError

    def runs_parse(self, reply: Any) -> tuple[int, int]:
        """Count the runs and the values of a reply of `runs_fetch`."""
        raise NotImplementedError

    def _answers(self) -> bool:
        try:
            return self.http("GET", self.ready_path)[0] < 500
        except (HTTPException, OSError):
            return False
