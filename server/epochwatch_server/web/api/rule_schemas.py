"""The JSON of rules, of their trial on past runs, and of what metrics were taken for."""

from typing import Annotated, Literal

from pydantic import Field

from epochwatch_server.domain.alert import OwnRule
from epochwatch_server.flows.metric_roles import MetricRole
from epochwatch_server.flows.rule_trial import DEFAULT_RUNS, MAX_RUNS, Said, Trial, TriedRun
from epochwatch_server.flows.rules import RuleView
from epochwatch_server.health.rule import Threshold
from epochwatch_server.live.messages import Message
from epochwatch_server.web.api.schemas import Given

SeverityName = Literal["info", "warning", "critical"]

Project = Annotated[str, Field(min_length=1, max_length=256)]
Limit = Annotated[int, Field(ge=1, le=MAX_RUNS)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class ThresholdJson(Message):
    """A number of a rule, and what this project has set it to."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    value: float
    is_changed: bool


class OwnRuleJson(Message):
    """A rule of the user's own: `metric` compared with `value` for `epochs` epochs in a row."""

    slug: str
    title: str
    metric: str
    comparison: str
    value: float
    epochs: int
    severity: str
    is_on: bool


class RuleJson(Message):
    """A rule as a project has set it.

    failures: how often it broke since the server started. problem: why it cannot be asked, or not as it was set.
    """

    id: str
    title: str
    severity: str
    sections: dict[str, str]
    thresholds: list[ThresholdJson]
    is_on: bool
    chosen_severity: str | None
    stops: bool
    moments: list[str]
    origin: str
    failures: int
    last_failure: str | None
    problem: str | None
    own: OwnRuleJson | None


class RulesJson(Message):
    """Every rule, in the order in which they are asked."""

    project: str
    rules: list[RuleJson]


class RuleGiven(Given):
    """What to do with a rule: what is left out stays; a threshold or a severity of null takes the rule's own again."""

    project: Project
    is_on: bool | None = None
    thresholds: Annotated[dict[str, Number | None], Field(max_length=64)] | None = None
    severity: SeverityName | None = None


class RuleTrialGiven(RuleGiven):
    """What to try of a rule, on how many past runs at most."""

    limit: Limit = DEFAULT_RUNS


class RuleSettingGiven(RuleGiven):
    """What to set of a rule."""

    stops: bool | None = None


class OwnRuleGiven(Given):
    """A rule of the user's own. metric: a name, or the beginning of one followed by `*`."""

    project: Project
    title: Annotated[str, Field(max_length=1_000)]
    metric: Annotated[str, Field(max_length=1_000)]
    comparison: Literal["<", "<=", ">", ">=", "==", "!="]
    value: Number
    epochs: Annotated[int, Field(ge=1, le=10_000)]
    severity: SeverityName
    is_on: bool = True


class OwnRuleTrialGiven(OwnRuleGiven):
    """A rule to try before it is kept, on how many past runs at most."""

    limit: Limit = DEFAULT_RUNS


class SaidJson(Message):
    """What a rule said at an epoch (-1: before the first). kind: firing, or raised when it became worse."""

    epoch: int
    severity: str
    what: str
    subject: str
    kind: str


class TriedRunJson(Message):
    """A past run as the rule sees it now, and as it would."""

    run: str
    name: str
    url: str
    now: list[SaidJson]
    then: list[SaidJson]


class TrialJson(Message):
    """What a changed rule says of past runs. tried: how many were replayed; of: how many there were to try."""

    runs: list[TriedRunJson]
    tried: int
    of: int


class MetricRoleJson(Message):
    """A metric, and what it is to the rules: `role` by its name, `corrected` by a user."""

    metric: str
    split: str | None
    role: str
    component: str | None
    direction: str | None
    declared: bool
    corrected: str | None


class RolesJson(Message):
    """The metrics of a project's newest runs, and every role that one may have."""

    metrics: list[MetricRoleJson]
    roles: list[str]


class RoleGiven(Given):
    """What a metric is; null leaves it to its name."""

    project: Project
    metric: Annotated[str, Field(max_length=1_000)]
    role: Annotated[str, Field(max_length=64)] | None


def rule_json(view: RuleView) -> RuleJson:
    """Turn a rule and its setting into JSON."""
    rule, settings = view.known.rule, view.settings
    return RuleJson(
        id=rule.id,
        title=rule.title,
        severity=rule.severity.value,
        sections=rule.sections(),
        thresholds=[
            _threshold_json(name, threshold, settings.thresholds.get(name, threshold.default))
            for name, threshold in rule.thresholds.items()
        ],
        is_on=settings.is_on,
        chosen_severity=None if settings.severity is None else settings.severity.value,
        stops=view.stops,
        moments=sorted(moment.value for moment in rule.moments),
        origin=view.known.origin,
        failures=view.failures.count,
        last_failure=view.failures.last,
        problem=view.known.problem,
        own=None if view.known.own is None else _own_rule_json(view.known.own),
    )


def trial_json(trial: Trial) -> TrialJson:
    """Turn what a trial heard into JSON."""
    return TrialJson(runs=[_tried_run_json(run) for run in trial.runs], tried=len(trial.runs), of=trial.of)


def metric_role_json(role: MetricRole) -> MetricRoleJson:
    """Turn what a metric was taken for into JSON."""
    return MetricRoleJson(**{name: getattr(role, name) for name in MetricRoleJson.model_fields})


def _threshold_json(name: str, threshold: Threshold, value: float) -> ThresholdJson:
    return ThresholdJson(
        name=name,
        default=threshold.default,
        low=threshold.low,
        high=threshold.high,
        unit=threshold.unit,
        meaning=threshold.meaning,
        value=value,
        is_changed=value != threshold.default,
    )


def _own_rule_json(own: OwnRule) -> OwnRuleJson:
    fields = ("title", "metric", "comparison", "value", "epochs", "severity", "is_on")
    return OwnRuleJson(slug=own.id.removeprefix("own:"), **{name: getattr(own, name) for name in fields})


def _tried_run_json(run: TriedRun) -> TriedRunJson:
    now, then = (list(map(_said_json, said)) for said in (run.now, run.then))
    return TriedRunJson(run=run.run_id, name=run.name, url=f"/runs/{run.run_id}", now=now, then=then)


def _said_json(said: Said) -> SaidJson:
    return SaidJson(epoch=said.epoch, severity=said.severity, what=said.what, subject=said.subject, kind=said.kind)
