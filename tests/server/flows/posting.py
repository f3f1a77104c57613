"""The flows of delivery over a real store, with one receiver and a clock that tests set."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import postgres
from tests.receiver import Receiver
from tests.server_process import HandMadeWriter, start_event

from epochwatch_server.domain.alert import StoredAlert, StoredTransition
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.deliver import Deliver
from epochwatch_server.flows.ingest import Ingest
from epochwatch_server.flows.notifiers import Notifiers, Target
from epochwatch_server.flows.outbox import GROUP_MS, SETTLE_MS
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.live.hub import Hub
from epochwatch_server.notify.sender import Sender
from epochwatch_server.store import alerts, notifiers
from epochwatch_server.store.database import Connection, open_database
from epochwatch_server.store.writer import Writer

__all__ = ["postgres"]

START = 1_800_000_000_000  # 2027-01-15 08:00 UTC
LATER = GROUP_MS + SETTLE_MS + 1_000


@dataclass
class Post:
    """The flows of delivery over a store, with one receiver and a clock that tests set."""

    url: str
    receiver: Receiver
    now_ms: int = START

    def open(self) -> "Post":
        self.database = open_database(self.url)
        self.writer = Writer(self.database)
        self.writer.start()
        sender, clock = Sender(allows_private=True, seconds=5), lambda: self.now_ms
        self.deliver = Deliver(self.database, self.writer, sender, lambda: "http://watch.example", clock)
        self.notifiers = Notifiers(self.database, self.writer, sender, lambda: "http://watch.example", clock)
        announcer = Announcer(self.database, Hub(), RunRows(clock))
        self._ingest = Ingest(self.writer, announcer, Pulses(self.now_ms), clock)
        return self

    def close(self) -> None:
        self.deliver.settle()
        self.writer.stop()
        self.database.close()

    def run(self, id: str = "run1", project: str = "tests", name: str = "a run", *, has_epochs: bool = True) -> None:
        writer = HandMadeWriter(id)
        writer.sent = self.now_ms / 1000
        events = [start_event(project=project, name=name), {"type": "epoch_start", "epoch": 9}]
        self._ingest.receive(writer.packet(events=events if has_epochs else events[:1]), "")

    def notifier(self, name: str = "hook", **settings: Any) -> Notifier:
        target = Target("webhook", {"address": f"{self.receiver.url}/hook"})
        return self.notifiers.create(target, {"name": name, "timezone": "UTC", **settings})

    def happens(
        self,
        rule: str = "overfitting",
        *,
        run: str = "run1",
        kind: str = "firing",
        severity: str = "warning",
        epoch: int = 7,
        what: str = "It goes wrong.",
    ) -> StoredTransition:
        """Store a transition as the evaluation does."""

        def store(connection: Connection) -> StoredTransition:
            alert = alerts.put_alert(connection, run, alert_json(rule, kind, severity, epoch), self.now_ms)
            return alerts.add_transition(connection, alert.id, run, kind, severity, epoch, self.now_ms, what)

        return self.writer.submit(store).result()

    def alert(self, transition: StoredTransition) -> StoredAlert:
        with self.database.read() as connection:
            found = alerts.get_alert(connection, transition.alert_id)
        assert found is not None
        return found

    def after(self, ms: int = LATER) -> list[Any]:
        """Let time pass, deliver, and return what has arrived by then."""
        self.now_ms += ms
        self.deliver.tick(self.now_ms)
        self.deliver.settle()
        self.deliver.tick(self.now_ms)
        self.deliver.settle()
        return self.arrived()

    def arrived(self) -> list[Any]:
        return [one.json() for one in self.receiver.received]

    def titles(self) -> list[str]:
        return [one["title"] for one in self.arrived()]

    def log(self) -> list[Notification]:
        with self.database.read() as connection:
            return notifiers.list_notifications(connection)


def alert_json(rule: str, kind: str, severity: str, epoch: int) -> dict[str, Any]:
    is_over = kind == "resolved"
    return {
        "rule": rule, "subject": "", "phase": "resolved" if is_over else "firing", "severity": severity,
        "first_epoch": 3, "fired_epoch": 5, "fired_time": 1.0, "resolved_epoch": epoch if is_over else None,
        "resolved_time": None, "held": 1, "cleared": 0, "what": "w", "found_severity": severity, "cause": "",
        "recommendations": ["Halve the learning rate to 1e-4."],
        "evidence": {"values": {}, "threshold": "", "since": 4, "metrics": []},
    }  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def post(tmp_path: Path, receiver: Receiver) -> Iterator[Post]:
    opened = Post(f"sqlite:///{tmp_path}/epochwatch.db", receiver).open()
    opened.run()
    yield opened
    opened.close()
