"""The Compare page: a few runs side by side, or all runs of a project at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from epochwatch_server.comparison.compared import MAX_RUNS
from epochwatch_server.domain.run import Run
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.store import runs as stored_runs
from epochwatch_server.store import views
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.compare import comparison_json
from epochwatch_server.web.markdown import render_markdown
from epochwatch_server.web.pages.shortcuts import COMPARE_SHORTCUTS, ShortcutGroup
from epochwatch_server.web.services import Services, ServicesDep
from epochwatch_server.web.templating import json_island, page
from epochwatch_server.web.views import run_rows

router = APIRouter(include_in_schema=False)

_TITLES = {rule.id: rule.title for rule in RULES}


@dataclass(frozen=True, slots=True)
class ComparePage:
    """What `pages/compare.html` shows. compare_json: what was asked for and, where it can be, the comparison."""

    compare_json: Markup
    title: str = "Compare"
    shortcuts: tuple[ShortcutGroup, ...] = COMPARE_SHORTCUTS
    place: str = "compare"


@router.get("/compare")
def show_compare(
    request: Request,
    services: ServicesDep,
    runs: Annotated[str, Query(max_length=2_000)] = "",
    project: Annotated[str, Query(max_length=256)] = "",
    metric: Annotated[str | None, Query(max_length=256)] = None,
) -> HTMLResponse:
    """Show runs side by side; the comparison travels with the page, so that it stands at the first paint."""
    wanted = list(dict.fromkeys(filter(None, runs.split(","))))
    with services.database.read() as connection:
        offered = _offered(services, connection, wanted, metric) | {"project": project}
    names = [row.name or row.id for row in offered["runs"]]
    title = " · ".join(names) if len(names) > 1 else f"Compare {project}" if project else "Compare"
    return page("pages/compare.html", ComparePage(json_island(offered), title), request)


def _offered(services: Services, connection: Connection, wanted: Sequence[str], metric: str | None) -> dict[str, Any]:
    """Say what the page needs: rows of the runs that are there, and which of the wanted are not, or are too many."""
    found: list[Run] = []
    missing: list[str] = []
    for run_id in wanted[: 4 * MAX_RUNS]:
        run = stored_runs.get_run(connection, run_id)
        if run is None:
            missing.append(run_id[:64])
        else:
            found.append(run)
    kept, left_out = found[:MAX_RUNS], found[MAX_RUNS:]
    ids = [run.id for run in kept]
    comparison, note = None, ""
    if len(ids) > 1:
        comparison = comparison_json(services, connection, services.comparing.read(connection, ids), metric or None)
        note = views.get_comparison_note(connection, ids)
    return {
        "runs": run_rows(services, connection, kept),
        "missing": missing,
        "left_out": [run.name or run.id for run in left_out],
        "comparison": comparison,
        "note": {"note": note, "html": render_markdown(note)},
        "projects": stored_runs.list_projects(connection),
        "most": MAX_RUNS,
        "titles": _TITLES,
    }
