"""The Runs page: every run in a live table, or the five lines to paste when there is none yet."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.store import runs
from epochwatch_server.web.pages.shortcuts import RUNS_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.templating import json_island, page
from epochwatch_server.web.views import run_rows

router = APIRouter(include_in_schema=False)

FIRST_RUN = """\
import epochwatch

run = epochwatch.init(project="my-project", name="first", epochs=20, track="val/loss", patience=5)
for epoch in run.epochs():
    run.log({"train/loss": train_loss, "val/loss": val_loss})
run.finish()
"""


@dataclass(frozen=True, slots=True)
class RunsPage:
    """What `pages/runs.html` shows. runs_json: the rows as `/api/runs` answers them; snippet: for an empty table."""

    runs_json: Markup
    snippet: str = FIRST_RUN
    shortcuts: tuple[ShortcutGroup, ...] = RUNS_SHORTCUTS
    title: str = "Runs"
    place: str = "runs"


@router.get("/")
def show_runs(request: Request, services: ServicesDep) -> HTMLResponse:
    """Show every run; the rows travel with the page, so that the table stands at the first paint."""
    with services.database.read() as connection:
        rows = run_rows(services, connection, runs.list_runs(connection))
    return page("pages/runs.html", RunsPage(json_island({"runs": rows})), request)
