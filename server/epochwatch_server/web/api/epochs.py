"""What was measured, epoch by epoch."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.live.messages import epochs_json
from epochwatch_server.store import series
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.api.schemas import EpochsJson
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["epochs"])


@router.get("/epochs", response_model=EpochsJson)
def read_epochs(
    services: ServicesDep,
    run_id: str,
    metric: Annotated[list[str] | None, Query(max_length=1000)] = None,
) -> Response:
    """Read the epochs of the asked metrics, or of all: the mean of each epoch and how its steps were spread."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        return json_answer({"epochs": epochs_json(series.read_epoch_points(connection, run_id, metric))})
