"""One argument at a time: what a script gave, as what was expected, or told once and left out."""

import math
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

from epochwatch.guard import shown, try_call, warn_once

T = TypeVar("T")

MAX_NAME_CHARS = 256
MAX_WHOLE = 2**31 - 2  # what a record has room for as the number of an epoch

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def tell(what: str, given: object, expected: str) -> None:
    """Say once what an argument was, and what it should have been."""
    warn_once(f"init {what}", f"init: {what}: given {shown(given)!r}, expected {expected}.")


def mapping(what: str, given: object, read: Callable[[Any], dict[str, T]]) -> dict[str, T]:
    """Read a mapping with `read`; one that raises when it is looked at is told once and left out."""
    found, error = try_call(lambda: read(given))
    if found is None:
        tell(what, given, f"a dictionary that can be read, not one that raises {type(error).__name__}")
    return found or {}


def text(what: str, given: object, default: str, chars: int = MAX_NAME_CHARS) -> str:
    """Read one line of text."""
    if given is None:
        return default
    if not isinstance(given, str):
        tell(what, given, "a string")
    return CONTROL.sub("", shown(given, chars)) or default


def optional_text(what: str, given: object) -> str | None:
    """Read text that may be left out; anything else is left out too."""
    if given is not None and not isinstance(given, str):
        tell(what, given, "a string")
    return given if isinstance(given, str) else None


def names(what: str, given: object) -> list[str] | None:
    """Read a list of names, or a single one."""
    if given is None:
        return None
    if isinstance(given, str):
        return [given]
    if isinstance(given, list | tuple | set | frozenset) and all(isinstance(name, str) for name in given):
        return [CONTROL.sub("", name) for name in given if name]
    tell(what, given, "a list of names")
    return None


def whole(what: str, given: object, least: int) -> int | None:
    """Read a whole number from `least` on."""
    number = real(given)
    if given is None or (number is not None and number == int(number) and least <= number <= MAX_WHOLE):
        return None if number is None else int(number)
    tell(what, given, f"a whole number from {least}")
    return None


def real(given: Any) -> float | None:
    """Read a finite number; None for anything else."""
    if given is None or isinstance(given, str | bytes | bool):
        return None
    number, _ = try_call(lambda: float(given))
    return number if number is not None and math.isfinite(number) else None


def flag(what: str, given: object) -> bool:
    """Read a switch that is off unless it is True."""
    if given is not None and not isinstance(given, bool):
        tell(what, given, "True or False")
    return given is True


def path(what: str, given: object) -> str | None:
    """Read the name of a folder."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, os.PathLike):
        return os.fsdecode(given)
    tell(what, given, "the path of a folder")
    return None
