"""The other end of a webhook for tests: a real HTTP server on loopback that keeps what it was sent."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `status`, `text` and `headers`; while `is_open` is unset it takes requests and says nothing."""

    status: int = 200
    text: bytes = b"taken"
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_open = threading.Event()
        self.is_open.set()
        self.asked = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.asked.set()
                receiver.is_open.wait()
                receiver.received.append(Received(self.command, self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                for name, value in {"Content-Length": str(len(receiver.text)), **receiver.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.text)

            do_POST = do_GET = do_PUT = _take  # noqa: N815 - names that the library calls

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open.set()
        self._server.shutdown()
        self._server.server_close()

    def ids(self) -> list[str]:
        """The ids of what was received, in order."""
        return [one.headers["Idempotency-Key"] for one in self.received]
