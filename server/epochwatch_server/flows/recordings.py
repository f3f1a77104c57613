"""A run of the store as the rules replay it: what it declared, its steps thinned, its epochs, its end."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.domain.series import NO_EPOCH, EpochPoint, Points, Series
from epochwatch_server.flows.step_records import FIRST_STEPS, is_followed, marks, means, pick, rows_of
from epochwatch_server.health.epoch_records import by_epoch, closed_at, epoch_metrics
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.health.signals import read_signal
from epochwatch_server.importers.recording import facts_from
from epochwatch_server.store import rule_settings, runs, series
from epochwatch_server.store.database import Connection

MAX_STARTS = 20  # earlier runs looked at for failed starts
STEP_BUCKETS = 500  # of a metric in a recording: each keeps its lowest and highest step
_MAX_ERROR_CHARS = 2_000


def facts_of(run: Run, corrections: Mapping[str, str] | None = None, failed_starts: Sequence[str] = ()) -> RunFacts:
    """Say what a run declared, as `init` was told, else as its config spells it.

    Args:
        run: With its documents.
        corrections: Roles that a user put right, by metric.
    """
    tracked, declared = run.tracked, run.declared
    facts = facts_from({"config": run.config, "planned_epochs": run.planned_epochs})
    milestones = [
        (metric, int(epoch), float(value))
        for metric, stones in declared.targets.items()
        for epoch, value in stones.items()
        if str(epoch).lstrip("-").isdigit()
    ]
    return replace(
        facts,
        tracked_metric=tracked.metric if tracked else None,
        mode=tracked.mode if tracked else None,
        patience=tracked.patience if tracked else None,
        components=tuple(read_signal(name).component or name for name in declared.components or ()),
        weights=dict(declared.weights) or facts.weights,
        milestones=tuple(milestones) or facts.milestones,
        bands={metric: dict(band) for metric, band in declared.bands.items()} or facts.bands,
        roles=dict(corrections or {}),
        failed_starts=tuple(failed_starts),
        stops_itself=tracked is not None and tracked.patience is not None,
    )


def recording_of(connection: Connection, run: Run) -> Recording:
    """Read a run as the rules would have seen it, epoch by epoch; a run that is lost counts as killed."""
    full = run if run.config or run.environment else runs.get_run(connection, run.id) or run
    corrections = rule_settings.role_corrections(connection, full.project)
    facts = facts_of(full, corrections, failed_starts(connection, full))
    records = records_of(connection, full, facts)
    ending = ending_of(connection, full)
    if ending is None and full.state is RunState.LOST:
        ending = RunEnding("killed", "no heartbeat any more", 0.0)
    if ending is not None:
        last = records[-1].time if records else 0.0
        ending = replace(ending, time=last)
        records.append(Record("end", last, ending=ending))
    return Recording(full.name, facts, tuple(records))


def records_of(connection: Connection, run: Run, facts: RunFacts) -> list[Record]:
    """Read a run's steps, thinned, and its epochs, in the order in which they were made; without its end."""
    known = series.list_series(connection, run.id)
    told = _true_epochs(run, by_epoch(series.read_epoch_points(connection, run.id)))
    with_epochs = {metric for points in told.values() for metric in points}
    alone = [one.metric for one in known if one.last_epoch != NO_EPOCH and one.metric not in with_epochs and one.n]
    extra = means({metric: series.read_points(connection, run.id, metric) for metric in alone})
    epochs = dict(sorted({**_untold_epochs(run, extra, is_told=bool(told)), **told}.items()))
    return _in_order(rows_of(_steps(connection, run.id, known, facts)), epochs, extra)


def ending_of(connection: Connection, run: Run) -> RunEnding | None:
    """Say how a run ended, with what it measured on the test data; None while it goes on."""
    if run.end is None:
        return None
    found = series.series_of_runs(connection, [run.id])[run.id].values()
    metrics = {one.metric: one.last for one in found if read_signal(one.metric).split == "test"}
    for name, value in run.end.summary.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if is_number and read_signal(name).split == "test":
            metrics.setdefault(name, float(value))
    error = run.end.traceback if run.end.reason == "crashed" else None
    # A stop that nobody asked for here came from elsewhere: a sweep's agent, a scheduler.
    is_foreign = run.end.reason == "stopped" and not run.end.actor
    return RunEnding("cut_off" if is_foreign else run.end.reason, error, 0.0, metrics)


def failed_starts(connection: Connection, run: Run) -> tuple[str, ...]:
    """Read the errors of the runs right before this one, of the same script or name, that crashed before an epoch."""
    errors: list[str] = []
    for other in runs.list_runs(connection, project=run.project, limit=MAX_STARTS, with_documents=True):
        if other.id == run.id or other.created_ms > run.created_ms or not _is_same_experiment(run, other):
            continue
        if other.end is None or other.end.reason != "crashed" or other.epochs_done:
            break
        lines = (other.end.traceback or "unknown").strip().splitlines()
        errors.insert(0, lines[-1][:_MAX_ERROR_CHARS] if lines else "unknown")
    return tuple(errors)


