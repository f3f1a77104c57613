"""What the metrics of a project were taken for, and what a user says they are."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.flows.metric_roles import metric_roles
from epochwatch_server.health.signals import ROLES
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.rule_schemas import RoleGiven, RolesJson, metric_role_json
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/roles", tags=["roles"])


@router.get("", response_model=RolesJson)
def list_roles(services: ServicesDep, project: Annotated[str, Query(min_length=1, max_length=256)]) -> Response:
    """List the metrics of a project's newest runs, and what each was taken for."""
    with services.database.read() as connection:
        found = metric_roles(connection, project)
    return json_answer({"metrics": [metric_role_json(role) for role in found], "roles": ROLES})


@router.put("", response_model=RolesJson)
def correct_role(services: ServicesDep, given: RoleGiven) -> Response:
    """Say what a metric is; with a role of null, leave it to its name again."""
    services.rules.correct_role(given.project, given.metric, given.role)
    return list_roles(services, given.project)
