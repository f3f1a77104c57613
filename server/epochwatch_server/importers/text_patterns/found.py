"""What a recognised line says, and the small grammar that the patterns share."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf(?:inity)?|NaN|Inf(?:inity)?)"
_VALUE = re.compile(rf"({NUMBER})\s*(%)?")


@dataclass(frozen=True, slots=True)
class Found:
    """What a line says.

    epoch: as the script counts; out_of: of how many, where `k/N` was said, which counts from one. split: the one that
    a row is about, for a row that goes on in the next line; width: of that row. is_progress: the same epoch is told
    again until it is done; is_done: it is. is_event: one log call of a program that names no step. end: how it ended.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    epoch: int | None = None
    out_of: int | None = None
    step: int | None = None
    split: str | None = None
    width: int = 0
    is_progress: bool = False
    is_done: bool = True
    is_event: bool = False
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of output. find: what a line says in this form, None when it is none; given what the line before said."""

    name: str
    title: str
    find: Callable[[str, Found | None], Found | None]


def read_value(text: str) -> float | None:
    """Read a number; a percentage as the fraction that it is."""
    match = _VALUE.fullmatch(text.strip())
    if match is None:
        return None
    number = float(match[1])
    return number / 100 if match[2] else number
