"""The way in for a browser: a one-time link, or the token pasted into a form."""

import time
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from epochwatch_server.web.errors import LoginPage
from epochwatch_server.web.landing import HOME, forget_page, page_of_ours, remembered_page
from epochwatch_server.web.origins import origins_of
from epochwatch_server.web.security import address_of, sessions_of, set_session
from epochwatch_server.web.services import Services, ServicesDep, services_of
from epochwatch_server.web.templating import page

router = APIRouter(include_in_schema=False)

_USED = "That link was used already or is older than ten minutes. For a new one run: epochwatch link"
_WRONG = "That is not this server's token. It stands in the file `token` of the server's data folder."
_TOO_MANY = "Too many wrong tokens came from this address. Wait a minute, then try again."


@router.get("/login")
def login(
    request: Request,
    services: ServicesDep,
    code: str | None = None,
    asked: Annotated[str, Query(alias="next")] = HOME,
) -> Response:
    """Open a session with a one-time code; without one show the form."""
    keyring = services.keyring
    target = page_of_ours(asked)
    if target == HOME:
        target = remembered_page(request)
    if code is not None and keyring.spend_code(code):
        return _come_in(request, services, target)
    if keyring.is_open or any(map(keyring.has_session, sessions_of(request))):
        return RedirectResponse(target, 303)  # a spent link, followed again, still leads in who is in
    if code is None:
        return page("pages/login.html", LoginPage(None, target), request)
    return _refuse(request, services, _USED, target)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Open a session with the token."""
    services = services_of(request)
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token, target = form.get("token", [""])[0].strip(), page_of_ours(form.get("next", [HOME])[0])
    return await run_in_threadpool(_check_token, request, services, token, target)


def _check_token(request: Request, services: Services, token: str, target: str) -> Response:
    if services.keyring.is_token(token):
        return _come_in(request, services, target)
    return _refuse(request, services, _WRONG, target)


def _come_in(request: Request, services: Services, target: str) -> Response:
    answer = RedirectResponse(target, 303)
    forget_page(answer, request)
    is_secure = origins_of(services.settings).is_secure(request.headers["host"])
    set_session(answer, request, services.keyring.open_session(int(time.time() * 1000)), is_secure=is_secure)
    return answer


def _refuse(request: Request, services: Services, message: str, target: str) -> Response:
    if services.keyring.count_wrong(address_of(request)):
        return page("pages/login.html", LoginPage(_TOO_MANY, target), request, status=429)
    return page("pages/login.html", LoginPage(message, target), request, status=401)
