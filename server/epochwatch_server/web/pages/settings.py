"""The Settings page: where news of alerts goes, and what became of it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.store import notifiers, runs
from epochwatch_server.web.api.notifiers import kinds_json, notification_json, notifiers_json
from epochwatch_server.web.pages.shortcuts import ANYWHERE, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)

LOG_LINES = 50


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """What `pages/settings.html` shows. settings_json: notifiers, deliveries and projects as the API tells them."""

    settings_json: Markup
    shortcuts: tuple[ShortcutGroup, ...] = (ANYWHERE,)
    title: str = "Settings"
    place: str = "settings"


@router.get("/settings")
def show_settings(request: Request, services: ServicesDep) -> HTMLResponse:
    """Show the notifiers and the last deliveries."""
    with services.database.read() as connection:
        found = {
            "notifiers": notifiers_json(connection),
            "notifications": [
                notification_json(one) for one in notifiers.list_notifications(connection, None, LOG_LINES)
            ],
            "kinds": kinds_json(),
            "projects": [name for name, _ in runs.list_projects(connection)],
        }
    return page("pages/settings.html", SettingsPage(json_island(found)), request)
