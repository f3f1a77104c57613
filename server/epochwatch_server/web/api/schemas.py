"""The JSON of the API that the stream does not share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from epochwatch_server.domain.alert import HealthSummary
from epochwatch_server.domain.event import Command, RunEvent
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.sample import Sample
from epochwatch_server.domain.series import Series, SeriesSlice
from epochwatch_server.live.messages import (
    EpochPointJson,
    EventJson,
    Message,
    PointsJson,
    RunRow,
    points_json,
    run_fields,
)
from epochwatch_server.web.markdown import render_markdown


class Given(BaseModel):
    """JSON that a program sends; unknown fields are a mistake worth telling."""

    model_config = ConfigDict(strict=True, extra="forbid")


class RunsJson(Message):
    """The runs, newest first. last: by run and metric, the last values that were asked for."""

    runs: list[RunRow]
    last: dict[str, dict[str, float]] = Field(default_factory=dict)


class RunDetail(RunRow):
    """A run with what a post-mortem needs."""

    config: dict[str, Any]
    environment: dict[str, Any]
    declared: dict[str, Any]
    parameters: int | None
    traceback: str | None
    summary: dict[str, Any]
    note_html: str = Field(description="the note, rendered from Markdown")


class LabelGiven(Given):
    """What to write on a run's label."""

    name: str | None = None
    tags: list[str] | None = None
    note: str | None = None
    verdict: str | None = None


class StopGiven(Given):
    """Why a run shall stop."""

    reason: Annotated[str, Field(max_length=1000)] = ""


class CommandJson(Message):
    """What was asked of a run, and how far it came."""

    id: int
    type: str
    reason: str
    actor: str
    asked_ms: int
    seen_ms: int | None
    done_ms: int | None


class SeriesJson(Message):
    """A series summed up; `last` may be non-finite, `min` and `max` are over finite values."""

    metric: str
    split: str | None
    role: str
    direction: str | None
    n: int
    nonfinite: int
    last: float
    min: float | None
    min_step: int | None
    max: float | None
    max_step: int | None
    last_step: int
    last_epoch: int


class SeriesListJson(Message):
    """Every series of a run."""

    series: list[SeriesJson]


class SliceJson(PointsJson):
    """Points of a range: every extreme is kept; `exact` when nothing was left out, `total` before thinning."""

    exact: bool
    total: int
    nonfinite: PointsJson


class SlicesJson(Message):
    """The asked metrics that the run has."""

    series: dict[str, SliceJson]


class EpochsJson(Message):
    """Epoch points by metric."""

    epochs: dict[str, list[EpochPointJson]]


class EventsJson(Message):
    """Lines of the feed, newest first."""

    events: list[EventJson]


class SampleJson(Message):
    """One example at one epoch; coordinates in pixels of the image, x to the right, y down."""

    split: str
    id: str
    epoch: int
    step: int
    time_ms: int
    image: str | None
    width: int | None
    height: int | None
    gt: list[tuple[float, float]] | None
    pred: list[tuple[float, float]] | None
    error_px: float | None
    gt_done: float | None
    pred_done: float | None
    caption: str
    extra: dict[str, Any]
    error: float | None
    error_unit: str
    layers: list[dict[str, Any]]


class SamplesJson(Message):
    """The samples of one split at one epoch, and which epochs each split has."""

    epochs: dict[str, list[int]]
    samples: list[SampleJson]


def run_detail(
    run: Run,
    spark: list[float],
    stop: Command | None,
    told: RunEvent | None,
    health: HealthSummary | None = None,
) -> RunDetail:
    """Turn a run into its detail; `told` is its last `summary` event, which the summary of its end goes over."""
    values = dict(told.data.get("values", {})) if told else {}
    return RunDetail.model_construct(
        **run_fields(run, spark, stop, health),
        config=dict(run.config),
        environment=dict(run.environment),
        declared={
            "composite": run.declared.composite,
            "targets": run.declared.targets,
            "bands": run.declared.bands,
            "components": run.declared.components,
            "weights": run.declared.weights,
        },
        parameters=run.parameters,
        traceback=run.end.traceback if run.end else None,
        summary=values | (dict(run.end.summary) if run.end else {}),
        note_html=render_markdown(run.note),
    )


def command_json(command: Command) -> CommandJson:
    """Turn a command into JSON."""
    return CommandJson(
        id=command.id,
        type=command.type,
        reason=command.reason,
        actor=command.actor,
        asked_ms=command.asked_ms,
        seen_ms=command.seen_ms,
        done_ms=command.done_ms,
    )


def series_json(series: Series) -> SeriesJson:
    """Turn a series' sums into JSON, with what its name says."""
    name = read_metric_name(series.metric)
    return SeriesJson.model_construct(
        metric=series.metric,
        split=name.split,
        role=name.role,
        direction=name.direction,
        n=series.n,
        nonfinite=series.nonfinite,
        last=series.last,
        min=series.min,
        min_step=series.min_step,
        max=series.max,
        max_step=series.max_step,
        last_step=series.last_step,
        last_epoch=series.last_epoch,
    )


def slice_json(part: SeriesSlice) -> SliceJson:
    """Turn a range of a series into JSON."""
    points = points_json(part.points)
    return SliceJson.model_construct(
        steps=points.steps,
        epochs=points.epochs,
        times=points.times,
        values=points.values,
        exact=part.exact,
        total=part.total,
        nonfinite=points_json(part.nonfinite),
    )


def sample_json(sample: Sample) -> SampleJson:
    """Turn a sample into JSON."""
    return SampleJson.model_construct(
        split=sample.split,
        id=sample.id,
        epoch=sample.epoch,
        step=sample.step,
        time_ms=sample.time_ms,
        image=sample.image,
        width=sample.width,
        height=sample.height,
        gt=sample.gt,
        pred=sample.pred,
        error_px=sample.error_px,
        gt_done=sample.gt_done,
        pred_done=sample.pred_done,
        caption=sample.caption,
        extra=dict(sample.extra),
        error=sample.error,
        error_unit=sample.error_unit,
        layers=[dict(layer) for layer in sample.layers],
    )
