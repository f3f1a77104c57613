"""Alerts over all runs and the health of one: listed, acknowledged, looked at, muted; and rules that rest."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from epochwatch_server.flows.alerts import Asked
from epochwatch_server.live.health_messages import AlertJson, HealthJson
from epochwatch_server.web.api.alert_schemas import (
    AcknowledgeGiven,
    AlertsJson,
    ChangedAlertsJson,
    MuteGiven,
    MutesJson,
    PauseGiven,
    SeenGiven,
    counts_json,
    mute_json,
)
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.ids import IdInPath, IdInQuery
from epochwatch_server.web.api.runs import ACTOR
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api", tags=["alerts"])

Name = Annotated[str | None, Query(max_length=256)]


def asked_of(
    project: Name = None,
    run: Name = None,
    rule: Name = None,
    severity: Literal["info", "warning", "critical"] | None = None,
    phase: Literal["firing", "resolved"] | None = None,
    acknowledged: bool | None = None,
    before: IdInQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Asked:
    """Read from the query which alerts are wanted."""
    return Asked(project, run, rule, severity, phase, acknowledged, before, limit)


@router.get("/alerts", response_model=AlertsJson)
def list_alerts(services: ServicesDep, asked: Annotated[Asked, Depends(asked_of)]) -> Response:
    """List alerts, the last fired first; for older ones ask `before` the id of the last one had."""
    found, counts = services.alerts.find(asked)
    return json_answer({"alerts": found, "counts": counts_json(counts)})


@router.post("/alerts/acknowledge", response_model=ChangedAlertsJson)
def acknowledge_alerts(services: ServicesDep, given: AcknowledgeGiven) -> Response:
    """Note that somebody has taken alerts on, or open them again; saying so twice changes nothing."""
    flow = services.alerts
    changed = flow.unacknowledge(given.ids) if given.undo else flow.acknowledge(given.ids, ACTOR)
    return json_answer({"alerts": changed})


@router.post("/alerts/seen", response_model=ChangedAlertsJson)
def mark_alerts_seen(services: ServicesDep, given: SeenGiven) -> Response:
    """Note that somebody looked at alerts."""
    return json_answer({"alerts": services.alerts.mark_seen(given.ids)})


@router.post("/alerts/{alert_id}/mute", response_model=AlertJson)
def mute_alert(services: ServicesDep, alert_id: IdInPath, given: MuteGiven) -> Response:
    """Keep an alert's rule quiet about its subject, in its run or in all of its project."""
    return json_answer(services.alerts.mute(alert_id, given.scope, ACTOR))


@router.get("/mutes", response_model=MutesJson)
def list_mutes(services: ServicesDep, project: Annotated[str, Query(min_length=1, max_length=256)]) -> Response:
    """List what is kept quiet in a project, oldest first."""
    return json_answer({"mutes": [mute_json(mute) for mute in services.alerts.mutes(project)]})


@router.delete("/mutes/{mute_id}", status_code=204)
def unmute(services: ServicesDep, mute_id: IdInPath) -> Response:
    """Let what was muted speak again."""
    services.alerts.unmute(mute_id)
    return Response(status_code=204)


@router.get("/runs/{run_id}/health", response_model=HealthJson)
def show_health(services: ServicesDep, run_id: str) -> Response:
    """Show how every rule stands with a run, and its alerts."""
    return json_answer(services.alerts.health(run_id))


@router.post("/runs/{run_id}/health/pause", response_model=HealthJson)
def pause_rules(services: ServicesDep, run_id: str, given: PauseGiven) -> Response:
    """Let the rules of a run rest, or go on."""
    return json_answer(services.alerts.set_paused(run_id, given.paused))
