"""Walks the routes of a running app, and asks it in ways that no HTTP library would."""

import re
import socket
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Route
from tests.server_process import PACKET_TYPE, RunningServer

PUBLIC = {"/login", "/health"}


def walk(server: RunningServer) -> Iterator[tuple[str, str]]:
    """Name every method and address of the app, with something in place of each parameter."""
    found = {
        (method, re.sub(r"\{[^}]*\}", "x", route.path))
        for route in routes_of(server.app.routes)
        for method in route.methods or ()
    }
    assert len(found) > 20
    yield from sorted(found)


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        inner = getattr(route, "original_router", None)  # FastAPI keeps an included router as one entry
        if inner is not None:
            yield from routes_of(inner.routes)
        else:
            assert isinstance(route, Route), f"a route of an unknown kind: {route}"
            yield route


def closed(server: RunningServer) -> list[tuple[str, str]]:
    return [(method, path) for method, path in walk(server) if path not in PUBLIC and not path.startswith("/static/")]


def type_of(method: str, path: str) -> dict[str, str]:
    if method not in ("POST", "PUT", "PATCH"):
        return {}
    if path == "/login":
        return {"Content-Type": "application/x-www-form-urlencoded"}
    return {"Content-Type": PACKET_TYPE if path == "/api/packets" else "application/json"}


def raw(server: RunningServer, text: str) -> int:
    """Send bytes as they are and read the status."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), 5) as connection:
        connection.sendall(text.encode("latin-1"))
        return int(connection.recv(65536).split(b" ")[1])
