"""The JSON that viewers get, in the API and in the stream alike: one shape per noun, made from the domain's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from epochwatch_server.domain.alert import HealthSummary
from epochwatch_server.domain.event import Command, RunEvent
from epochwatch_server.domain.run import Run, Tracked
from epochwatch_server.domain.series import EpochPoint, Points


class Message(BaseModel):
    """JSON for a browser; NaN and infinities travel as the strings "NaN", "Infinity" and "-Infinity"."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")


class TrackedJson(Message):
    """What early stopping follows, and how it stands."""

    metric: str
    mode: str
    patience: int | None
    value: float | None
    best: float | None
    best_epoch: int | None
    waited: int


class StopJson(Message):
    """The last stop that was asked for: asked, then seen by the hook, then done."""

    asked_ms: int
    seen_ms: int | None
    done_ms: int | None
    reason: str
    actor: str


class OriginJson(Message):
    """Where an imported run came from."""

    format: str
    source: str = ""
    imported_ms: int | None = None


class HealthSummaryJson(Message):
    """A run's health in three numbers: worst severity of what fires, how many fire, how many nobody has seen."""

    worst: str | None = None
    firing: int = 0
    unread: int = 0


class RunRow(Message):
    """One run as a row of the runs table and as the head of its page."""

    id: str
    project: str
    name: str
    state: str
    hue: int
    created_ms: int
    last_seen_ms: int
    last_point_ms: int | None
    ended_ms: int | None
    planned_epochs: int | None
    epoch: int | None
    epochs_done: int
    epoch_seconds: float | None
    eta_seconds: float | None
    step: int | None
    learning_rate: float | None
    tracked: TrackedJson | None
    tags: tuple[str, ...]
    note: str
    dropped: int
    end_reason: str | None
    end_actor: str | None
    spark: list[float]
    url: str
    heartbeat_seconds: float
    stop: StopJson | None
    health: HealthSummaryJson
    origin: OriginJson | None = None
    verdict: str = ""


class EventJson(Message):
    """One line of a run's feed."""

    id: int
    run: str
    type: str
    epoch: int | None
    step: int | None
    time_ms: int
    data: dict[str, Any]


class PointsJson(Message):
    """Points as columns; `epochs` holds -1 where unknown, `times` are UTC milliseconds."""

    steps: list[int]
    epochs: list[int]
    times: list[int]
    values: list[float]


class EpochPointJson(Message):
    """One epoch of one metric; std, min and max are null when every step was non-finite."""

    epoch: int
    value: float
    n: int
    std: float | None
    min: float | None
    max: float | None
    nonfinite: int
    step: int
    time: int


def run_row(
    run: Run, spark: Iterable[float] = (), stop: Command | None = None, health: HealthSummary | None = None
) -> RunRow:
    """Turn a run into its row; `spark` are the values of its small line, `stop` its last stop command."""
    return RunRow.model_construct(**run_fields(run, spark, stop, health))


def run_fields(
    run: Run, spark: Iterable[float] = (), stop: Command | None = None, health: HealthSummary | None = None
) -> dict[str, Any]:
    """Name the fields of a run's row; they come from the domain, so nothing is left to validate."""
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "state": run.state.value,
        "hue": run.hue,
        "created_ms": run.created_ms,
        "last_seen_ms": run.last_seen_ms,
        "last_point_ms": run.last_point_ms,
        "ended_ms": run.ended_ms,
        "planned_epochs": run.planned_epochs,
        "epoch": run.epoch,
        "epochs_done": run.epochs_done,
        "epoch_seconds": run.epoch_seconds,
        "eta_seconds": run.eta_seconds,
        "step": run.step,
        "learning_rate": run.learning_rate,
        "tracked": _tracked(run.tracked),
        "tags": run.tags,
        "note": run.note,
        "dropped": run.dropped,
        "end_reason": run.end.reason if run.end else None,
        "end_actor": run.end.actor if run.end else None,
        "spark": list(spark),
        "url": f"/runs/{run.id}",
        "heartbeat_seconds": run.heartbeat_seconds,
        "stop": _stop(stop),
        "health": health_summary_json(health),
        "origin": _origin(run.origin),
        "verdict": run.verdict,
    }


def event_json(event: RunEvent) -> EventJson:
    """Turn an event into a line of the feed."""
    return EventJson(
        id=event.id,
        run=event.run_id,
        type=event.type,
        epoch=event.epoch,
        step=event.step,
        time_ms=event.time_ms,
        data=dict(event.data),
    )


def health_summary_json(health: HealthSummary | None) -> HealthSummaryJson:
    """Turn a run's health in three numbers into JSON; None: nothing fires, nothing is unread."""
    if health is None:
        return HealthSummaryJson()
    return HealthSummaryJson(worst=health.worst, firing=health.firing, unread=health.unread)


def points_json(points: Points) -> PointsJson:
    """Turn points into columns of plain numbers."""
    return PointsJson.model_construct(
        steps=points.steps.tolist(),
        epochs=points.epochs.tolist(),
        times=points.times_ms.tolist(),
        values=points.values.tolist(),
    )


def epoch_point_json(point: EpochPoint) -> EpochPointJson:
    """Turn an epoch's point into JSON; without a finite step there is no spread to tell."""
    has_spread = point.n > 0
    return EpochPointJson(
        epoch=point.epoch,
        value=point.value,
        n=point.n,
        std=point.std if has_spread else None,
        min=point.min if has_spread else None,
        max=point.max if has_spread else None,
        nonfinite=point.nonfinite,
        step=point.step,
        time=point.time_ms,
    )


def epochs_json(epochs: Mapping[str, list[EpochPoint]]) -> dict[str, list[EpochPointJson]]:
    """Turn every metric's epoch points into JSON."""
    return {metric: [epoch_point_json(point) for point in points] for metric, points in epochs.items()}


def _tracked(tracked: Tracked | None) -> TrackedJson | None:
    if tracked is None:
        return None
    return TrackedJson.model_construct(
        metric=tracked.metric,
        mode=tracked.mode,
        patience=tracked.patience,
        value=tracked.value,
        best=tracked.best,
        best_epoch=tracked.best_epoch,
        waited=tracked.waited,
    )


def _origin(origin: Mapping[str, Any] | None) -> OriginJson | None:
    return None if origin is None else OriginJson.model_validate(origin)


def _stop(stop: Command | None) -> StopJson | None:
    if stop is None:
        return None
    return StopJson(
        asked_ms=stop.asked_ms, seen_ms=stop.seen_ms, done_ms=stop.done_ms, reason=stop.reason, actor=stop.actor
    )
