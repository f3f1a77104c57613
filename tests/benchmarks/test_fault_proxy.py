"""The proxy forwards when told to, and misbehaves as told otherwise."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from benchmarks.faults.fault_proxy import FaultProxy


class Counting(ThreadingHTTPServer):
    """Counts the requests it answered."""

    answered = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Counting)
        self.server.answered += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def origin() -> Iterator[Counting]:
    with Counting(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(proxy: FaultProxy) -> int:
    connection = HTTPConnection("127.0.0.1", proxy.port, timeout=0.5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_forwards(origin: Counting) -> None:
    with FaultProxy(origin.server_port) as proxy:
        assert ask(proxy) == 200


@pytest.mark.parametrize("mode", ["lose_answer", "cut_answer"])
def test_a_lost_answer_is_one_whose_request_was_answered(origin: Counting, mode: str) -> None:
    with FaultProxy(origin.server_port) as proxy:
        proxy.mode = mode
        with pytest.raises((OSError, HTTPException)):
            ask(proxy)

    assert origin.answered == 1


def test_a_refused_connection_never_reaches_the_server(origin: Counting) -> None:
    with FaultProxy(origin.server_port) as proxy:
        proxy.mode = "refuse"
        with pytest.raises((OSError, HTTPException)):
            ask(proxy)

    assert origin.answered == 0


def test_a_hanging_proxy_answers_nothing(origin: Counting) -> None:
    with FaultProxy(origin.server_port) as proxy:
        proxy.mode = "hang"
        with pytest.raises((socket.timeout, TimeoutError)):
            ask(proxy)
