"""Quiet hours: from a time of day until another, on the clock of the people who sleep."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from epochwatch_server.domain.notification import Notifier


def quiet_until_ms(notifier: Notifier, now_ms: int) -> int | None:
    """Tell until when it is quiet; None when it is not quiet now, or when no hours were set.

    Args:
        now_ms: UTC milliseconds since 1970.
    """
    if notifier.quiet_from is None or notifier.quiet_until is None:
        return None
    zone = ZoneInfo(notifier.timezone)
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    start, end = time.fromisoformat(notifier.quiet_from), time.fromisoformat(notifier.quiet_until)
    for day in (now.date() - timedelta(days=1), now.date()):
        begins = datetime.combine(day, start, zone)
        ends = datetime.combine(day if start < end else day + timedelta(days=1), end, zone)
        # Compared as instants: on the night of a clock change two times of one zone lie further apart than they read.
        if begins.timestamp() * 1000 <= now_ms < ends.timestamp() * 1000:
            return round(ends.timestamp() * 1000)
    return None
