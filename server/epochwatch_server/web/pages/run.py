"""The Run page: one training, followed live."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.web.api.runs import detail_of, find_run
from epochwatch_server.web.pages.shortcuts import RUN_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RunPage:
    """What `pages/run.html` shows. run_json: the run as `/api/runs/{id}` answers it."""

    title: str
    run_json: Markup
    shortcuts: tuple[ShortcutGroup, ...] = RUN_SHORTCUTS
    place: str = "run"


@router.get("/runs/{run_id}")
def show_run(request: Request, services: ServicesDep, run_id: str) -> HTMLResponse:
    """Show one run; what its head says travels with the page."""
    with services.database.read() as connection:
        detail = detail_of(connection, find_run(connection, run_id))
    return page("pages/run.html", RunPage(detail.name, json_island(detail)), request)
