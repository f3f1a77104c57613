"""Where a sign-in leads: to the page that was asked for, and never off this server."""

import re
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import Response

HOME = "/"
MAX_LENGTH = 2_000  # of an address; it has to fit into a cookie
_REMEMBERED_SECONDS = 600  # as long as a one-time link works
# Printable ASCII without a backslash: browsers drop tabs and line ends and take `/\host` and `//host` for another host.
_PAGE_OF_OURS = re.compile(r"/(?!/)[!-\[\]-~]*")


def page_of_ours(given: str | None) -> str:
    """Take an address only when it is a path on this server; otherwise lead home."""
    is_ours = given is not None and len(given) <= MAX_LENGTH and _PAGE_OF_OURS.fullmatch(given) is not None
    return given if given is not None and is_ours else HOME


def asked_page(request: Request) -> str:
    """Say which page a browser without a session asked for; home when it asked for something else than a page."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return HOME
    path = request.scope.get("raw_path", b"").decode("ascii", "replace")
    return page_of_ours(f"{path}?{request.url.query}" if request.url.query else path)


def remember_page(answer: Response, request: Request, asked: str) -> None:
    """Keep the page in the browser until it comes back by a one-time link, which knows nothing of it."""
    if asked != HOME:
        value = quote(asked, safe="/")
        answer.set_cookie(_name(request), value, _REMEMBERED_SECONDS, path="/login", httponly=True, samesite="lax")


def forget_page(answer: Response, request: Request) -> None:
    """Let the next sign-in lead home again."""
    if _name(request) in request.cookies:
        answer.delete_cookie(_name(request), path="/login", httponly=True, samesite="lax")


def remembered_page(request: Request) -> str:
    """Say which page this browser asked for before it followed a link."""
    return page_of_ours(unquote(request.cookies.get(_name(request), "")))


def _name(request: Request) -> str:
    return f"epochwatch_page_{request.url.port or 0}"
