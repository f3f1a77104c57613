"""Comparison: runs side by side, and their overlaid charts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from epochwatch_server.charts.overlay import Alignment, Overlay
from epochwatch_server.charts.view import Scale
from epochwatch_server.comparison.catalogue import findings_of
from epochwatch_server.comparison.compared import Compared, metrics_of, yardstick_of
from epochwatch_server.comparison.config_table import ConfigRow, config_rows
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.metric_table import MetricCell, MetricRow, metric_rows, val_test_rows
from epochwatch_server.comparison.run_table import RunFactsRow, run_facts
from epochwatch_server.flows.comparing import alert_times_of, overlay_of, spread_of
from epochwatch_server.live.messages import Message, RunRow
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.services import Services, ServicesDep
from epochwatch_server.web.views import run_rows

router = APIRouter(prefix="/api/compare", tags=["compare"])

Runs = Annotated[str, Query(max_length=1_000, description="ids of 2 to 8 runs, joined by commas")]
Metric = Annotated[str, Query(max_length=256)]
Group = Annotated[str, Query(max_length=256, description="a setting: draw mean and spread by it")]
_Bound = Annotated[float | None, Query(allow_inf_nan=False)]


class ConfigCellJson(Message):
    """One run's value of one setting. number: where it is one."""

    text: str
    absent: bool
    text_number: bool
    number: float | None


class ConfigRowJson(Message):
    """One setting over all runs."""

    key: str
    differs: bool
    cells: list[ConfigCellJson]


class MetricCellJson(Message):
    """How one metric of one run stands."""

    best: float | None
    best_epoch: int | None
    last: float | None
    n: int
    is_best: bool


class MetricRowJson(Message):
    """One metric over all runs; a cell is null where the run never computed it, which is not 0."""

    metric: str
    split: str | None
    role: str
    direction: str | None
    differs: bool
    cells: list[MetricCellJson | None]


class ValTestJson(Message):
    """Best validation value and test value of one quantity, a pair a run."""

    stem: str
    pairs: list[tuple[float | None, float | None]]


class FactsJson(Message):
    """What a comparison says of one run."""

    run: str
    state: str
    worst: str | None
    alerts: dict[str, int]
    rules: list[str]
    planned_epochs: int | None
    epochs_done: int
    seconds: float
    epoch_seconds: float | None
    steps_per_second: float | None
    parameters: int | None
    is_tested: bool
    verdict: str


class FindingJson(Message):
    """A sentence, with what to be careful about."""

    kind: str
    text: str
    caution: str
    runs: list[str]
    keys: list[str]


class CompareJson(Message):
    """A whole comparison; lists of cells are in the order of `runs`. yardstick: the metric that ranks them."""

    runs: list[RunRow]
    yardstick: str | None
    charts: list[str] = Field(description="metrics that can be overlaid, the ranking one first")
    facts: list[FactsJson]
    config: list[ConfigRowJson]
    metrics: list[MetricRowJson]
    tests: list[ValTestJson]
    findings: list[FindingJson]


@router.get("", response_model=CompareJson)
def compare(services: ServicesDep, runs: Runs, metric: Metric | None = None) -> Response:
    """Compare 2 to 8 runs; `metric` ranks them, by default the one most of them track."""
    with services.database.read() as connection:
        group = services.comparing.read(connection, runs.split(","))
        return json_answer(comparison_json(services, connection, group, metric))


def comparison_json(
    services: Services, connection: Connection, group: list[Compared], metric: str | None = None
) -> CompareJson:
    """Say everything about a comparison."""
    yardstick = metric or yardstick_of(group)
    names = metrics_of(group)
    return CompareJson.model_construct(
        runs=run_rows(services, connection, [compared.run for compared in group]),
        yardstick=yardstick,
        charts=[*([yardstick] if yardstick in names else []), *(name for name in names if name != yardstick)],
        facts=[_facts(row) for row in run_facts(group)],
        config=[_config_row(row) for row in config_rows(group)],
        metrics=[_metric_row(row) for row in metric_rows(group)],
        tests=[ValTestJson.model_construct(stem=row.stem, pairs=list(row.pairs)) for row in val_test_rows(group)],
        findings=[_finding(found) for found in findings_of(group, yardstick)],
    )


def overlay_asked(
    align: Alignment = "epoch",
    scale: Scale = "linear",
    first: _Bound = None,
    last: _Bound = None,
    width: Annotated[int | None, Query(ge=1, le=20_000)] = None,
    baseline: Annotated[str | None, Query(max_length=64, description="a run: draw differences to it")] = None,
) -> Overlay:
    """Read how runs are to be laid over one another from the query."""
    return Overlay(align, scale, first, last, width, baseline)


@router.get("/chart", response_class=Response)
def draw_overlay(
    services: ServicesDep,
    runs: Runs,
    metric: Metric,
    asked: Annotated[Overlay, Depends(overlay_asked)],
    group: Group | None = None,
) -> Response:
    """Draw one metric of the runs: over one another, as differences to a baseline, or mean and spread by a setting."""
    with services.database.read() as connection:
        compared = services.comparing.read(connection, runs.split(","))
        figure = spread_of(compared, metric, group, asked) if group else overlay_of(connection, compared, metric, asked)
    return Response(figure.to_json(), media_type="application/json")


@router.get("/alerts", response_class=Response)
def draw_alerts(services: ServicesDep, runs: Runs) -> Response:
    """Draw the alerts of the runs on one axis of epochs."""
    with services.database.read() as connection:
        figure = alert_times_of(services.comparing.read(connection, runs.split(",")))
    return Response(figure.to_json(), media_type="application/json")


def _facts(row: RunFactsRow) -> FactsJson:
    return FactsJson.model_construct(
        run=row.run_id,
        state=row.state,
        worst=row.worst,
        alerts=row.alerts,
        rules=list(row.rules),
        planned_epochs=row.planned_epochs,
        epochs_done=row.epochs_done,
        seconds=row.seconds,
        epoch_seconds=row.epoch_seconds,
        steps_per_second=row.steps_per_second,
        parameters=row.parameters,
        is_tested=row.is_tested,
        verdict=row.verdict,
    )


def _config_row(row: ConfigRow) -> ConfigRowJson:
    cells = [
        ConfigCellJson.model_construct(
            text=cell.text, absent=cell.is_absent, text_number=cell.is_text_number, number=cell.number
        )
        for cell in row.cells
    ]
    return ConfigRowJson.model_construct(key=row.key, differs=row.differs, cells=cells)


def _metric_row(row: MetricRow) -> MetricRowJson:
    return MetricRowJson.model_construct(
        metric=row.metric,
        split=row.split,
        role=row.role,
        direction=row.direction,
        differs=row.differs,
        cells=[_metric_cell(cell) for cell in row.cells],
    )


def _metric_cell(cell: MetricCell) -> MetricCellJson | None:
    if cell.standing is None:
        return None
    told = cell.standing
    return MetricCellJson.model_construct(
        best=told.best, best_epoch=told.best_epoch, last=told.last, n=told.n, is_best=cell.is_best
    )


def _finding(found: CompareFinding) -> FindingJson:
    return FindingJson.model_construct(
        kind=found.kind, text=found.text, caution=found.caution, runs=list(found.runs), keys=list(found.keys)
    )
