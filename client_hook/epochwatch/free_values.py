"""Values of any shape as JSON can hold them, types kept, so that "5e-5" as a string stays visible as one."""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from epochwatch.guard import attempt, warn_once

MAX_DEPTH = 24
MAX_BYTES = 1 << 20  # what the server takes of one config
OMITTED_BYTES = 40  # about what {"$omitted": bytes} takes with its key
MAX_REPR_CHARS = 500
MAX_TEXT_CHARS = 256 * 1024
MAX_ITEMS = 100_000  # of all containers together: a dataset that strayed into the config must not hang the start
MAX_INTEGER = 2**63 - 1


def as_mapping(given: object) -> dict[str, Any]:
    """Turn what a script calls its config into a dictionary; anything else is told once and left out."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        return {field.name: getattr(given, field.name) for field in dataclasses.fields(given)}
    if isinstance(given, list | tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in given):
        return {str(key): value for key, value in given}
    values = getattr(given, "__dict__", None)
    if isinstance(values, dict) and not isinstance(given, type):
        return {key: value for key, value in values.items() if not key.startswith("_")}
    warn_once(
        f"config {type(given).__name__}", f"config: given {_short(given)}, expected a dictionary; it is left out."
    )
    return {}


def storable(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping as JSON can hold it, at most `MAX_BYTES` encoded: what is largest is left out first.

    Values that JSON lacks become {"$float": "nan"} or {"$repr": ..., "$type": ...}; omitted ones {"$omitted": bytes}.
    """
    return _shrunk({_clean(str(key)): _Items().store(value, 1) for key, value in given.items()}, MAX_BYTES)


def encode(value: object) -> bytes:
    """Encode storable values; characters beyond ASCII are escaped, so that half a surrogate pair is no trouble."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def number_or_word(value: float | None) -> float | str | None:
    """Return a number as it goes on the wire: JSON has no NaN, so it is spelled."""
    if value is None or math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _shrunk(values: dict[str, Any], limit: int) -> dict[str, Any]:
    """Leave out the largest values until the rest fits; of a large dictionary only its largest parts."""
    sizes = {key: len(encode(value)) + len(key) + 4 for key, value in values.items()}
    excess = sum(sizes.values()) - limit
    for key in sorted(sizes, key=lambda key: sizes[key], reverse=True):
        if excess <= 0:
            break
        value = values[key]
        if isinstance(value, dict) and len(value) > 1 and sizes[key] - excess > OMITTED_BYTES * len(value):
            values[key] = _shrunk(value, sizes[key] - excess - len(key) - 4)
            break
        values[key] = {"$omitted": sizes[key]}
        excess -= sizes[key] - OMITTED_BYTES
        warn_once(f"omitted {key}", f"{key!r} takes {sizes[key]:,} bytes and was left out: at most {MAX_BYTES:,} fit.")
    return values


class _Items:
    """One walk through nested values: counts them, and knows which containers it is inside of."""

    def __init__(self) -> None:
        self._left = MAX_ITEMS
        self._inside: set[int] = set()

    def store(self, value: object, depth: int) -> object:
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return _clean(str(value[:MAX_TEXT_CHARS]))
        if isinstance(value, int):
            return int(value) if abs(value) <= MAX_INTEGER else _as_repr(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$float": number_or_word(float(value))}
        if isinstance(value, Mapping | list | tuple) or _is_record(value):
            return self._store_container(value, depth)
        return _as_scalar(value)

    def _store_container(self, value: Any, depth: int) -> object:
        if depth >= MAX_DEPTH or self._left <= 0 or id(value) in self._inside:
            return _as_repr(value)
        self._inside.add(id(value))
        try:
            if isinstance(value, list | tuple):
                return [self.store(item, depth + 1) for item in self._affordable(list(value))]
            items = self._affordable(list(as_mapping(value).items()))
            return {_clean(key[:1024]): self.store(item, depth + 1) for key, item in items}
        finally:
            self._inside.discard(id(value))

    def _affordable(self, items: list[Any]) -> list[Any]:
        return items[: max(0, self._left)]


def _is_record(value: object) -> bool:
    is_data = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return is_data or type(value).__name__ == "Namespace"


def _as_scalar(value: object) -> object:
    """A numpy or torch scalar is its number; everything else is what it calls itself."""
    if getattr(value, "shape", None) == () and type(value).__module__.partition(".")[0] in ("numpy", "torch"):
        item = attempt("config", value.item, None)  # type: ignore[attr-defined]  # both libraries have it
        if isinstance(item, bool | int | float):
            return _Items().store(item, MAX_DEPTH)
    return _as_repr(value)


def _as_repr(value: object) -> dict[str, str]:
    return {"$repr": _short(value), "$type": type(value).__name__}


def _short(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > 1000:
        return f"about 2**{value.bit_length()}"
    if isinstance(value, Mapping | list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    text = attempt("repr", lambda: repr(value), f"<{type(value).__name__}>")
    return _clean(text[:MAX_REPR_CHARS])


def _clean(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
