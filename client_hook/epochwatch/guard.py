"""Keeps every mistake, the hook's own and its caller's, away from the training loop."""

import functools
import logging
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger("epochwatch")

MAX_WARNINGS = 1000  # distinct keys remembered: a loop that invents names must not grow this for ever

_told: set[str] = set()
_told_lock = threading.Lock()


def guarded(default: T) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function answer `default` instead of raising; KeyboardInterrupt and SystemExit pass."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def safe(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the promise: nothing raises into the training
                report(function.__qualname__, error)
                return default

        return safe

    return decorate


def attempt(place: str, function: Callable[[], T], default: T) -> T:
    """Call foreign or optional code: its answer, or `default` when it raises."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        report(place, error)
        return default


def try_call(function: Callable[[], T]) -> tuple[T, None] | tuple[None, Exception]:
    """Call code of the host, such as a value's own `__float__`: its answer, or whatever it raised."""
    try:
        return function(), None
    except Exception as error:  # noqa: BLE001 - the host's code may raise anything
        return None, error


def shown(given: object, chars: int = 80) -> str:
    """Write a value of the host's down in at most `chars` characters; one that cannot be written, by its type."""
    text, _ = try_call(lambda: str(given)[:chars])
    return f"<{type(given).__name__}>" if text is None else text


def report(place: str, error: BaseException) -> None:
    """Say once per place that something failed; the traceback goes to the debug log each time."""
    try:
        logger.debug("%s failed", place, exc_info=error)
        warn_once(
            f"failed {place}",
            f"{place} failed inside: {type(error).__name__}: {shown(error, 300)}. "
            "The training goes on; this call was not recorded.",
        )
    except Exception:  # noqa: BLE001, S110 - a logging handler of the host that raises is the last thing to care for
        pass


def warn_once(key: str, message: str) -> None:
    """Log a warning the first time `key` comes by, in this process."""
    if key in _told or sys.is_finalizing():
        return
    with _told_lock:
        if key in _told or len(_told) >= MAX_WARNINGS:
            return
        _told.add(key)
    logger.warning("epochwatch: %s", message)


def forget_warnings() -> None:
    """Make every warning new again; a forked child also gets a lock that nobody holds."""
    global _told_lock  # noqa: PLW0603 - the parent's lock may have been held at the moment of the fork
    _told_lock = threading.Lock()
    _told.clear()