def _is_same_experiment(run: Run, other: Run) -> bool:
    script = run.environment.get("script")
    return run.name == other.name or (bool(script) and script == other.environment.get("script"))


def _true_epochs(run: Run, epochs: Mapping[int, Mapping[str, EpochPoint]]) -> dict[int, Mapping[str, EpochPoint]]:
    """Leave out what an attempt before the last resume left behind it: later epochs that are older, not yet redone."""
    kept: dict[int, Mapping[str, EpochPoint]] = {}
    newest = 0
    for epoch, points in epochs.items():
        time_ms = closed_at(points.values())
        if epoch >= run.epochs_done and time_ms < newest:
            continue
        newest = max(newest, time_ms)
        kept[epoch] = points
    return kept


def _untold_epochs(
    run: Run, extra: Mapping[int, Mapping[str, float]], *, is_told: bool
) -> dict[int, Mapping[str, EpochPoint]]:
    """Find the epochs that are over and have no points of their own: the next one began, or the run says so."""
    newest = max(extra, default=0)
    ends_by_points = newest + 1 if run.state.is_over else newest
    return {
        epoch: {} for epoch in extra if epoch < (run.epochs_done if is_told else max(run.epochs_done, ends_by_points))
    }


def _steps(connection: Connection, run_id: str, known: Iterable[Series], facts: RunFacts) -> dict[str, Points]:
    found = {}
    for one in known:
        if one.n and (one.nonfinite or is_followed(one.metric, facts.roles)):
            found[one.metric] = _thinned(connection, run_id, one.metric, is_followed(one.metric, facts.roles))
    return found


def _thinned(connection: Connection, run_id: str, metric: str, is_followed: bool) -> Points:
    (some,) = series.read_slices(connection, run_id, [metric], buckets=STEP_BUCKETS)
    parts = [some.points, some.nonfinite]
    if is_followed and not some.exact and len(some.points):
        last = int(some.points.steps[0]) + 20 * FIRST_STEPS
        for early in series.read_slices(connection, run_id, [metric], last=last, buckets=10 * FIRST_STEPS):
            parts.append(pick(early.points, np.arange(min(FIRST_STEPS, len(early.points)))))
    points = _joined(parts)
    return points if is_followed else marks(points)


def _joined(parts: Sequence[Points]) -> Points:
    columns = ("steps", "epochs", "times_ms", "values")
    joined = Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
    _, places = np.unique(joined.steps, return_index=True)
    return pick(joined, places)


def _in_order(
    rows: Sequence[Record], epochs: Mapping[int, Mapping[str, EpochPoint]], extra: Mapping[int, Mapping[str, float]]
) -> list[Record]:
    ends = {epoch: max((row.time for row in rows if row.epoch == epoch), default=0.0) for epoch in epochs}
    ends |= {epoch: closed_at(points.values()) / 1000 for epoch, points in epochs.items() if points}
    placed: list[tuple[tuple[float, int, int], Record]] = []
    for row in rows:
        within = row.epoch
        if within is None:
            within = next((epoch for epoch, time in ends.items() if row.time <= time), None)
        placed.append(((math.inf if within is None else within, 0, row.place), row))
    for epoch, points in epochs.items():
        for turn, record in enumerate(epoch_records(epoch, points, extra.get(epoch, {}), ends[epoch]), 1):
            placed.append(((epoch, turn, 0), record))
    return [record for _, record in sorted(placed, key=lambda item: item[0])]


def epoch_records(
    epoch: int, points: Mapping[str, EpochPoint], extra: Mapping[str, float], time: float
) -> list[Record]:
    """Make an epoch's record, and a second one of what was added to it behind its end.

    Args:
        extra: Means of metrics of which the epoch's end told nothing.
        time: When it was over, by the trainer's clock in seconds, where no point says so.
    """
    if not points:
        return [Record("epoch", time, epoch, epoch, dict(extra))]
    time_ms = closed_at(points.values())
    on_time = {metric: point for metric, point in points.items() if point.time_ms <= time_ms}
    late = {metric: point for metric, point in points.items() if point.time_ms > time_ms}
    unsaid = {metric: mean for metric, mean in extra.items() if metric not in points}
    records = [Record("epoch", time_ms / 1000, epoch, epoch, unsaid | epoch_metrics(on_time))]
    if late:
        added = max(point.time_ms for point in late.values())
        records.append(Record("epoch", added / 1000, epoch, epoch, epoch_metrics(late)))
    return records
