"""What a packet makes of a run: its row as it is afterwards, and the lines for its feed. Pure, no clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.packet import HookEvent, Packet
from epochwatch_server.domain.run import Declared, Run, RunEnd, RunState, Tracked
from epochwatch_server.domain.series import NO_EPOCH, Points

UNKNOWN_PROJECT = "unknown"
DEFAULT_HEARTBEAT_SECONDS = 10.0
SETTLING = 0.3  # weight of the newest epoch in the usual duration: follows a change within some epochs
WRONG_CLOCK_MS = 60_000  # a packet is on its way for seconds; beyond a minute the clocks differ
_DECLARED = ("composite", "targets", "bands", "components", "weights", "stop_on_critical")
MAIN_RANK = "r0-"  # the writer whose words about the run as a whole count
_FEED = frozenset(
    {"start", "resume", "best", "lr", "note", "alert", "gradients", "classes", "scatter", "dropped", "end", "summary"}
)


def first_row(packet: Packet, now_ms: int) -> Run:
    """Make the row of a run nobody has heard of, from the little that any packet tells."""
    created_ms = now_ms - (packet.sent_ms - oldest) if (oldest := _oldest_start(packet)) else now_ms
    if oldest is not None and _is_import(packet):
        created_ms = oldest
    return Run(
        id=packet.run_id,
        project=UNKNOWN_PROJECT,
        name=packet.run_id,
        state=RunState.STARTING,
        hue=0,  # the store gives it its own
        created_ms=min(created_ms, now_ms),
        last_seen_ms=seen_at(packet, now_ms),
        last_point_ms=None,
        ended_ms=None,
        heartbeat_seconds=DEFAULT_HEARTBEAT_SECONDS,
        planned_epochs=None,
        epoch=None,
        epochs_done=0,
        epoch_seconds=None,
        step=None,
        learning_rate=None,
        parameters=None,
        dropped=0,
        tracked=None,
        declared=Declared(),
        config={},
        environment={},
        end=None,
    )


def seen_at(packet: Packet, now_ms: int) -> int:
    """Say when the trainer was alive for certain, by the server's clock.

    A spool may be delivered long after its trainer died. The age of its newest record is a difference of two readings
    of the trainer's own clock, so a clock that is a year off does no harm. A heartbeat is alive now.
    """
    if packet.count == 0 or packet.newest_ms is None:
        return now_ms
    return now_ms - max(0, packet.sent_ms - packet.newest_ms)


def needs_documents(packet: Packet) -> bool:
    """Say whether the run's environment is changed and so must be read first; it may be a megabyte, so rarely is."""
    return any(event.type == "watch" for event in packet.events)


def advance_run(run: Run, packet: Packet, now_ms: int) -> Run:
    """Apply what a packet says to the run's row; the state is decided elsewhere."""
    seen_ms = seen_at(packet, now_ms)
    if packet.newest_ms is not None and packet.count and (run.origin is not None or _is_import(packet)):
        seen_ms = min(now_ms, packet.newest_ms)  # its log's clock is the only one there was
    # The server's own clock may have been set back: what was heard in its future was heard by now.
    run = replace(run, last_seen_ms=max(min(run.last_seen_ms, now_ms), seen_ms))
    is_main = packet.writer.startswith(MAIN_RANK)
    for event in packet.events:
        apply = _APPLY.get(event.type)
        if apply is not None and (is_main or event.type not in _MAIN_ONLY or run.project == UNKNOWN_PROJECT):
            run = apply(run, event)
        if event.type == "start" and run.origin is None and event.data.get("origin"):
            run = replace(run, origin={**event.data["origin"], "imported_ms": now_ms})
    if packet.points or packet.epoch_points:
        run = replace(
            run, last_point_ms=max(min(run.last_point_ms or 0, now_ms), seen_ms), **_newest_of(run, packet.points)
        )
    if run.end is not None and run.ended_ms is None:
        run = replace(run, ended_ms=max(run.last_seen_ms, run.created_ms))
    return run


def clock_error(packet: Packet, now_ms: int) -> int:
    """Say by how many ms the trainer's clock is ahead of the server's; 0 when that may be the way of the packet."""
    error_ms = packet.sent_ms - now_ms
    return error_ms if abs(error_ms) >= WRONG_CLOCK_MS else 0


def feed_of(run_id: str, events: Iterable[HookEvent], ahead_ms: int = 0) -> list[RunEvent]:
    """Choose the events that a reader of the feed wants to see, at the server's time. ahead_ms: the trainer's clock."""
    return [
        RunEvent(0, run_id, event.type, event.epoch, event.step, event.time_ms - ahead_ms, _feed_data(event))
        for event in events
        if event.type in _FEED
    ]


