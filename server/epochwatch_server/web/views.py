"""Rows of the runs table, as the API, the pages and the stream show them; one place for pages to import from."""

from collections.abc import Sequence

from epochwatch_server.domain.run import Run
from epochwatch_server.live.messages import RunRow, run_row
from epochwatch_server.store.database import Connection
from epochwatch_server.web.services import Services

__all__ = ["RunRow", "run_row", "run_rows"]


def run_rows(services: Services, connection: Connection, runs: Sequence[Run]) -> list[RunRow]:
    """Turn runs into rows, each with the small line of its tracked metric and, while it goes on, its last stop."""
    return services.rows.of(connection, runs)
