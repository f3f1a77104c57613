"""Runs as files for other programs, streamed: one run, or all of a project."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.run import Run
from epochwatch_server.exporters.archive import export_archive
from epochwatch_server.exporters.catalogue import file_name_of, find_export
from epochwatch_server.exporters.csv_rows import export_csv
from epochwatch_server.store import runs
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.answers import download_headers
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api", tags=["export"])


@router.get("/runs/{run_id}/export.{format_name}", response_class=Response)
def export_run(
    services: ServicesDep,
    run_id: str,
    format_name: str,
    metric: Annotated[list[str] | None, Query(max_length=1000, description="CSV only: just these")] = None,
) -> Response:
    """Write a whole run as csv, jsonl (lossless, can be imported again), parquet, or a TensorBoard event file."""
    export = find_export(format_name)
    read = services.database.read
    with read() as connection:
        run = _find(connection, run_id)
    parts = export_csv(read, run, metric) if metric and export.name == "csv" else export.export(read, run)
    return StreamingResponse(parts, media_type=export.media_type, headers=download_headers(file_name_of(export, run)))


@router.get("/export.{format_name}", response_class=Response)
def export_project(services: ServicesDep, format_name: str, project: Annotated[str, Query(max_length=256)]) -> Response:
    """Write every run of a project into one ZIP archive, a folder a run."""
    export = find_export(format_name)
    read = services.database.read
    with read() as connection:
        found = runs.list_runs(connection, project=project, with_documents=True)
    if not found:
        raise NotFound(f"There is no project {project!r}, or it has no run.")
    export.export(read, found[0])  # a library that is missing is told now, not in the middle of the archive
    name = f"{project}-{export.name}.zip"
    return StreamingResponse(
        export_archive(read, found, export), media_type="application/zip", headers=download_headers(name)
    )


def _find(connection: Connection, run_id: str) -> Run:
    run = runs.get_run(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
    return run
