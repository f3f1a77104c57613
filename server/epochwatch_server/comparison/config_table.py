"""Configs side by side: nested keys flattened, what differs told from what is equal, numbers written as text marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.comparison.compared import Compared

ABSENT = object()  # the key is not there, which is not the same as None
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)
_MAX_KEYS = 2_000


@dataclass(frozen=True, slots=True)
class ConfigCell:
    """One run's value of one key. is_text_number: a string that only looks like a number."""

    text: str
    is_absent: bool
    is_text_number: bool
    number: float | None  # where the value is one


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """One key over all runs, one cell a run."""

    key: str
    cells: tuple[ConfigCell, ...]
    differs: bool


def config_rows(group: Sequence[Compared]) -> list[ConfigRow]:
    """Lay the configs side by side, keys in the order in which they first appear."""
    flat = [dict(flatten(compared.run.config)) for compared in group]
    keys = list(dict.fromkeys(key for one in flat for key in one))[:_MAX_KEYS]
    rows = []
    for key in keys:
        values = [one.get(key, ABSENT) for one in flat]
        cells = tuple(_cell(value) for value in values)
        rows.append(ConfigRow(key, cells, len({_identity(value) for value in values}) > 1))
    return rows


def flatten(config: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a config with their path, parts joined by dots; a list of plain values is one leaf."""
    if isinstance(config, Mapping) and config and not _is_marked(config):
        for name, value in config.items():
            yield from flatten(value, f"{key}.{name}" if key else str(name))
    elif isinstance(config, list) and any(isinstance(value, Mapping | list) for value in config):
        for place, value in enumerate(config):
            yield from flatten(value, f"{key}[{place}]")
    elif key:
        yield key, config


def _is_marked(value: Mapping[str, Any]) -> bool:
    """Tell the hook's own marks for what JSON has no word for."""
    return any(name in value for name in ("$float", "$repr", "$omitted"))


def _cell(value: Any) -> ConfigCell:
    if value is ABSENT:
        return ConfigCell("", True, False, None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_text_number = isinstance(value, str) and bool(_NUMBER.fullmatch(value.strip()))
    return ConfigCell(value_text(value), False, is_text_number, float(value) if is_number else None)


def value_text(value: Any) -> str:
    """Write a config's value as Python would."""
    if isinstance(value, Mapping) and _is_marked(value):
        return str(next(iter(value.values())))
    if isinstance(value, float):
        return f"{value:.12g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _identity(value: Any) -> str:
    """Two values are one when they are written alike and of one kind: "32" is not 32, but 1 is 1.0."""
    if value is ABSENT:
        return "absent"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"number {float(value)!r}"
    return f"{type(value).__name__} {value_text(value)}"
