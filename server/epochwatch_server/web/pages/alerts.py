"""The Alerts page: what goes wrong in any run, live."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.store import runs
from epochwatch_server.store.database import Connection
from epochwatch_server.web.pages.shortcuts import ALERTS_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """What `pages/alerts.html` shows. alerts_json: what the feed can be narrowed to, and the hue and state of runs."""

    alerts_json: Markup
    shortcuts: tuple[ShortcutGroup, ...] = ALERTS_SHORTCUTS
    title: str = "Alerts"
    place: str = "alerts"


@router.get("/alerts")
def show_alerts(request: Request, services: ServicesDep) -> HTMLResponse:
    """Show the feed of alerts over all runs; the page asks for the alerts themselves."""
    with services.database.read() as connection:
        offered = _offered(connection)
    return page("pages/alerts.html", AlertsPage(json_island(offered)), request)


def _offered(connection: Connection) -> dict[str, Any]:
    return {
        "projects": [project for project, _ in runs.list_projects(connection)],
        "rules": [(rule.id, rule.title) for rule in RULES],
        "runs": {run.id: {"hue": run.hue, "state": run.state} for run in runs.list_runs(connection)},
    }
