"""Values of a sample as plain numbers and lists, wherever they came from; what does not fit is told once."""

import math
from collections.abc import Mapping
from typing import Any

from epochwatch.guard import shown, warn_once

MAX_DEPTH = 8  # lists of lists of points are three deep; what contains itself has no end
DIGITS = 6  # of a number that is only drawn: a screen has no more pixels, and an event stays half as large


def plain(value: Any, depth: int = 0) -> Any:
    """Turn tensors and arrays into numbers and lists, also inside lists and mappings; what lies too deep stays."""
    if depth >= MAX_DEPTH:
        return value
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item, depth + 1) for name, item in value.items()}
    detach = getattr(value, "detach", None)
    value = detach() if callable(detach) else value
    return value.tolist() if callable(getattr(value, "tolist", None)) else value


def tell(what: str, given: object, expected: str) -> None:
    """Say once for each argument that it was not what it should be."""
    warn_once(f"samples {what}", f"samples: {what}: given {shown(given, 60)}, expected {expected}.")


def tell_cut(what: str, given: int, kept: int) -> None:
    """Say once for each argument that not all of it was kept."""
    warn_once(f"samples cut {what}", f"samples: {what}: given {given:,} for one sample, at most {kept:,} are kept.")


def is_number(value: object) -> bool:
    """Say whether a value is a number; a flag counts as 0 or 1."""
    return isinstance(value, int | float)


def finite(value: object) -> float | None:
    """Return a number that is neither NaN nor infinite, else None."""
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def short(value: float) -> float:
    """Round a finite number to the digits that a drawing can show."""
    return float(f"{value:.{DIGITS}g}")


def words(value: float) -> float | str:
    """Return a drawn number as it goes on the wire: JSON has no NaN, so it is spelled."""
    if math.isfinite(value):
        return short(value)
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
