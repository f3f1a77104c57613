"""A config or an environment as flat rows: nested keys joined by dots, values written as Python writes them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from epochwatch_server.domain.run import Run
from epochwatch_server.reports.numbers import count_word, large_word
from epochwatch_server.reports.run import MAX_VALUE_CHARS, ConfigRow

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_TRUTH = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE)
_MARKS = ("$float", "$repr", "$omitted")  # the hook's, for what JSON has no word for
_MOST_ROWS = 1_000
_MAX_PACKAGES_CHARS = 6_000
_WORDS = {
    "script": "Script",
    "cwd": "Folder",
    "host": "Host",
    "user": "User",
    "device": "Device",
    "cuda": "CUDA",
    "cpu_count": "CPU cores",
    "python": "Python",
    "torch": "torch",
    "platform": "Platform",
    "pid": "Process",
}
_APART = frozenset({*_WORDS, "command", "git", "packages"})


def setting_rows(config: Any) -> list[ConfigRow]:
    """Lay a config out, one leaf a row; text that only looks like a number or a truth value is said to be so."""
    rows = [ConfigRow(key, _written(value), _remark(value)) for key, value in _leaves(config)]
    left = len(rows) - _MOST_ROWS
    return rows if left <= 0 else [*rows[:_MOST_ROWS], ConfigRow("…", f"{count_word(left)} more", "")]


def environment_rows(run: Run) -> list[tuple[str, str]]:
    """Lay out where and how a run was started, in the order in which a post-mortem asks."""
    known = run.environment
    rows = [("Run", run.id), ("Project", run.project)]
    if run.origin is not None:
        rows.append(("Imported", f"from {run.origin.get('format')}: {run.origin.get('source') or ''}".rstrip(": ")))
    if known.get("command"):
        rows.append(("Command", str(known["command"])))
    if isinstance(known.get("git"), Mapping):
        rows.append(("Commit", _commit(known["git"])))
    rows += [(word, str(known[key])) for key, word in _WORDS.items() if known.get(key) is not None]
    if run.parameters is not None:
        large = large_word(run.parameters) if run.parameters >= 10_000 else ""
        rows.append(("Parameters", f"{large} ({count_word(run.parameters)})" if large else count_word(run.parameters)))
    others = {key: value for key, value in known.items() if key not in _APART}
    rows += [(row.key, row.value) for row in setting_rows(others)]
    if isinstance(known.get("packages"), Mapping):
        rows.append(("Packages", _packages(known["packages"])))
    return rows


def summary_rows(run: Run) -> list[tuple[str, str]]:
    """Lay out what the run said at its end."""
    return [] if run.end is None else [(row.key, row.value) for row in setting_rows(run.end.summary)]


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value and not any(mark in value for mark in _MARKS):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(inner, Mapping | list) for inner in value):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{place}]")
    elif key:
        yield key, value


def _written(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]} …"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        if "$omitted" in value:
            return f"left out: {value['$omitted']} bytes are more than a run's config may have"
        return str(next(iter(value.values()), "{}"))
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _remark(value: Any) -> str:
    told = [_remark(inner) for inner in value] if isinstance(value, list) else []
    if not isinstance(value, str):
        return next(filter(None, told), "")
    if _NUMBER.fullmatch(value.strip()):
        return "text, not a number"
    return "text, not a truth value" if _TRUTH.fullmatch(value) else ""


def _commit(git: Mapping[str, Any]) -> str:
    on = f" on {git['branch']}" if git.get("branch") else ""
    return f"{git.get('commit') or 'unknown'}{on}{', with uncommitted changes' if git.get('dirty') else ''}"


def _packages(packages: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name} {version}" for name, version in packages.items())
    return text if len(text) <= _MAX_PACKAGES_CHARS else f"{text[:_MAX_PACKAGES_CHARS]} …"
