"""A proxy between hook and server that misbehaves as told; one thread a connection, for tests on loopback."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65_536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST

# pass: forward. refuse: reset at once. hang: take everything, answer nothing. lose_answer: the server gets the request
# and does the work, then the connection is reset. cut_answer: the same after a few bytes of the answer.
MODES = ("pass", "refuse", "hang", "lose_answer", "cut_answer")
CUT_AFTER_BYTES = 20


class FaultProxy:
    """Listens on a port of its own and forwards to another. `mode` may be set at any time, from any thread."""

    def __init__(self, to_port: int) -> None:
        self.mode = "pass"
        self.met = dict.fromkeys(MODES, 0)  # answers and connections by what happened to them
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._is_closing = False
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self._is_closing = True
        for end in tuple(self._open):
            self._reset(end)
        for thread in self._threads:  # one may be half way through making a connection, which it then closes itself
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self._open.add(client)
                if self.mode == "refuse":
                    self.met["refuse"] += 1
                    self._reset(client)
                else:
                    self._start(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._to_port))
        except OSError:
            self._reset(client)
            return
        self._open.add(server)
        if self._is_closing:
            self._reset(client)
            self._reset(server)
            return
        self._start(self._pump, client, server, False)
        self._pump(server, client, True)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                mode = self.mode
                if is_answer:
                    self.met[mode] += 1
                if mode == "hang":
                    continue
                if is_answer and mode in ("lose_answer", "cut_answer"):
                    if mode == "cut_answer":
                        sink.sendall(data[:CUT_AFTER_BYTES])
                    break
                sink.sendall(data)
        self._reset(source)
        self._reset(sink)

    def _reset(self, end: socket.socket) -> None:
        self._open.discard(end)
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RD)  # wakes a thread that reads; writing too would say goodbye with a FIN
        end.close()
