"""Notices silence: once a second every watched run is asked whether its state is still the truth."""

import logging
from dataclasses import replace

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.ingest import find_run, state_line
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.store import events, runs
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

logger = logging.getLogger(__name__)

RELOAD_MS = 15_000  # heals what memory could miss, and takes in runs that another server of the same database feeds


class Watch:
    """Ticks. Call `tick` from one thread."""

    def __init__(self, database: Database, writer: Writer, announcer: Announcer, pulses: Pulses) -> None:
        self._database = database
        self._writer = writer
        self._announcer = announcer
        self._pulses = pulses
        self._loaded_ms: int | None = None

    def tick(self, now_ms: int) -> None:
        """Set runs stalled or lost, and back, as of `now_ms`; tell the rows that were held back."""
        if self._loaded_ms is None or now_ms - self._loaded_ms >= RELOAD_MS:
            self._loaded_ms = now_ms
            with self._database.read() as connection:
                self._pulses.load(runs.unfinished_runs(connection))
        for run_id in self._pulses.due(now_ms):
            self._correct(run_id, now_ms)
        self._announcer.late_rows(now_ms)

    def listen_from(self, now_ms: int) -> None:
        """Take silence until now for the server's own, and look at everything anew."""
        self._pulses.listen_from(now_ms)
        self._loaded_ms = None

    def _correct(self, run_id: str, now_ms: int) -> None:
        run, before, lines = self._writer.submit(lambda c: self._store(c, run_id, now_ms)).result()
        if run is None or before is None:
            self._pulses.forget(run_id)
            return
        self._pulses.keep(run)
        if run.state is not before.state:
            logger.info("run state run=%s from=%s to=%s", run.id, before.state, run.state)
            self._announcer.feed(run.id, lines)
            self._announcer.row(run, now_ms, is_urgent=True)

    def _store(self, connection: Connection, run_id: str, now_ms: int) -> tuple[Run | None, Run | None, list[RunEvent]]:
        """Decide again inside the transaction: a packet may have come since."""
        before = find_run(connection, run_id)
        if before is None:
            return None, None, []
        run = replace(before, state=self._pulses.state_of(before, now_ms))
        if run.state is before.state:
            return run, before, []
        runs.update_run(connection, run_id, state=run.state)
        line = state_line(before.state, run, now_ms)
        return run, before, events.append_events(connection, run_id, [line]) if line else []
