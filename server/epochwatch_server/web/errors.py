"""One shape for everything that goes wrong: JSON for programs, a page for people, never a traceback."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import TemplateError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from epochwatch_server.domain.errors import EpochwatchError, OutOfOrder, Unauthorized
from epochwatch_server.web.landing import HOME, asked_page, remember_page
from epochwatch_server.web.templating import page

logger = logging.getLogger(__name__)

_PROGRAMS = ("/api", "/health", "/static")  # below these, programs ask
_WORDS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large"}
_RETRY_SECONDS = {429: "60", 503: "2", 507: "10"}
_DETAILS = {404: "There is nothing at this address.", 405: "This address does not take that method."}


class TooManyWrongTokens(EpochwatchError):
    """An address showed wrong tokens too often to be listened to for now."""

    status = 429
    error = "too_many_wrong_tokens"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What `pages/error.html` shows."""

    status: int
    title: str
    detail: str
    place: str = "error"


@dataclass(frozen=True, slots=True)
class LoginPage:
    """What `pages/login.html` shows. message: what went wrong at the last try, or None; next: where it leads."""

    message: str | None
    next: str = HOME
    title: str = "Sign in"
    place: str = "login"


def install(app: FastAPI) -> None:
    """Let every error of the app end here."""
    app.add_exception_handler(EpochwatchError, _answer_ours)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_unexpected)


def error_answer(request: Request, error: EpochwatchError) -> Response:
    """Make the answer for one of our errors."""
    extra = {"expected": error.expected} if isinstance(error, OutOfOrder) else {}
    return _answer(request, error.status, error.error, error.detail, extra)


async def _answer_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, EpochwatchError)  # noqa: S101 - registered for this class; tells mypy
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("request failed path=%r error=%s detail=%r", request.url.path, error.error, error.detail)
    return error_answer(request, error)


async def _answer_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class; tells mypy
    status = error.status_code
    detail = _DETAILS.get(status, error.detail)
    answer = _answer(request, status, _WORDS.get(status, "refused"), detail, {})
    answer.headers.update(error.headers or {})
    return answer


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class; tells mypy
    problem: Mapping[str, Any] = error.errors()[0]
    where = ".".join(str(part)[:40] for part in problem["loc"])
    given = repr(problem.get("input"))[:80]
    return _answer(request, 422, "invalid_input", f"{where}: given {given}. {problem['msg']}"[:300], {})


async def _answer_nobody(request: Request, _error: Exception) -> Response:
    logger.info("client left path=%r before its body was whole", request.url.path)
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # which goes nowhere


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    # The web server logs the traceback; this says which request it was.
    logger.error("request broke path=%r error=%s", request.url.path, type(error).__name__)
    detail = "The server made a mistake; its log says more. Nothing was confirmed."
    return _answer(request, 500, "internal_error", detail, {})


def _page(request: Request, status: int, detail: str) -> Response:
    title = HTTPStatus(status).phrase
    try:
        if status == Unauthorized.status:
            asked = asked_page(request)
            form = page("pages/login.html", LoginPage(None, asked), request, status=status)
            remember_page(form, request, asked)
            return form
        return page("pages/error.html", ErrorPage(status, title, detail), request, status=status)
    except (TemplateError, KeyError):  # a damaged installation still has to say what is wrong
        logger.exception("the error page cannot be shown status=%s", status)
        return Response(f"{status} {title}\n{detail}\n", status, media_type="text/plain")


def _answer(request: Request, status: int, error: str, detail: str, extra: Mapping[str, Any]) -> Response:
    if request.url.path.startswith(_PROGRAMS):
        body = to_json({"error": error, "detail": detail, "status": status, **extra})
        answer = Response(body, status, media_type="application/json")
    else:
        answer = _page(request, status, detail)
    if status in _RETRY_SECONDS:
        answer.headers["Retry-After"] = _RETRY_SECONDS[status]
    if status == Unauthorized.status:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status in (408, 413):
        answer.headers["Connection"] = "close"  # the rest of the body is not going to be read
    return answer
