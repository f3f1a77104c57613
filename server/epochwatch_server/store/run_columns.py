"""A run as columns of its row, and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from epochwatch_server.domain.run import Declared, Run, RunEnd, RunState, Tracked
from epochwatch_server.store.columns import (
    clean_text,
    finite_or_none,
    from_json,
    from_json_floats,
    join_float,
    split_float,
    to_json,
)

LIST_COLUMNS = (
    "id, project, name, state, hue, created_ms, last_seen_ms, last_point_ms, ended_ms, heartbeat_seconds, "
    "planned_epochs, epoch, epochs_done, epoch_seconds, step, learning_rate, learning_rate_flag, parameters, dropped, "
    "tags, note, verdict, origin, tracked, end_reason, end_actor, declared"
)
DOCUMENT_COLUMNS = "config, environment, end_traceback, end_summary"

T = TypeVar("T")

_STATES = {state.value: state for state in RunState}
_NOTHING_DECLARED = Declared()


def to_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn fields of a run, as the domain has them, into columns; `id` and `hue` are left out.

    Raises:
        TypeError: A name that is no field of a run.
    """
    columns: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _WRITERS:
            columns |= _WRITERS[name](value)
        elif name in _PLAIN:
            columns[name] = value
        elif name not in ("id", "hue"):
            raise TypeError(f"A run has no field {name!r}.")
    return columns


def to_run(row: Sequence[Any]) -> Run:
    """Turn a row of the list's columns, with or without those of the documents, into a run."""
    (id_, project, name, state, hue, created, seen, point, ended, heartbeat, planned, epoch, done, seconds, step) = row[
        :15
    ]
    (rate, flag, parameters, dropped, tags, note, verdict, origin, tracked, reason, actor, declared) = row[15:27]
    config, environment, traceback, summary = row[27:] if len(row) > 27 else ("{}", "{}", None, None)
    return Run(
        id=id_,
        project=project,
        name=name,
        state=_STATES[state],
        hue=hue,
        created_ms=created,
        last_seen_ms=seen,
        last_point_ms=point,
        ended_ms=ended,
        heartbeat_seconds=heartbeat,
        planned_epochs=planned,
        epoch=epoch,
        epochs_done=done,
        epoch_seconds=seconds,
        step=step,
        learning_rate=join_float(rate, flag) if flag else rate,
        parameters=parameters,
        dropped=dropped,
        tracked=None if tracked is None else _build(Tracked, tracked),
        declared=_NOTHING_DECLARED if declared == "{}" else _build(Declared, declared),
        config={} if config == "{}" else from_json(config),
        environment={} if environment == "{}" else from_json(environment),
        end=None if reason is None else RunEnd(reason, actor, traceback, from_json(summary) if summary else {}),
        tags=() if tags == "[]" else tuple(from_json(tags)),
        note=note,
        verdict=verdict,
        origin=None if origin is None else from_json(origin),
    )


def _build(kind: type[T], text: str) -> T:
    """Make a dataclass from a document; what another version wrote and this one does not know is left out."""
    known: Mapping[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined]  # only dataclasses come here
    return kind(**{name: value for name, value in from_json_floats(text).items() if name in known})


def _tags(tags: Sequence[str]) -> dict[str, Any]:
    return {"tags": to_json([clean_text(tag) for tag in tags])}


def _learning_rate(rate: float | None) -> dict[str, Any]:
    value, flag = (None, 0) if rate is None else split_float(rate)
    return {"learning_rate": value, "learning_rate_flag": flag}


def _ended_ms(ended_ms: int | None) -> dict[str, Any]:
    return {"ended_ms": ended_ms, "must_seal": ended_ms is not None}


def _tracked(tracked: Tracked | None) -> dict[str, Any]:
    return {"tracked": None if tracked is None else to_json(asdict(tracked))}


def _declared(declared: Declared) -> dict[str, Any]:
    return {"declared": to_json({name: value for name, value in asdict(declared).items() if value or value == []})}


def _origin(origin: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"origin": None if origin is None else to_json(origin)}


def _end(end: RunEnd | None) -> dict[str, Any]:
    if end is None:
        return dict.fromkeys(("end_reason", "end_actor", "end_traceback", "end_summary"))
    return {
        "end_reason": clean_text(end.reason),
        "end_actor": None if end.actor is None else clean_text(end.actor),
        "end_traceback": None if end.traceback is None else clean_text(end.traceback),
        "end_summary": to_json(end.summary),
    }


def _text(column: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {column: clean_text(value)}


def _document(column: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda value: {column: to_json(value)}


_PLAIN = frozenset(
    {
        *("created_ms", "last_seen_ms", "last_point_ms", "heartbeat_seconds"),
        *("planned_epochs", "epoch", "epochs_done", "step", "parameters", "dropped"),
    }
)
_WRITERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "project": _text("project"),
    "name": _text("name"),
    "note": _text("note"),
    "verdict": _text("verdict"),
    "origin": _origin,
    "state": lambda state: {"state": RunState(state).value},
    "ended_ms": _ended_ms,
    "epoch_seconds": lambda seconds: {"epoch_seconds": finite_or_none(seconds)},
    "learning_rate": _learning_rate,
    "tracked": _tracked,
    "declared": _declared,
    "config": _document("config"),
    "environment": _document("environment"),
    "end": _end,
    "tags": _tags,
}
