"""Runs: listed, shown, labelled, stopped, deleted."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.control import Changes
from epochwatch_server.flows.run_rows import spark_metric
from epochwatch_server.store import alerts, commands, events, runs, series
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.schemas import (
    CommandJson,
    LabelGiven,
    RunDetail,
    RunsJson,
    StopGiven,
    command_json,
    run_detail,
)
from epochwatch_server.web.services import ServicesDep
from epochwatch_server.web.views import run_rows

router = APIRouter(prefix="/api/runs", tags=["runs"])

ACTOR = "viewer"  # there is one token, so there is one kind of person


@router.get("", response_model=RunsJson)
def list_runs(
    services: ServicesDep,
    project: Annotated[str | None, Query(max_length=256)] = None,
    q: Annotated[str, Query(max_length=256)] = "",
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    metric: Annotated[list[str] | None, Query(max_length=200)] = None,
) -> Response:
    """List runs, newest first, with the last value of each asked metric.

    `q` is looked for in name, project, tags, note, verdict and id, as plain text.
    """
    with services.database.read() as connection:
        found = runs.list_runs(connection, project=project, limit=None if q else limit)
        if q:
            found = [run for run in found if q.casefold() in _searched(run)][:limit]
        last = series.last_values(connection, [run.id for run in found], metric) if metric else {}
        return json_answer({"runs": run_rows(services, connection, found), "last": last})


@router.get("/{run_id}", response_model=RunDetail)
def show_run(services: ServicesDep, run_id: str) -> Response:
    """Show one run with config, environment and, if it crashed, its traceback."""
    with services.database.read() as connection:
        return json_answer(detail_of(connection, find_run(connection, run_id)))


@router.patch("/{run_id}", response_model=RunDetail)
def label_run(services: ServicesDep, run_id: str, given: LabelGiven) -> Response:
    """Rename a run, set its tags, its note or the verdict on it; what is left out stays."""
    services.control.label(run_id, Changes(given.name, given.tags, given.note, given.verdict))
    return show_run(services, run_id)


@router.delete("/{run_id}", status_code=204)
def delete_run(services: ServicesDep, run_id: str) -> Response:
    """Delete a run and all it sent."""
    services.control.delete(run_id)
    return Response(status_code=204)


@router.post("/{run_id}/stop", response_model=CommandJson)
def stop_run(services: ServicesDep, run_id: str, given: StopGiven) -> Response:
    """Ask a run to stop; it hears of it with its next packet."""
    return json_answer(command_json(services.control.ask_stop(run_id, given.reason, ACTOR)))


def find_run(connection: Connection, run_id: str) -> Run:
    """Get a run.

    Raises:
        NotFound: There is none of this id.
    """
    run = runs.get_run(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
    return run


def detail_of(connection: Connection, run: Run) -> RunDetail:
    """Read what a run's detail holds beside the run."""
    spark = series.sparklines(connection, {run.id: spark_metric(run)}).get(run.id, [])
    stop = commands.latest_command(connection, run.id)
    health = alerts.health_summaries(connection, [run.id]).get(run.id)
    return run_detail(run, spark, stop, events.latest_event(connection, run.id, "summary"), health)


def _searched(run: Run) -> str:
    return "\n".join((run.name, run.project, *run.tags, run.note, run.verdict, run.id)).casefold()
