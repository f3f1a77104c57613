"""One HTTP connection on which every wait has an end, and no answer is believed to be short."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from epochwatch.answer import Answer, Unreachable

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0  # for sending and for the whole answer, however slowly it drips
MAX_ANSWER_BYTES = 1 << 20
_READ_BYTES = 64 * 1024


class Connection:
    """A connection to one server, made when it is first used. One thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http: http.client.HTTPConnection | None = None

    @property
    def is_closed(self) -> bool:
        """Say whether the next post needs another connection."""
        return self._http is None

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and return the answer, whatever its status.

        Raises:
            Unreachable: No whole answer came in time; its cause says why.
        """
        try:
            return self._post(path, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(f"{self._url}: {error or type(error).__name__}") from error

    def close(self) -> None:
        """Close the connection."""
        connection, self._http = self._http, None
        if connection is not None:
            connection.close()

    def abandon(self) -> None:
        """In a forked child: close the child's handle only."""
        connection, self._http = self._http, None
        if connection is not None and connection.sock is not None:
            socket.close(connection.sock.detach())
            connection.sock = None

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._http = self._http or _connect(self._url)
        sock: Any = connection.sock
        sock.deadline = time.monotonic() + ANSWER_SECONDS
        sock.settimeout(ANSWER_SECONDS)
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        answer = Answer(response.status, _read(response), _seconds(response.getheader("Retry-After")))
        if response.will_close:
            self.close()
        return answer


class _PlainSocket(socket.socket):
    """A socket whose deadline is for all reads together: a server that drips bytes cannot hold the thread."""

    deadline = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read what is there, within what is left of the time."""
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    deadline = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read what is there, within what is left of the time."""
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:8421")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.sslsocket_class = _TlsSocket
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=CONNECT_SECONDS, context=context)
        connection.connect()
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock = _PlainSocket(fileno=connection.sock.detach())
    return connection


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no whole answer in time")
    return left


def _read(response: http.client.HTTPResponse) -> bytes:
    """Read an answer of at most `MAX_ANSWER_BYTES`.

    Raises:
        ValueError: It is longer.
    """
    pieces, total = [], 0
    while piece := response.read(_READ_BYTES):
        pieces.append(piece)
        total += len(piece)
        if total > MAX_ANSWER_BYTES:
            raise ValueError(f"the answer is longer than {MAX_ANSWER_BYTES:,} bytes")
    return b"".join(pieces)


def _seconds(given: str | None) -> float:
    """Read a Retry-After; one that is a date, or a century, is the same as none."""
    return float(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else 0.0
