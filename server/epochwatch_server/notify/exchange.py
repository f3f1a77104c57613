"""One try to reach a receiver: the sockets it may open, the time it has, and what the other end said."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

from epochwatch_server.notify.addresses import AddressRefused, allowed_addresses

TOTAL_SECONDS = 15.0  # for everything: look-up, connecting, sending, the answer
CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 64 * 1024


@dataclass(slots=True)
class Exchange:
    """What one try may do and what came of it. Belongs to one thread; only its timer touches it from another."""

    allows_private: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    ends_at: float = 0.0  # by the monotonic clock
    statuses: list[int] = field(default_factory=list)
    answer: str = ""
    problem: str = ""
    is_refused: bool = False
    retry_seconds: float | None = None
    is_over: bool = False
    _open: list[int] = field(default_factory=list)

    def connect(self, host: str, port: int) -> socket.socket:
        """Open a connection to an address that was looked up and checked just now, and to no other.

        Raises:
            OSError: Refused, not found, or nobody listens.
        """
        try:
            addresses = allowed_addresses(host, port, allows_private=self.allows_private)
        except OSError as error:
            self.is_refused = isinstance(error, AddressRefused)
            self.problem = str(error)
            raise
        failure: OSError = OSError(f"{host} has no address.")
        for family, address in addresses:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(max(0.1, min(CONNECT_SECONDS, self.left())))
                connection.connect((address, port))
            except OSError as error:
                connection.close()
                failure = error
                continue
            connection.settimeout(max(0.1, self.left()))
            self._keep(connection)
            return connection
        self.problem = f"Nobody could be reached at {host} port {port}: {failure.strerror or 'no answer in time'}."
        raise failure

    def heard(self, status: int, text: str) -> None:
        """Note what the other end said."""
        self.statuses.append(status)
        self.answer = f"{status} {text}".strip()

    def left(self) -> float:
        """Tell how many seconds are left."""
        return self.ends_at - time.monotonic()

    def _keep(self, connection: socket.socket) -> None:
        # A number of its own for the same connection: TLS takes the first one away, and a timeout of a socket only
        # counts the time between two bytes.
        self._open.append(os.dup(connection.fileno()))

    def _cut(self) -> None:
        self.is_over = True
        for number in self._open:
            with suppress(OSError), socket.socket(fileno=os.dup(number)) as twin:
                twin.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        for number in self._open:
            os.close(number)
        self._open.clear()


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def current_exchange() -> Exchange:
    """Find the try that this thread is in.

    Raises:
        RuntimeError: There is none, so nothing may be sent.
    """
    exchange = _current.get()
    if exchange is None:
        raise RuntimeError("a receiver was spoken to outside of an exchange")
    return exchange


@contextmanager
def exchanging(exchange: Exchange, seconds: float = TOTAL_SECONDS) -> Iterator[Exchange]:
    """Make a try the current one; when its time is up its connections are cut, whatever they are doing."""
    exchange.ends_at = time.monotonic() + seconds
    timer = threading.Timer(seconds, exchange._cut)
    timer.daemon = True
    token = _current.set(exchange)
    timer.start()
    try:
        yield exchange
    finally:
        timer.cancel()
        timer.join()
        _current.reset(token)
        exchange._close()
