"""Values of any shape that a run sends along (config, environment, extras), made safe to store and to show."""

import math
from typing import Any

MAX_DEPTH = 32
MAX_TEXT_CHARS = 256 * 1024
MAX_KEY_CHARS = 1024
_MAX_INTEGER = 2**63 - 1


def tame(value: Any, depth: int = 0) -> Any:
    """Replace what a database or a browser could not hold; everything else stays as typed.

    Non-finite floats become {"$float": "nan"}, whole numbers beyond int64 and values nested too deep
    {"$repr": ..., "$type": ...}: what a hook sends for values that JSON lacks.
    """
    if isinstance(value, str):
        left_out = len(value) - MAX_TEXT_CHARS
        return value if left_out <= 0 else f"{value[:MAX_TEXT_CHARS]}… ({left_out} characters left out)"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": "nan" if math.isnan(value) else f"{value:+}".lstrip("+")}
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else {"$repr": f"about 2**{value.bit_length()}", "$type": "int"}
    if depth >= MAX_DEPTH:
        return {"$repr": f"nested deeper than {MAX_DEPTH}", "$type": type(value).__name__}
    if isinstance(value, dict):
        return {str(key)[:MAX_KEY_CHARS]: tame(item, depth + 1) for key, item in value.items()}
    return [tame(item, depth + 1) for item in value]
