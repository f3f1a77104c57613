"""What the server's rules found wrong with this run, as its answers tell it: read with care, shown once each."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_ALERTS = 16  # of one answer
MAX_TOLD = 1000  # of one run: a terminal that has scrolled this far helps nobody, and ids must not be kept for ever
MAX_RULE_CHARS = 80
MAX_LINE_CHARS = 400
LEAVE_SECONDS = 0.5  # longest wait, at the end, for a line being written to a terminal that hangs
SEVERITIES = ("info", "warning", "critical")

# Also what turns text around or hides it, and half characters, which no terminal can encode.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]+")


@dataclass(frozen=True, slots=True)
class ServerAlert:
    """An alert that began to fire, or became worse. id: of that change.

    epoch: None before the first. unit: what it counts: epoch, or step in a loop that knows no epochs.
    """

    id: int
    severity: str
    rule: str
    text: str
    epoch: int | None
    advice: str
    unit: str = "epoch"


def read_alerts(said: Mapping[str, Any], run: str) -> tuple[ServerAlert, ...]:
    """Take the alerts of this run from an answer; what is not as it should be is left out."""
    given = said.get("alerts")
    if not isinstance(given, list) or said.get("run") != f"/runs/{run}":
        return ()
    alerts = []
    for item in given[:MAX_ALERTS]:
        if isinstance(item, dict) and type(item.get("id")) is int and isinstance(item.get("rule"), str):
            severity, epoch = item.get("severity"), item.get("epoch")
            alerts.append(
                ServerAlert(
                    id=item["id"],
                    severity=severity if severity in SEVERITIES else "warning",
                    rule=one_line(item["rule"], MAX_RULE_CHARS),
                    text=one_line(item.get("text")),
                    epoch=epoch if type(epoch) is int and 0 <= epoch < 2**31 else None,
                    advice=one_line(item.get("try")),
                    unit="step" if item.get("unit") == "step" else "epoch",
                )
            )
    return tuple(alerts)


def one_line(given: object, most: int = MAX_LINE_CHARS) -> str:
    """Return text from outside as one line without anything that could steer a terminal; no text is an empty one."""
    if not isinstance(given, str):
        return ""
    line = _UNSEEN.sub(" ", given[: 4 * most]).strip()
    return line if len(line) <= most else line[: most - 3] + "..."


class AlertPrinter:
    """Shows each alert once. `tell` is for the sender's thread, `close` for the one that ends the run."""

    def __init__(self, show: Callable[[ServerAlert], None]) -> None:
        self._show = show
        self._told: set[int] = set()
        self._is_closed = False
        self._lock = threading.Lock()

    def tell(self, alerts: tuple[ServerAlert, ...]) -> None:
        """Show those that were not shown before; the server repeats them until it may be sure that they were heard."""
        for alert in alerts:
            if alert.id in self._told or len(self._told) >= MAX_TOLD:
                continue
            self._told.add(alert.id)
            with self._lock:
                if not self._is_closed:
                    self._show(alert)

    def close(self) -> None:
        """Show no more: a thread that prints while the interpreter ends would take it down."""
        is_mine = self._lock.acquire(timeout=LEAVE_SECONDS)
        self._is_closed = True
        if is_mine:
            self._lock.release()
