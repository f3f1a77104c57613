"""A whole run as lines of JSON: nothing is lost, and `epochwatch import jsonl` takes it back."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.json_floats import spell_floats
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.exporters.rows import EpochSum, Read, StepRow, rows_of
from epochwatch_server.store import events, samples

VERSION = 1
# What the server itself made of a run: an import makes it again, or it is of no use elsewhere.
_OWN_EVENTS = frozenset({"start", "end", "health", "state", "command"})
_MAX_EVENTS = 1_000_000
_CHUNK_BYTES = 1 << 16


def export_jsonl(read: Read, run: Run) -> Iterator[bytes]:
    """Yield a run, in pieces of some 64 kB: what it is, its points, events, images and samples, and its end.

    Args:
        run: With its documents.
    """
    waiting: list[bytes] = []
    size = 0
    for line in _lines(read, run):
        encoded = json.dumps(spell_floats(line), allow_nan=False).encode() + b"\n"
        waiting.append(encoded)
        size += len(encoded)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _lines(read: Read, run: Run) -> Iterator[Mapping[str, Any]]:
    yield header(run)
    for row in rows_of(read, run.id):
        yield _step(row) if isinstance(row, StepRow) else _epoch(row)
    with read() as connection:
        found = events.list_events(connection, run.id, limit=_MAX_EVENTS, without=_OWN_EVENTS)
        shown = samples.sample_epochs(connection, run.id)
    yield from (_event(event) for event in reversed(found))
    told: set[str] = set()
    for split, epochs in shown.items():
        for epoch in epochs:
            yield from _samples(read, run.id, split, epoch, told)
    if run.end is not None:
        yield _end(run)


def _samples(read: Read, run_id: str, split: str, epoch: int, told: set[str]) -> Iterator[Mapping[str, Any]]:
    """Yield an epoch's samples, each image before the first sample that shows it."""
    with read() as connection:
        found = samples.list_samples(connection, run_id, split, epoch)
    for sample in found:
        if sample.image is not None and sample.image not in told:
            told.add(sample.image)
            with read() as connection:
                image = samples.get_image(connection, sample.image)
            if image is not None:
                yield _image(image)
        yield _sample(sample)


def header(run: Run) -> dict[str, Any]:
    """Say what a run is: all that its row and its documents hold."""
    tracked, declared = run.tracked, run.declared
    return {
        "type": "run",
        "version": VERSION,
        "id": run.id,
        "name": run.name,
        "project": run.project,
        "created": run.created_ms / 1000,
        "config": run.config,
        "environment": run.environment,
        "planned_epochs": run.planned_epochs,
        "tracked_metric": tracked.metric if tracked else None,
        "mode": tracked.mode if tracked else None,
        "patience": tracked.patience if tracked else None,
        "min_delta": tracked.min_delta if tracked else None,
        "tracked": _tracked(run),
        "components": declared.components,
        "weights": declared.weights,
        "composite": declared.composite,
        "targets": declared.targets,
        "bands": declared.bands,
        "tags": list(run.tags),
        "note": run.note,
        "verdict": run.verdict,
        "heartbeat_seconds": run.heartbeat_seconds,
        "epochs_done": run.epochs_done,
        "origin": run.origin,
    }


def _tracked(run: Run) -> dict[str, Any] | None:
    tracked = run.tracked
    if tracked is None:
        return None
    return {"value": tracked.value, "best": tracked.best, "best_epoch": tracked.best_epoch, "waited": tracked.waited}


def _step(row: StepRow) -> dict[str, Any]:
    epoch = row.epoch if row.epoch >= 0 else None
    return {"type": "step", "step": row.step, "epoch": epoch, "time": row.time_ms / 1000, "metrics": row.metrics}


def _epoch(row: EpochSum) -> dict[str, Any]:
    return {
        "type": "epoch",
        "epoch": row.epoch,
        "step": row.step,
        "time": row.time_ms / 1000,
        "metrics": {metric: point.value for metric, point in row.points.items()},
        "stats": {
            metric: [point.n, point.std, point.min, point.max, point.nonfinite] for metric, point in row.points.items()
        },
    }


def _event(event: RunEvent) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "event", "event": event.type, "epoch": event.epoch, "step": event.step}
    return told | {"time": event.time_ms / 1000, "data": event.data}


def _image(image: Image) -> dict[str, Any]:
    data = base64.b64encode(image.data).decode()
    return {"type": "image", "sha256": image.sha256, "media_type": image.media_type, "data": data}


def _sample(sample: Sample) -> dict[str, Any]:
    told = {name: getattr(sample, name) for name in Sample.__dataclass_fields__ if name not in ("time_ms", "image")}
    return {"type": "sample", **told, "image": sample.image, "time": sample.time_ms / 1000}


def _end(run: Run) -> dict[str, Any]:
    end = run.end
    assert end is not None  # noqa: S101 - only asked of a run that has one; tells mypy
    time = (run.ended_ms or run.last_seen_ms) / 1000
    told: dict[str, Any] = {"type": "end", "status": end.reason, "error": end.traceback, "time": time, "metrics": {}}
    return told | {"actor": end.actor, "summary": end.summary}
