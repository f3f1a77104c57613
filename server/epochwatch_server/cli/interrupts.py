"""Ctrl-C as a question that is answered where nothing is half done; apart, for it is about signals alone."""

import signal
import time
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SLICE_SECONDS = 0.1  # a handler runs at once, but Python goes on sleeping behind it


class Interrupts:
    """While it is entered, the first Ctrl-C or SIGTERM is noted, and the second one raises. The main thread only."""

    def __init__(self) -> None:
        self._count = 0
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        self._before = [signal.signal(number, self._note) for number in _SIGNALS]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, before)

    def has_come(self) -> bool:
        """Say whether somebody asked for the end."""
        return self._count > 0

    def wait(self, seconds: float) -> None:
        """Sleep, but not much longer than until somebody asks for the end."""
        until = time.monotonic() + seconds
        while not self.has_come() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_SECONDS))

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
