"""Examples of a run: at one epoch, and through all of them; and pairs of prediction and target."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.flows.sample_views import follow_samples, scatter_at
from epochwatch_server.store import events, samples
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.api.sample_schemas import ScatterJson, TracksJson, tracks_json
from epochwatch_server.web.api.schemas import SamplesJson, sample_json
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["samples"])


@router.get("/samples", response_model=SamplesJson)
def list_samples(
    services: ServicesDep,
    run_id: str,
    split: Annotated[str | None, Query(max_length=256)] = None,
    epoch: Annotated[int | None, Query(ge=0, le=2**31)] = None,
) -> Response:
    """List which epochs have samples and, of one split, those of an epoch (the newest unless said)."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        epochs = samples.sample_epochs(connection, run_id)
        if epoch is None and epochs.get(split or ""):
            epoch = epochs[split or ""][-1]
        found = samples.list_samples(connection, run_id, split, epoch) if split and epoch is not None else []
    return json_answer({"epochs": epochs, "samples": [sample_json(sample) for sample in found]})


@router.get("/samples/tracks", response_model=TracksJson)
def follow(services: ServicesDep, run_id: str, split: Annotated[str, Query(max_length=256)] = "val") -> Response:
    """Follow every sample of a split through its epochs: errors, and the spread of errors and flags."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        followed = follow_samples(connection, run_id, split)
    return json_answer(tracks_json(followed))


@router.get("/scatter", response_model=ScatterJson)
def list_pairs(
    services: ServicesDep,
    run_id: str,
    split: Annotated[str, Query(max_length=256)] = "val",
    epoch: Annotated[int | None, Query(ge=0, le=2**31)] = None,
) -> Response:
    """List pairs of target and prediction at an epoch, or the last before it that has any (the newest unless said)."""
    with services.database.read() as connection:
        find_run(connection, run_id)
        epochs = events.event_epochs(connection, run_id, "scatter")
        found = scatter_at(connection, run_id, split, epoch)
    pairs = (
        {"target": found.target, "prediction": found.prediction, "n": found.n, "epoch": found.epoch} if found else {}
    )
    return json_answer(
        {"epochs": epochs, "split": split, "epoch": None, "target": [], "prediction": [], "n": 0} | pairs
    )
