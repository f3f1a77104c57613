"""What has just begun to fire, for the training's terminal: told in every answer for a while, shown there once."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from epochwatch_server.domain.alert import StoredAlert, StoredTransition

MIN_TOLD_MS = 60_000
TOLD_HEARTBEATS = 5  # so that answers that were lost do not matter
MAX_RUNS = 2_000
MAX_ALERTS = 16
_TOLD = ("firing", "raised")


class RecentAlerts:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._alerts: OrderedDict[str, list[tuple[int, dict[str, Any]]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, run_id: str, now_ms: int) -> list[dict[str, Any]]:
        """List a run's, oldest first, as they stand in a packet's answer."""
        with self._lock:
            return [alert for until_ms, alert in self._alerts.get(run_id, ()) if now_ms <= until_ms]

    def add(
        self,
        run_id: str,
        told: Iterable[tuple[StoredTransition, StoredAlert]],
        heartbeat_seconds: float,
        now_ms: int,
    ) -> None:
        """Take in what fired or became worse; information is no news."""
        until_ms = now_ms + max(MIN_TOLD_MS, round(TOLD_HEARTBEATS * heartbeat_seconds * 1000))
        fresh = [
            (until_ms, _answer(transition, alert))
            for transition, alert in told
            if transition.kind in _TOLD and transition.severity != "info"
        ]
        if not fresh:
            return
        with self._lock:
            ids = {alert["id"] for _, alert in fresh}
            known = [each for each in self._alerts.get(run_id, ()) if each[0] >= now_ms and each[1]["id"] not in ids]
            self._alerts[run_id] = [*known, *fresh][-MAX_ALERTS:]
            self._alerts.move_to_end(run_id)
            while len(self._alerts) > MAX_RUNS:
                self._alerts.popitem(last=False)


def _answer(transition: StoredTransition, alert: StoredAlert) -> dict[str, Any]:
    advice = alert.finding.get("recommendations") or ()
    return {
        "id": transition.id,
        "severity": transition.severity,
        "rule": transition.rule,
        "text": transition.what,
        "epoch": transition.epoch if transition.epoch >= 0 else None,
        "unit": alert.unit,
        "try": str(advice[0]) if advice else "",
    }
