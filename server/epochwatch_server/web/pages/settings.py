"""The Settings page: where news of alerts goes, and what became of it."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server import __version__
from epochwatch_server.store import notifiers, runs
from epochwatch_server.web.api.notifiers import kinds_json, notification_json, notifiers_json
from epochwatch_server.web.pages.shortcuts import ANYWHERE, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page

router = APIRouter(include_in_schema=False)

LOG_LINES = 50


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """What `pages/settings.html` shows.

    settings_json: notifiers, deliveries and projects as the API tells them. address: of this server, as the browser has
    it or as the operator says. token_file: where the token stands; None where nobody is asked for one.
    """

    settings_json: Markup
    address: str
    token_file: Path | None
    is_loopback: bool
    version: str = __version__
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
    settings = services.settings
    address = (settings.public_url or str(request.base_url)).rstrip("/")
    token_file = None if settings.token is None else settings.data / "token"
    shown = SettingsPage(json_island(found), address, token_file, settings.is_loopback)
    return page("pages/settings.html", shown, request)
