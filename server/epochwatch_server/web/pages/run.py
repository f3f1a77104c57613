"""The Run page: one training, followed live."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.flows.health_views import health_of
from epochwatch_server.web.api.runs import detail_of, find_run
from epochwatch_server.web.api.targets import targets_json
from epochwatch_server.web.pages.shortcuts import RUN_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RunPage:
    """What `pages/run.html` shows: the run, its health and its targets as the API answers them."""

    title: str
    run_json: Markup
    health_json: Markup
    targets_json: Markup
    shortcuts: tuple[ShortcutGroup, ...] = RUN_SHORTCUTS
    place: str = "run"


@router.get("/runs/{run_id}")
def show_run(request: Request, services: ServicesDep, run_id: str) -> HTMLResponse:
    """Show one run; what its head says travels with the page."""
    with services.database.read() as connection:
        run = find_run(connection, run_id)
        detail, targets = detail_of(connection, run), targets_json(connection, run)
        health = health_of(connection, services.book, run)
    islands = (json_island(detail), json_island(health), json_island(targets))
    return page("pages/run.html", RunPage(detail.name, *islands), request)
