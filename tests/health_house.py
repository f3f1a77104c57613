"""A real server whose health a test can follow: waits for what the rules came to instead of sleeping."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from epochwatch_server.domain.alert import StoredAlert, StoredHealth, StoredTransition
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.replay import replay
from epochwatch_server.importers.recording import from_objects
from epochwatch_server.store import alerts, health
from epochwatch_server.store.database import Connection, Database
from tests.recorded_packets import packets_of
from tests.server_process import Client, HandMadeWriter, RunningServer

T = TypeVar("T")
WAIT_SECONDS = 20.0

Said = tuple[str, str, str, str, int]  # kind, rule, subject, severity, epoch


class HealthHouse:
    """Asks a database what the rules came to."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def read(self, job: Callable[[Connection], T]) -> T:
        with self.database.read() as connection:
            return job(connection)

    def health(self, run: str) -> StoredHealth | None:
        return self.read(lambda connection: health.get_health(connection, run))

    def transitions(self, run: str) -> list[StoredTransition]:
        return self.read(lambda connection: alerts.list_transitions(connection, run_id=run))

    def alerts(self, run: str) -> list[StoredAlert]:
        return self.read(lambda connection: alerts.list_alerts(connection, run_id=run))

    def said(self, run: str) -> list[Said]:
        return [(each.kind, each.rule, each.subject, each.severity, each.epoch) for each in self.transitions(run)]

    def wait(self, is_there: Callable[[], bool], what: str) -> None:
        """Wait until something is true, or fail."""
        end = time.monotonic() + WAIT_SECONDS
        while not is_there():
            assert time.monotonic() < end, f"not within {WAIT_SECONDS} s: {what}"
            time.sleep(0.01)

    def wait_until_settled(self, run: str) -> None:
        """Wait until the rules were asked about the run's end."""
        self.wait(lambda: _is_settled(self.health(run)), f"{run} is judged to its end")

    def wait_until_judged(self, run: str, epoch: int) -> None:
        """Wait until the rules were asked about an epoch."""
        self.wait(lambda: _position(self.health(run)).get("epoch") == epoch, f"epoch {epoch} of {run} is judged")


def house_of(server: RunningServer) -> HealthHouse:
    return HealthHouse(server.app.state.services.database)


def replayed(name: str, lines: list[dict[str, Any]]) -> list[Said]:
    """What the rules say of a recording, read as a file; a hook that was given a patience ends the run by it."""
    header = {**lines[0], "stops_itself": bool(lines[0]["tracked_metric"]) and lines[0]["patience"] is not None}
    lines = [header, *lines[1:]]
    heard = [each.transition for each in replay(from_objects(name, lines), Engine(RULES)).heard]
    return [
        (each.kind, each.alert.rule, each.alert.subject, each.alert.severity.value, each.epoch)
        for each in heard
        if each.kind in ("firing", "raised", "resolved")
    ]


def send(client: Client, packets: Iterator[bytes]) -> None:
    """Post packets, each of which must be taken."""
    for packet in packets:
        answer = client.post_packet(packet)
        assert answer.status == 200, answer


def send_recording(client: Client, lines: list[dict[str, Any]], run: str, **start: Any) -> HandMadeWriter:
    """Send a recording as a hook would."""
    writer = HandMadeWriter(run)
    send(client, packets_of(lines, writer, **start))
    return writer


def _is_settled(stored: StoredHealth | None) -> bool:
    return bool(stored and stored.state and stored.state.get("is_settled"))


def _position(stored: StoredHealth | None) -> dict[str, Any]:
    return dict(stored.state.get("position", {})) if stored and stored.state else {}
