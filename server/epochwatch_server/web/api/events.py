"""The feed of a run."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.flows.announce import HIDDEN
from epochwatch_server.live.messages import event_json
from epochwatch_server.store import events
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.ids import IdInQuery
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.api.schemas import EventsJson
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["events"])


@router.get("/events", response_model=EventsJson)
def list_events(
    services: ServicesDep,
    run_id: str,
    before: IdInQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """List the feed, newest first; for older lines ask `before` the id of the last one had."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        found = events.list_events(connection, run_id, before_id=before, limit=limit, without=HIDDEN)
    return json_answer({"events": [event_json(event) for event in found]})
