"""Notes in Markdown: of a run, and of runs that were compared; each with the HTML it makes."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.comparison.compared import MAX_RUNS
from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.live.messages import Message
from epochwatch_server.store import views
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.api.schemas import Given
from epochwatch_server.web.markdown import render_markdown
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api", tags=["notes"])

Runs = Annotated[str, Query(max_length=1_000, description="ids of 2 to 8 runs, joined by commas, in any order")]


class NoteGiven(Given):
    """A note as somebody wrote it, in Markdown; an empty one takes it away."""

    note: str


class NoteJson(Message):
    """A note as it was written, and the HTML that is shown of it."""

    note: str
    html: str


@router.get("/runs/{run_id}/note", response_model=NoteJson)
def show_run_note(services: ServicesDep, run_id: str) -> Response:
    """Show a run's note; it is written by PATCH /api/runs/{run_id}."""
    with services.database.read() as connection:
        return _answer(find_run(connection, run_id).note)


@router.get("/compare/note", response_model=NoteJson)
def show_comparison_note(services: ServicesDep, runs: Runs) -> Response:
    """Show what was written about these runs together."""
    ids = _read_ids(runs)
    with services.database.read() as connection:
        return _answer(views.get_comparison_note(connection, ids))


@router.put("/compare/note", response_model=NoteJson)
def write_comparison_note(services: ServicesDep, runs: Runs, given: NoteGiven) -> Response:
    """Write something about these runs together."""
    return _answer(services.views.write_note(_read_ids(runs), given.note))


def _answer(note: str) -> Response:
    return json_answer(NoteJson.model_construct(note=note, html=render_markdown(note)))


def _read_ids(runs: str) -> list[str]:
    ids = sorted(set(filter(None, runs.split(","))))
    if not 2 <= len(ids) <= MAX_RUNS:
        raise InvalidInput(f"{len(ids)} runs were given; a note is about 2 to {MAX_RUNS}, as runs=ID,ID")
    return ids
