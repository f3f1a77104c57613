"""Values on their way from an accelerator: where they belong once they are here."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from epochwatch.guard import warn_once

if TYPE_CHECKING:
    from epochwatch.collectors.device import PendingCopy

MAX_COPIES = 4096  # calls; a device is never that far behind the loop


@dataclass(frozen=True, slots=True)
class Placed:
    """A row's place, settled when it was logged."""

    names: tuple[str, ...]
    step: int
    epoch: int
    time: float


class Copies:
    """The copies under way, oldest first. One thread starts them, any thread may collect them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Placed, PendingCopy]] = deque()
        self._collecting = threading.Lock()
        self.lost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def start(self, placed: Placed, values: list[Any]) -> None:
        """Begin to copy the values of a row.

        Raises:
            TypeError, ValueError: a value is not one real number.
        """
        from epochwatch.collectors.device import start_copy

        if len(self._waiting) >= MAX_COPIES:
            self._lose(len(values), "the device is far behind the loop")
            return
        copy = start_copy(values)
        if copy is None:
            self._lose(len(values), "nothing can be read while a CUDA graph is captured")
        else:
            self._waiting.append((placed, copy))

    def collect(self, write: Callable[[Placed, list[float]], None], timeout_seconds: float = 0.0) -> None:
        """Hand over the rows whose values are here, in the order of their calls.

        Args:
            write: takes a row; when `collect` returns, no row is between here and there.
            timeout_seconds: for how long to wait for all of them; 0 takes what is here.
        """
        deadline = time.monotonic() + timeout_seconds
        if not self._waiting or not self._collecting.acquire(timeout=timeout_seconds):
            return
        try:
            while self._waiting:
                placed, copy = self._waiting[0]
                left = deadline - time.monotonic()
                if not (copy.wait(left) if left > 0 else copy.ready()):
                    return
                self._waiting.popleft()
                values = self._read(copy, len(placed.names))
                if values is not None:
                    write(placed, values)
        finally:
            self._collecting.release()

    def _read(self, copy: "PendingCopy", count: int) -> list[float] | None:
        try:
            return copy.values()
        except RuntimeError as error:
            self._lose(count, str(error)[:200])
            return None

    def _lose(self, count: int, reason: str) -> None:
        self.lost += count
        warn_once(f"copies {reason}", f"{count} values on a device could not be kept: {reason}.")
