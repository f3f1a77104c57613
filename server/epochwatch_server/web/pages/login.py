"""The way in for a browser: a one-time link, or the token pasted into a form."""

import time
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from epochwatch_server.web.errors import LoginPage
from epochwatch_server.web.origins import origins_of
from epochwatch_server.web.security import address_of, sessions_of, set_session
from epochwatch_server.web.services import Services, ServicesDep, services_of
from epochwatch_server.web.templating import page

router = APIRouter(include_in_schema=False)

_USED = "That link was used already or is older than ten minutes. For a new one run: epochwatch link"
_WRONG = "That is not this server's token. It stands in the file `token` of the server's data folder."
_TOO_MANY = "Too many wrong tokens came from this address. Wait a minute, then try again."


@router.get("/login")
def login(request: Request, services: ServicesDep, code: str | None = None) -> Response:
    """Open a session with a one-time code; without one show the form."""
    keyring = services.keyring
    if keyring.is_open or (code is None and any(map(keyring.has_session, sessions_of(request)))):
        return RedirectResponse("/", 303)
    if code is None:
        return page("pages/login.html", LoginPage(None), request)
    if keyring.spend_code(code):
        return _come_in(request, services)
    return _refuse(request, services, _USED)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Open a session with the token."""
    services = services_of(request)
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    return await run_in_threadpool(_check_token, request, services, form.get("token", [""])[0].strip())


def _check_token(request: Request, services: Services, token: str) -> Response:
    if services.keyring.is_token(token):
        return _come_in(request, services)
    return _refuse(request, services, _WRONG)


def _come_in(request: Request, services: Services) -> Response:
    answer = RedirectResponse("/", 303)
    is_secure = origins_of(services.settings).is_secure(request.headers["host"])
    set_session(answer, request, services.keyring.open_session(int(time.time() * 1000)), is_secure=is_secure)
    return answer


def _refuse(request: Request, services: Services, message: str) -> Response:
    if services.keyring.count_wrong(address_of(request)):
        return page("pages/login.html", LoginPage(_TOO_MANY), request, status=429)
    return page("pages/login.html", LoginPage(message), request, status=401)
