"""Connections that bring no request: heads without end, heads that never end, and nothing at all."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from tests.server_process import PACKET_TYPE, Client, RunningServer

WAIT_SECONDS = 20.0


@contextmanager
def connected(server: RunningServer) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), WAIT_SECONDS) as connection:
        yield connection


def rest_of(connection: socket.socket) -> bytes:
    """Read until the other end closes."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:  # it closed on what was still coming
        pass
    return found


ENDLESS = (
    b"GET / HTTP/1.1\r\nX: ",
    b"GET /",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10,
    b"POST /api/packets HTTP/1.1\r\nX",
)


def send_until_closed(connection: socket.socket, most: int) -> int:
    """Send and say how many bytes were taken."""
    sent = 0
    try:
        while sent < most:
            connection.sendall(b"a" * 65536)
            sent += 65536
    except ConnectionError:
        pass
    return sent


@pytest.mark.parametrize("head", ENDLESS)
def test_a_head_without_end_is_refused_before_it_fills_the_memory(
    server: RunningServer, client: Client, head: bytes
) -> None:
    with connected(server) as connection:
        connection.sendall(head)
        assert send_until_closed(connection, 64 * 2**20) < 16 * 2**20  # what fits into the buffers on the way
    assert client.ask("GET", "/health").status == 200


def test_a_large_head_is_told_so(server: RunningServer) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 600_000)
        assert rest_of(connection).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_never_ends_gives_its_place_back(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("epochwatch_server.web.connections.HEAD_SECONDS", 0.2)
    with connected(server) as connection:
        connection.sendall(sent)
        answer = rest_of(connection)
    assert answer == b"" if not sent else answer.startswith(b"HTTP/1.1 408 ")


def test_a_second_request_on_a_connection_has_its_own_time(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch_server.web.connections.HEAD_SECONDS", 0.2)
    host = urlsplit(server.url).netloc
    with connected(server) as connection:
        connection.sendall(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        assert b"HTTP/1.1 408 " in rest_of(connection)


def test_many_requests_at_once_on_one_connection_are_all_answered(server: RunningServer) -> None:
    host = urlsplit(server.url).netloc
    one = f"GET /health HTTP/1.1\r\nHost: {host}\r\nX: {'a' * 2000}\r\n"
    with connected(server) as connection:
        connection.sendall(f"{one}\r\n".encode() * 99 + f"{one}Connection: close\r\n\r\n".encode())
        assert rest_of(connection).count(b"HTTP/1.1 200 ") == 100


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_mistake_of_the_server(
    server: RunningServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    host = urlsplit(server.url).netloc
    head = f"POST /api/packets HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n"
    with connected(server) as connection:
        connection.sendall(f"{head}Content-Type: {PACKET_TYPE}\r\nContent-Length: 1000\r\n\r\nEWP1".encode())
        assert client.ask("GET", "/health").status == 200  # the head before it was read by now
    assert client.ask("GET", "/health").status == 200
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
