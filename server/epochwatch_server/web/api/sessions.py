"""Sessions: a fresh one-time link for whoever has the token, and the end of one's own session."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.keyring import CODE_SECONDS
from epochwatch_server.web.security import cookie_name, sessions_of
from epochwatch_server.web.services import ServicesDep

router = APIRouter(tags=["sessions"])


@router.post("/api/login-codes", status_code=201)
def make_login_code(services: ServicesDep) -> Response:
    """Make a one-time link that opens a session in a browser."""
    path = f"/login?code={services.keyring.make_code()}"
    return json_answer({"path": path, "expires_seconds": CODE_SECONDS}, 201)


@router.post("/api/logout", status_code=204)
def log_out(request: Request, services: ServicesDep) -> Response:
    """End the session of this browser, also for a copy of its cookie."""
    for value in sessions_of(request):
        services.keyring.close_session(value)
    answer = Response(status_code=204)
    answer.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
    return answer
