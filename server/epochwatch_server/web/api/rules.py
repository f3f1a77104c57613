"""The rules of a project: listed, set, tried on past runs; and those that it made itself."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from epochwatch_server.domain.alert import OwnRule
from epochwatch_server.flows.rule_choices import Choice
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.rule_schemas import (
    OwnRuleGiven,
    OwnRuleTrialGiven,
    RuleGiven,
    RuleJson,
    RuleSettingGiven,
    RulesJson,
    RuleTrialGiven,
    TrialJson,
    rule_json,
    trial_json,
)
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api", tags=["rules"])

ProjectQuery = Annotated[str, Query(min_length=1, max_length=256)]


@router.get("/rules", response_model=RulesJson)
def list_rules(services: ServicesDep, project: Annotated[str, Query(max_length=256)] = "") -> Response:
    """List the rules as a project has set them; without one, as they are made."""
    rules = [rule_json(view) for view in services.rules.views(project)]
    return json_answer({"project": project, "rules": rules})


@router.put("/rules/{rule}", response_model=RuleJson)
def set_rule(services: ServicesDep, rule: str, given: RuleSettingGiven) -> Response:
    """Set a rule for a project."""
    return json_answer(rule_json(services.rules.set_rule(given.project, rule, _choice(given, given.stops))))


@router.delete("/rules/{rule}", response_model=RuleJson)
def reset_rule(services: ServicesDep, rule: str, project: ProjectQuery) -> Response:
    """Let a rule of a project be as it is made."""
    return json_answer(rule_json(services.rules.reset_rule(project, rule)))


@router.post("/rules/{rule}/try", response_model=TrialJson)
def try_rule(services: ServicesDep, rule: str, given: RuleTrialGiven) -> Response:
    """Say what a rule says of a project's newest runs, and what it would say if it were set so; saves nothing."""
    trial = services.rules.try_on_past(given.project, rule, _choice(given, None), given.limit)
    return json_answer(trial_json(trial))


@router.put("/own-rules/{slug}", response_model=RuleJson)
def put_own_rule(services: ServicesDep, slug: str, given: OwnRuleGiven) -> Response:
    """Keep a rule of a project's own, in place of the one of this name."""
    return json_answer(rule_json(services.rules.put_own_rule(_own_rule(slug, given))))


@router.delete("/own-rules/{slug}", status_code=204)
def delete_own_rule(services: ServicesDep, slug: str, project: ProjectQuery) -> Response:
    """Forget a rule of a project's own."""
    services.rules.delete_own_rule(project, f"own:{slug}")
    return Response(status_code=204)


@router.post("/own-rules/{slug}/try", response_model=TrialJson)
def try_own_rule(services: ServicesDep, slug: str, given: OwnRuleTrialGiven) -> Response:
    """Say what a rule of a project's own would say of its newest runs; saves nothing."""
    return json_answer(trial_json(services.rules.try_own_rule(_own_rule(slug, given), given.limit)))


def _choice(given: RuleGiven, stops: bool | None) -> Choice:
    takes_own = given.severity is None and "severity" in given.model_fields_set
    return Choice(given.is_on, given.thresholds, given.severity, stops, own_severity=takes_own)


def _own_rule(slug: str, given: OwnRuleGiven) -> OwnRule:
    return OwnRule(
        id=f"own:{slug}",
        project=given.project,
        title=given.title,
        metric=given.metric,
        comparison=given.comparison,
        value=given.value,
        epochs=given.epochs,
        severity=given.severity,
        is_on=given.is_on,
    )
