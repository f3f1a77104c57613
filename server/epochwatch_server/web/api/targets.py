"""How a run stands against its targets and bands."""

from fastapi import APIRouter
from starlette.responses import Response

from epochwatch_server.charts.standing import Standing
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.targets import targets_of
from epochwatch_server.live.messages import Message
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}/targets", tags=["charts"])


class StepJson(Message):
    """One milestone or band: what is wanted, by which epoch, and how it stands."""

    name: str
    value: float
    epoch: int | None
    score: str
    late: float | None
    reached: int | None


class StandingJson(Message):
    """One metric against what was wanted of it; `expected` is foretold for the end of the planned epochs."""

    metric: str
    is_upward: bool
    now: float | None
    best: float | None
    milestones: list[StepJson]
    bands: list[StepJson]
    band: str | None
    expected: float | None
    expected_epoch: int | None
    expected_band: str | None
    score: str
    text: str


class TargetsJson(Message):
    """Every metric with targets or bands, in the script's order."""

    targets: list[StandingJson]


@router.get("", response_model=TargetsJson)
def list_targets(services: ServicesDep, run_id: str) -> Response:
    """Score a run's targets and bands as they stand now."""
    with services.database.read() as connection:
        return json_answer(targets_json(connection, find_run(connection, run_id)))


def targets_json(connection: Connection, run: Run) -> TargetsJson:
    """Turn a run's standings into JSON, for the API and for the page's first paint."""
    return TargetsJson(targets=[_standing(one) for one in targets_of(connection, run)])


def _standing(one: Standing) -> StandingJson:
    steps = [
        [
            StepJson(
                name=step.name,
                value=step.value,
                epoch=step.epoch,
                score=step.score,
                late=step.late,
                reached=step.reached,
            )
            for step in some
        ]
        for some in (one.milestones, one.bands)
    ]
    return StandingJson(
        metric=one.metric,
        is_upward=one.is_upward,
        now=one.now,
        best=one.best,
        milestones=steps[0],
        bands=steps[1],
        band=one.band,
        expected=one.expected,
        expected_epoch=one.expected_epoch,
        expected_band=one.expected_band,
        score=one.score,
        text=one.text,
    )