def _feed_data(event: HookEvent) -> dict[str, Any]:
    """Of a start the feed needs no copy of config and environment: the run's row has them."""
    if event.type == "start":
        names = ("resumed", "rank", "world_size")
        return {name: event.data[name] for name in names if name in event.data}
    return dict(event.data)


def _is_import(packet: Packet) -> bool:
    return any(event.type == "start" and event.data.get("origin") for event in packet.events)


def _oldest_start(packet: Packet) -> int | None:
    return min((event.time_ms for event in packet.events if event.type == "start"), default=None)


def _newest_of(run: Run, points: Mapping[str, Points]) -> dict[str, Any]:
    """Read step, epoch and learning rate off the points: they are newer than any event about them."""
    newest = max(points.values(), key=lambda series: series.steps[-1], default=None)
    if newest is None:
        return {}
    fields: dict[str, Any] = {"step": int(newest.steps[-1])}
    if newest.epochs[-1] != NO_EPOCH:
        fields["epoch"] = int(newest.epochs[-1])
    rate = points.get("lr") or next((points[name] for name in sorted(points) if name.startswith("lr/")), None)
    if rate is not None:
        fields["learning_rate"] = float(rate.values[-1])
    return fields


def _start(run: Run, event: HookEvent) -> Run:
    """A second start is another process that goes on with the run: what ended it before no longer holds."""
    data = event.data
    declared = Declared(**{name: data[name] for name in _DECLARED})
    is_first = run.project == UNKNOWN_PROJECT  # later starts keep what a viewer may have renamed or noted since
    return replace(
        run,
        project=data["project"].strip() or UNKNOWN_PROJECT,
        name=(data["name"].strip() or run.name) if is_first else run.name,
        planned_epochs=data["planned_epochs"],
        heartbeat_seconds=data["heartbeat_seconds"],
        tracked=_tracked(data["tracked"], run.tracked),
        declared=declared,
        config=data["config"],
        environment=data["environment"],
        tags=tuple(dict.fromkeys((*run.tags, *data["tags"]))),
        note=(data["note"] or run.note) if is_first else run.note,
        verdict=(data["verdict"] or run.verdict) if is_first else run.verdict,
        end=None,
        ended_ms=None,
    )


def _epoch(run: Run, event: HookEvent) -> Run:
    data = event.data
    done = (event.epoch or 0) + 1
    tracked = _tracked(data["tracked"], run.tracked)
    rate = data["lr"] if data["lr"] is not None else run.learning_rate
    return replace(
        run,
        epoch=event.epoch,
        epochs_done=done,
        epoch_seconds=_usual_seconds(run.epoch_seconds, data["seconds"]),
        step=event.step if event.step is not None else run.step,
        tracked=tracked,
        learning_rate=rate,
    )


def _usual_seconds(usual: float | None, newest: float | None) -> float | None:
    if newest is None:
        return usual
    return newest if usual is None else (1 - SETTLING) * usual + SETTLING * newest


def _best(run: Run, event: HookEvent) -> Run:
    if run.tracked is None or run.tracked.metric != event.data["metric"]:
        return run
    return replace(run, tracked=replace(run.tracked, best=event.data["value"], best_epoch=event.epoch))


def _end(run: Run, event: HookEvent) -> Run:
    data = event.data
    summary = {**data["summary"], **({"verdict": data["verdict"]} if data["verdict"] else {})}
    return replace(run, end=RunEnd(data["reason"], data["actor"], data["traceback"], summary))


def _watch(run: Run, event: HookEvent) -> Run:
    """Needs the run with its documents: see `needs_documents`."""
    environment = {**run.environment, "model": dict(event.data)}
    return replace(run, parameters=event.data["parameters"], environment=environment)


def _tracked(data: Mapping[str, Any] | None, before: Tracked | None) -> Tracked | None:
    """An epoch says how things stand; what it does not repeat of the run's start still holds."""
    if data is None:
        return before
    tracked = Tracked(**data)
    if before is None or before.metric != tracked.metric or tracked.patience is not None:
        return tracked
    return replace(tracked, patience=before.patience)


_APPLY: Mapping[str, Callable[[Run, HookEvent], Run]] = {
    "start": _start,
    "config": lambda run, event: replace(run, config=event.data["config"]),
    "tags": lambda run, event: replace(run, tags=tuple(event.data["tags"])),
    "watch": _watch,
    "epoch_start": lambda run, event: replace(run, epoch=event.epoch),
    "epoch": _epoch,
    "best": _best,
    "lr": lambda run, event: replace(run, learning_rate=event.data["value"]),
    "dropped": lambda run, event: replace(run, dropped=run.dropped + event.data["n"]),
    "end": _end,
}
_MAIN_ONLY = frozenset({"start", "config", "tags", "watch", "epoch_start", "epoch", "lr", "end"})
