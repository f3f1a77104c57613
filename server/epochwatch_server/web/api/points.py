"""What was measured, step by step: the list of series, and ranges of them thinned to what a chart can show."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.flows.packet_header import MAX_STEP
from epochwatch_server.store import series
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.api.schemas import SeriesListJson, SlicesJson, series_json, slice_json
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["points"])

Metrics = Annotated[list[str], Query(alias="metric", min_length=1, max_length=200)]
Step = Annotated[int | None, Query(ge=-MAX_STEP, le=MAX_STEP)]


@router.get("/series", response_model=SeriesListJson)
def list_series(services: ServicesDep, run_id: str) -> Response:
    """List the series of a run with what each one's name says and its exact last, lowest and highest value."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        return json_answer({"series": [series_json(found) for found in series.list_series(connection, run_id)]})


@router.get("/points", response_model=SlicesJson)
def read_points(
    services: ServicesDep,
    run_id: str,
    metric: Metrics,
    first: Step = None,
    last: Step = None,
    buckets: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """Read ranges of series (both ends included): at most `2 * buckets + 2` points each, with every extreme."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        parts = series.read_slices(connection, run_id, metric, first=first, last=last, buckets=buckets)
    return json_answer({"series": {part.metric: slice_json(part) for part in parts}})
