"""Tells viewers what changed, once it is committed: rows at most a few times a second, points and feed at once."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.packet import SampleRecord
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import EpochPoint, Points
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.live.health_messages import AlertJson, HealthJson
from epochwatch_server.live.hub import Event, Hub
from epochwatch_server.live.messages import HealthSummaryJson, epochs_json, event_json, points_json
from epochwatch_server.store.database import Database

MAX_POINTS = 4_000  # in one event; beyond that a page reads what it draws, thinned, from the store
ROW_EVERY_MS = 250
MAX_REMEMBERED = 2_000
HIDDEN = frozenset(
    {"summary", "classes", "scatter"}
)  # kept with the events, shown elsewhere: in the header and as charts


class Announcer:
    """Publishes to the hub. Safe to use from any thread; a run's own packets come one after another."""

    def __init__(self, database: Database, hub: Hub, rows: RunRows) -> None:
        self._database = database
        self._hub = hub
        self._rows = rows
        self._lock = threading.Lock()
        self._told_ms: OrderedDict[str, int] = OrderedDict()
        self._late: dict[str, Run] = {}  # rows held back, newest of each run

    def row(self, run: Run, now_ms: int, *, is_urgent: bool) -> None:
        """Tell the run's row: at once when something a viewer waits for changed, else a few times a second."""
        with self._lock:
            if not is_urgent and 0 <= now_ms - self._told_ms.get(run.id, 0) < ROW_EVERY_MS:
                self._late[run.id] = run
                return
            self._late.pop(run.id, None)
            self._told_ms[run.id] = now_ms
            self._told_ms.move_to_end(run.id)
            while len(self._told_ms) > MAX_REMEMBERED:
                self._told_ms.popitem(last=False)
        row = None if is_urgent else self._rows.quick(run)
        if row is None:
            self._rows.forget(run.id)
            with self._database.read() as connection:
                (row,) = self._rows.of(connection, [run])
        self._hub.publish(Event("run", {"run": row}))

    def late_rows(self, now_ms: int) -> None:
        """Tell the rows that were held back."""
        with self._lock:
            late, self._late = self._late, {}
        for run in late.values():
            self.row(run, now_ms + ROW_EVERY_MS, is_urgent=False)

    def points(self, run_id: str, points: Mapping[str, Points], epochs: Mapping[str, list[EpochPoint]]) -> None:
        """Tell the new points, or only that there are many."""
        total = sum(map(len, points.values())) + sum(map(len, epochs.values()))
        if not total:
            return
        is_truncated = total > MAX_POINTS
        data = {
            "run": run_id,
            "series": {} if is_truncated else {metric: points_json(part) for metric, part in points.items()},
            "epochs": {} if is_truncated else epochs_json(epochs),
            "truncated": is_truncated,
        }
        self._hub.publish(Event("points", data, run_id))

    def samples(self, run_id: str, samples: Sequence[SampleRecord]) -> None:
        """Tell of which splits and epochs there are new samples."""
        for split, epoch in dict.fromkeys((sample.split, sample.epoch) for sample in samples):
            self._hub.publish(Event("samples", {"run": run_id, "split": split, "epoch": epoch}, run_id))

    def feed(self, run_id: str, events: Sequence[RunEvent]) -> None:
        """Tell the new lines of the feed."""
        shown = [event_json(event) for event in events if event.type not in HIDDEN]
        if shown:
            self._hub.publish(Event("feed", {"run": run_id, "events": shown}, run_id))

    def note(self, run_ids: Sequence[str]) -> None:
        """Tell those who look at these runs that the note on them together changed; they ask for it themselves."""
        self._hub.publish(Event("note", {"runs": list(run_ids)}, run_ids[0]))

    def alert(self, alert: AlertJson, kind: str, summary: HealthSummaryJson) -> None:
        """Tell every viewer of an alert that changed. kind: firing, raised, resolved, or what a user did to it."""
        self._hub.publish(Event("alert", {"alert": alert, "kind": kind, "summary": summary}))

    def health(self, health: HealthJson) -> None:
        """Tell those who look at a run how its rules stand."""
        self._hub.publish(Event("health", {"run": health.run, "health": health}, health.run))

    def is_watched(self, run_id: str) -> bool:
        """Say whether anybody looks at a run."""
        return self._hub.is_watched(run_id)

    def health_row(self, run: Run, now_ms: int) -> None:
        """Tell a run's row with the health that it has now."""
        self._rows.forget(run.id)
        self.row(run, now_ms, is_urgent=True)

    def deleted(self, run_id: str) -> None:
        """Tell that a run is gone."""
        with self._lock:
            self._told_ms.pop(run_id, None)
            self._late.pop(run_id, None)
        self._rows.forget(run_id)
        self._hub.publish(Event("deleted", {"run": run_id}))
