"""When to try again: twice as long after each failure, somewhat by chance so that many hooks do not come at once."""

import os
from dataclasses import dataclass

FIRST_SECONDS, LONGEST_SECONDS = 0.2, 10.0


@dataclass(slots=True)
class Backoff:
    """Failures in a row, and the moment of the next attempt on the caller's clock."""

    failures: int = 0
    not_before: float = 0.0

    def fail(self, now: float, at_least: float = 0.0) -> None:
        """Note a failure. at_least: seconds that the server asked to wait, believed up to the longest pause."""
        span = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(self.failures, 10))
        pause = max(span * (0.6 + 0.6 * _chance()), at_least)
        self.failures += 1
        self.not_before = now + min(LONGEST_SECONDS, pause)

    def succeed(self) -> None:
        """Forget the failures."""
        self.failures, self.not_before = 0, 0.0


def _chance() -> float:
    return int.from_bytes(os.urandom(2)) / 65536
