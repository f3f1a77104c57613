"""Where news of alerts goes, and each delivery with its outcome."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notifier:
    """A destination. `id` 0 stands for one that is not stored yet; its `url` may hold a secret and is never printed."""

    id: int
    name: str
    kind: str  # as listed in the catalogue of notify/
    url: str = field(repr=False)
    severity: str = "warning"  # nothing below it is sent
    projects: tuple[str, ...] = ()  # empty: all
    is_on: bool = True
    quiet_from: str | None = None  # "HH:MM" in `timezone`; until `quiet_until` what comes is held back
    quiet_until: str | None = None
    timezone: str = "UTC"
    quiet_holds_critical: bool = True  # False: critical alerts come through while it is quiet
    cool_down_seconds: int = 0  # between two notifications on one run
    sends_resolved: bool = True
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """One delivery. `id` is made of what it tells, so that the same news is never queued twice.

    state: held (one transition that waits for its group), waiting, sent, failed (given up) or dropped (not to be sent).
    """

    id: str
    notifier_id: int
    run_id: str | None
    transition_ids: tuple[int, ...]
    title: str
    body: str
    state: str = "waiting"
    attempts: int = 0
    due_ms: int = 0  # not to be sent before
    sent_ms: int | None = None
    answer: str = ""  # what the other end said last
    created_ms: int = 0
