"""A run as a recording: what the rules see of it, line by line, as `epochwatch diagnose` reads it."""

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from epochwatch_server.flows.recordings import recording_of
from epochwatch_server.importers.recording_lines import recording_lines
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["export"])


@router.get("/recording.jsonl", response_class=Response)
def export_recording(services: ServicesDep, run_id: str) -> Response:
    """Write what the rules see of a run as JSON lines: what it declared, its steps thinned, its epochs, its end."""
    with services.database.read() as connection:
        run = find_run(connection, run_id)
        recording = recording_of(connection, run)
    headers = {"Content-Disposition": f'attachment; filename="{run.id}.jsonl"'}
    return StreamingResponse(recording_lines(recording), media_type="application/x-ndjson", headers=headers)
