"""The doors: every request passes here before any route sees it, every answer before it leaves."""

import asyncio
import secrets
from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from epochwatch_server.domain.errors import EpochwatchError, Unauthorized, WrongMediaType
from epochwatch_server.flows.packet_header import MAX_BODY_BYTES
from epochwatch_server.web.errors import TooManyWrongTokens, error_answer
from epochwatch_server.web.keyring import Keyring
from epochwatch_server.web.origins import Origins

PACKETS = "/api/packets"
PACKET_TYPE = "application/vnd.epochwatch.packet"
SESSION_COOKIE = "epochwatch_session"
MAX_OTHER_BYTES = 2**20  # the largest other body is a note
BODY_SECONDS = 30.0  # between two parts of a body; a sender slower than that only holds a place
_PUBLIC = frozenset({"/login", "/health"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_MAX_COOKIES = 8
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; font-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# A strict cookie is not sent when a link on another site leads here; loading the page once more from here sends it.
_COME_IN = '<!doctype html><html lang="en"><title>Epochwatch</title><meta http-equiv="refresh" content="0"></html>'


class Doors:
    """Middleware: Host, origin, token or session, content type and body size on the way in, headers on the way out.

    Access is closed by default: a route is public only if it stands in `_PUBLIC` or below `/static/`.
    """

    def __init__(self, app: ASGIApp, keyring: Keyring, origins: Origins) -> None:
        self._app = app
        self._keyring = keyring
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                _dress(MutableHeaders(scope=message), scope["path"], nonce)
            await send(message)

        request = Request(scope)
        try:
            await self._admit(request)
        except EpochwatchError as error:
            refusal = (
                HTMLResponse(_COME_IN, error.status) if _came_by_link(request, error) else error_answer(request, error)
            )
            await refusal(scope, receive, send_dressed)
            return
        limit = MAX_BODY_BYTES if scope["path"] == PACKETS else MAX_OTHER_BYTES
        await self._app(scope, _limited(request.headers, receive, limit), send_dressed)

    async def _admit(self, request: Request) -> None:
        path, headers = request.url.path, request.headers
        server = request.scope.get("server")
        host = self._origins.check_host(headers, server[0] if server else None)
        is_reading = request.method in _READING
        if not is_reading or path.startswith("/api"):
            self._origins.check_asker(headers, host, request.url.scheme)
        if path not in _PUBLIC and not path.startswith("/static/"):
            await self._authorize(request)
        if request.method in _WITH_BODY:
            _check_type(path, headers)

    async def _authorize(self, request: Request) -> None:
        if self._keyring.is_open:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and given:
            if self._keyring.is_token(given.strip()):
                return
            if self._keyring.count_wrong(address_of(request)):
                raise TooManyWrongTokens("Too many wrong tokens came from this address; try again in a minute.")
            raise Unauthorized("The token is not this server's. It stands in the file `token` of its data folder.")
        for value in sessions_of(request):
            if self._keyring.knows_session(value) or await run_in_threadpool(self._keyring.has_session, value):
                request.scope["state"]["session"] = value
                return
        raise Unauthorized(
            "Send the token as `Authorization: Bearer ...`, or open the link that `epochwatch link` prints."
        )


def sessions_of(request: Request) -> list[str]:
    """List the session cookies of a request; each server on a host has its own, named after its port."""
    found = [value for name, value in request.cookies.items() if name.startswith(SESSION_COOKIE) and value]
    return found[:_MAX_COOKIES]


def address_of(request: Request) -> str:
    """Name the address that asks."""
    return request.client.host if request.client else ""


def _came_by_link(request: Request, error: EpochwatchError) -> bool:
    headers = request.headers
    is_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return isinstance(error, Unauthorized) and is_elsewhere and headers.get("sec-fetch-mode") == "navigate"


def _check_type(path: str, headers: Headers) -> None:
    """A form cannot send these types, so no page of another site can without asking first."""
    expected = PACKET_TYPE if path == PACKETS else "application/json"
    if path == "/login":
        expected = "application/x-www-form-urlencoded"
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != expected:
        raise WrongMediaType(f"This address takes Content-Type {expected}, given {given[:80]!r}.")


def _limited(headers: Headers, receive: Receive, limit: int) -> Receive:
    """Count the body while it is read: what Content-Length says is only believed when it is too much."""
    claimed = headers.get("content-length", "")
    is_too_much = claimed.isdecimal() and int(claimed[:20]) > limit
    read, is_complete = 0, False

    async def receive_limited() -> Message:
        nonlocal read, is_complete
        if is_complete:  # what comes now is the end of the connection, and may take as long as it likes
            return await receive()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly.") from None
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
            if is_too_much or read > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit} bytes.")
        return message

    return receive_limited


def _dress(headers: MutableHeaders, path: str, nonce: str) -> None:
    policy = _DATA_POLICY if path.startswith("/api") else _PAGE_POLICY.format(nonce=nonce)
    for name, value in (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms, which we refuse.
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ):
        headers.setdefault(name, value)


def set_session(response: Response, request: Request, value: str, *, is_secure: bool) -> None:
    """Give a browser its session: not readable by scripts, not sent along by other sites."""
    response.set_cookie(
        cookie_name(request),
        value,
        max_age=30 * 24 * 3600,
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure or request.url.scheme == "https",
    )


def cookie_name(request: Request) -> str:
    """Name the cookie after our port: cookies are shared by all ports of a host, and a demo may run beside a server."""
    return f"{SESSION_COOKIE}_{request.url.port or 0}"
