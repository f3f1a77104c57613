"""How the domain's values become columns and come back, the same on both engines."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import Floats

FINITE, NAN, INF, NEGATIVE_INF, NEGATIVE_ZERO = range(5)
_SPECIAL = {NAN: math.nan, INF: math.inf, NEGATIVE_INF: -math.inf, NEGATIVE_ZERO: -0.0}
_NAMES = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def split_float(value: float) -> tuple[float | None, int]:
    """Turn any float into a value that both engines keep bit for bit, and a flag.

    SQLite stores NaN as null and -0.0 as 0; PostgreSQL sorts NaN above everything.
    """
    if math.isfinite(value):
        return (None, NEGATIVE_ZERO) if value == 0 and math.copysign(1, value) < 0 else (value, FINITE)
    return None, NAN if math.isnan(value) else INF if value > 0 else NEGATIVE_INF


def join_float(value: float | None, flag: int) -> float:
    """Turn a value and its flag back into the float; a null without a flag is NaN."""
    return value if value is not None else _SPECIAL.get(flag, math.nan)


def split_floats(values: Floats) -> tuple[list[float | None], list[int]]:
    """Do the same as `split_float` for a column, shape (n,)."""
    flags = np.zeros(len(values), np.int64)
    flags[np.isnan(values)] = NAN
    flags[np.isposinf(values)] = INF
    flags[np.isneginf(values)] = NEGATIVE_INF
    flags[(values == 0) & np.signbit(values)] = NEGATIVE_ZERO
    plain: list[float | None] = values.tolist()
    for place in np.flatnonzero(flags).tolist():
        plain[place] = None
    return plain, flags.tolist()


def join_floats(values: list[float | None], flags: NDArray[np.int64]) -> Floats:
    """Turn a column of values and its flags back into floats, shape (n,)."""
    joined = np.array(values, np.float64)
    if flags.any():
        for flag, special in _SPECIAL.items():
            joined[flags == flag] = special
    return joined


def finite_or_none(value: float | None) -> float | None:
    """Give a number that may be left out: null when it is NaN, infinite or was not given."""
    return value if value is not None and math.isfinite(value) else None


def clean_text(text: str) -> str:
    """Replace what no engine keeps: NUL characters and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any) -> str:
    """Write a document; NaN and infinities, which JSON lacks, become {"$float": "nan"}."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, default=dict)
    except ValueError:
        return json.dumps(_wrap_floats(value), separators=(",", ":"), allow_nan=False, default=dict)


def from_json(text: str) -> Any:
    """Read a document as it was given."""
    return json.loads(text)


def from_json_floats(text: str) -> Any:
    """Read a document of the server's own: {"$float": "nan"} becomes the float again."""
    return json.loads(text, object_hook=_unwrap_float) if '"$float"' in text else json.loads(text)


def _wrap_floats(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    if isinstance(value, Mapping):
        return {key: _wrap_floats(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wrap_floats(item) for item in value]
    return value


def _unwrap_float(found: dict[str, Any]) -> Any:
    name = found.get("$float")
    return _NAMES[name] if len(found) == 1 and isinstance(name, str) and name in _NAMES else found
