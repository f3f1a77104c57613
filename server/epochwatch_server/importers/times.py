"""When a line of a log was written: as it says, else in the order of the lines up to the file's own time."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path

FIRST_TIME = 946_684_800.0  # the year 2000: smaller numbers are seconds since a beginning
_MILLISECONDS_FROM = 1e11  # as seconds it would be the year 5138
SPACING_SECONDS = 1.0  # between lines that tell no time


def read_time(cell: str | float | None) -> float | None:
    """Read a time: seconds or milliseconds since 1970, seconds since the start, or ISO 8601 (UTC where none is said).

    Returns:
        Seconds; None when it is no time.
    """
    if cell is None:
        return None
    try:
        value = float(cell)
    except ValueError:
        return _from_iso(str(cell))
    if not math.isfinite(value):
        return None
    return value / 1000 if value >= _MILLISECONDS_FROM else value


def _from_iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip().replace(",", "."))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class LineClock:
    """Gives each line its time. Lines that tell none are spaced evenly and end when the file was last written to."""

    def __init__(self, path: Path, lines: int) -> None:
        """lines: how many the file has now."""
        self.begin = max(FIRST_TIME, path.stat().st_mtime - SPACING_SECONDS * lines)
        self._is_live = False

    def go_live(self) -> None:
        """From here on a line is written when it is read."""
        self._is_live = True

    def at(self, place: int, told: float | None) -> float:
        """Say when line `place`, counted from 0, was written; told: what it says itself."""
        if told is not None and told >= FIRST_TIME:
            return told
        if told is not None:
            return self.begin + max(0.0, told)
        return time.time() if self._is_live else self.begin + SPACING_SECONDS * place
