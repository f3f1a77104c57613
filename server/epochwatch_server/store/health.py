"""Where the rules stand with a run, as the engine left it, and whether a user paused them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from epochwatch_server.domain.alert import StoredHealth
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.store.columns import from_json, to_json
from epochwatch_server.store.statement import Statement

_GET = Statement("SELECT run_id, state, paused, version FROM health WHERE run_id = ?")
# Selected from the run, so that nothing is kept of one that was deleted meanwhile.
_PUT = Statement(
    "INSERT INTO health (run_id, state, paused, updated_ms, version) SELECT id, ?, FALSE, ?, 1 FROM run WHERE id = ? "
    "ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, updated_ms = excluded.updated_ms, "
    "version = health.version + 1"
)
_SET_PAUSED = Statement(
    "INSERT INTO health (run_id, state, paused, updated_ms, version) SELECT id, 'null', ?, ?, 1 FROM run WHERE id = ? "
    "ON CONFLICT (run_id) DO UPDATE SET paused = excluded.paused, updated_ms = excluded.updated_ms, "
    "version = health.version + 1"
)

# A run that ended, whose rules were not asked about its end: the server died in between.
_UNSETTLED = Statement(
    "SELECT run_id FROM health JOIN run ON run.id = run_id WHERE ended_ms IS NOT NULL AND health.state NOT LIKE ? "
    "ORDER BY ended_ms"
)
SETTLED = "is_settled"  # in a state: the rules have been asked about the end


def get_health(connection: Connection, run_id: str) -> StoredHealth | None:
    """Read where the rules stand; None before the first evaluation and the first pause."""
    row = _GET.row(connection, run_id)
    return None if row is None else StoredHealth(row[0], from_json(row[1]), bool(row[2]), row[3])


def unsettled_runs(connection: Connection) -> list[str]:
    """List the runs that are over and whose rules have not been asked about their end."""
    return [row[0] for row in _UNSETTLED.rows(connection, f'%"{SETTLED}":true%')]


def put_health(connection: Connection, run_id: str, state: Mapping[str, Any], now_ms: int) -> None:
    """Keep where the rules stand, as `HealthState.to_json` says it.

    Raises:
        NotFound: There is no such run.
    """
    _expect(_PUT.run(connection, to_json(state), now_ms, run_id), run_id)


def set_paused(connection: Connection, run_id: str, paused: bool, now_ms: int) -> None:
    """Pause the rules of a run, or let them go on.

    Raises:
        NotFound: There is no such run.
    """
    _expect(_SET_PAUSED.run(connection, paused, now_ms, run_id), run_id)


def _expect(touched: int, run_id: str) -> None:
    if not touched:
        raise NotFound(f"There is no run {run_id}: it may have been deleted.")
