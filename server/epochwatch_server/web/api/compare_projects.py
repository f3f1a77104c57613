"""All runs of a project at once: what they can be laid out by, and the figures that do."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from epochwatch_server.charts.many_runs import parallel_figure, scatter_figure
from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.flows.comparing import quantities_of
from epochwatch_server.live.messages import Message
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/compare", tags=["compare"])


class QuantityJson(Message):
    """Something that runs can be laid out by. distinct: how many values it has; has_words: not all of them numbers."""

    name: str
    direction: str | None
    is_metric: bool
    distinct: int
    has_words: bool


class ProjectQuantitiesJson(Message):
    """What the runs of a project can be laid out by."""

    runs: int
    settings: list[str]
    metrics: list[str]
    quantities: list[QuantityJson]


@router.get("/quantities", response_model=ProjectQuantitiesJson)
def list_quantities(services: ServicesDep, project: Annotated[str, Query(max_length=256)]) -> Response:
    """List the settings and metrics by which the runs of a project can be laid out: those with two values or more."""
    with services.database.read() as connection:
        found = quantities_of(connection, project)
    values: dict[str, set[Any]] = {}
    for run in found:
        for name, value in run.values.items():
            values.setdefault(name, set()).add(value)
    metrics = {name for run in found for name in run.metrics}
    telling = [name for name, known in values.items() if len(known) > 1]
    return json_answer(
        ProjectQuantitiesJson.model_construct(
            runs=len(found),
            settings=[name for name in telling if name not in metrics],
            metrics=sorted(name for name in telling if name in metrics),
            quantities=[
                QuantityJson.model_construct(
                    name=name,
                    direction=read_metric_name(name).direction if name in metrics else None,
                    is_metric=name in metrics,
                    distinct=len(values[name]),
                    has_words=any(isinstance(value, str) for value in values[name]),
                )
                for name in telling
            ],
        )
    )


@router.get("/project", response_class=Response)
def draw_project(
    services: ServicesDep,
    project: Annotated[str, Query(max_length=256)],
    quantity: Annotated[list[str], Query(max_length=12, description="two of them: a scatter; more: parallel axes")],
    kind: Annotated[str, Query(pattern="^(scatter|parallel)$")] = "parallel",
) -> Response:
    """Draw all runs of a project by some of their settings and metrics.

    Raises:
        InvalidInput: Fewer than two quantities are named.
    """
    if len(quantity) < 2:
        raise InvalidInput(
            f"{len(quantity)} quantity was given; expected two or more, as quantity=lr&quantity=val/loss"
        )
    with services.database.read() as connection:
        found = quantities_of(connection, project)
    figure = scatter_figure(found, *quantity[:2]) if kind == "scatter" else parallel_figure(found, quantity)
    return Response(figure.to_json(), media_type="application/json")
