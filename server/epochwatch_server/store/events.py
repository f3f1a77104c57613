"""Events of a run, as its feed shows them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.store import tables
from epochwatch_server.store.columns import clean_text, from_json_floats, to_json
from epochwatch_server.store.statement import Statement, question_marks

_COLUMNS = "id, run_id, type, epoch, step, time_ms, data"
_LIST = "SELECT {columns} FROM event WHERE run_id = ? AND id < ? {wanted} ORDER BY id DESC LIMIT ?"
_LIST_TYPE = Statement(
    "SELECT {columns} FROM event WHERE run_id = ? AND type = ? AND id < ? ORDER BY id DESC LIMIT ?", columns=_COLUMNS
)
_LIST_UNTIL = Statement(
    "SELECT {columns} FROM event WHERE run_id = ? AND type = ? AND id < ? AND coalesce(epoch, 0) <= ? "
    "ORDER BY id DESC LIMIT ?",
    columns=_COLUMNS,
)
_EPOCHS = Statement("SELECT DISTINCT epoch FROM event WHERE run_id = ? AND type = ? AND epoch IS NOT NULL")
_NEWEST = 2**63 - 1
_FIRST_PAGE, _PAGE = 8, 100  # an event of pairs is some 10 kB, and what is looked for is seldom far


def append_events(connection: Connection, run_id: str, events: Sequence[RunEvent]) -> list[RunEvent]:
    """Store events in the order given; returns them with their ids, which rise."""
    return [_append(connection, replace(event, run_id=run_id)) for event in events]


def list_events(
    connection: Connection,
    run_id: str,
    *,
    before_id: int | None = None,
    limit: int = 200,
    without: Collection[str] = (),
) -> list[RunEvent]:
    """List events of a run, newest first: those before an id when one is given, but none of the types in `without`."""
    before = _NEWEST if before_id is None else before_id
    types = sorted(without)
    wanted = f"AND type NOT IN ({question_marks(types)})" if types else ""
    rows = Statement(_LIST, columns=_COLUMNS, wanted=wanted).rows(connection, run_id, before, *types, limit)
    return [_to_event(row) for row in rows]


def latest_event(
    connection: Connection, run_id: str, type: str, *, until_epoch: int | None = None, **data: Any
) -> RunEvent | None:
    """Find the newest event of a type whose data has these values, e.g. `split="val"`; none after an epoch."""
    before, size = _NEWEST, _FIRST_PAGE
    until = _NEWEST if until_epoch is None else until_epoch
    while True:
        page = [_to_event(row) for row in _LIST_UNTIL.rows(connection, run_id, type, before, until, size)]
        for event in page:
            if all(event.data.get(name) == value for name, value in data.items()):
                return event
        if len(page) < size:
            return None
        before, size = page[-1].id, _PAGE


def events_of(connection: Connection, run_id: str, type: str, limit: int) -> list[RunEvent]:
    """List the newest events of one type, oldest first."""
    rows = _LIST_TYPE.rows(connection, run_id, type, _NEWEST, limit)
    return [_to_event(row) for row in reversed(rows)]


def event_epochs(connection: Connection, run_id: str, type: str) -> list[int]:
    """List the epochs that events of a type speak of, in order."""
    return sorted(row[0] for row in _EPOCHS.rows(connection, run_id, type))


def _append(connection: Connection, event: RunEvent) -> RunEvent:
    values = {
        "run_id": event.run_id,
        "type": clean_text(event.type),
        "epoch": event.epoch,
        "step": event.step,
        "time_ms": event.time_ms,
        "data": to_json(event.data),
    }
    made: Any = connection.execute(insert(tables.event).values(values)).inserted_primary_key
    return replace(event, id=made[0])


def _to_event(row: Sequence[Any]) -> RunEvent:
    id_, run_id, type_, epoch, step, time_ms, data = row
    return RunEvent(id_, run_id, type_, epoch, step, time_ms, from_json_floats(data))
