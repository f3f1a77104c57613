"""Listens: one process, one socket, and an end that comes at once though streams are open."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from epochwatch_server.live.hub import Hub
from epochwatch_server.web.connections import BoundedConnection

BACKLOG = 2048
GRACEFUL_SECONDS = 5  # a backstop for requests that hang; streams end by themselves
USER_TIMEOUT_MS = 45_000  # a viewer that vanished without a word is noticed after this, not after a quarter of an hour


class Server(uvicorn.Server):
    """A uvicorn that first tells the streams to end, and leaves with exit status 0 when it is asked to stop.

    Uvicorn waits for open connections before it tells the app to stop; a stream that waits for that never ends.
    """

    def __init__(self, app: FastAPI, *, on_ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,  # addresses of requests may hold a one-time code
                server_header=False,
                proxy_headers=False,  # anyone on this machine could name any address as theirs
                ws="none",
                http=BoundedConnection,
                timeout_graceful_shutdown=GRACEFUL_SECONDS,
            )
        )
        self._hub: Hub = app.state.services.hub
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the streams, then stop. Runs in a signal handler, so it takes no lock itself."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._hub.close)
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM; unlike uvicorn do not raise them again afterwards: a clean end is status 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def listen(host: str, port: int) -> socket.socket:
    """Take the address before anything else is started; port 0 takes a free one.

    Raises:
        OSError: The address is taken, or not ours.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # With protocol 0 asyncio would not switch Nagle's algorithm off: 40 ms for every answer on a kept connection.
    listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Name the address at which a browser on this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not bound to
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
