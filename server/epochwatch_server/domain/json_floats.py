"""Numbers that JSON has no word for, spelled as every reader of ours takes them."""

import math
from collections.abc import Mapping
from typing import Any


def spell_floats(value: Any) -> Any:
    """Write NaN and infinities as "NaN", "Infinity" and "-Infinity", at any depth; all else stays as it is."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): spell_floats(inner) for key, inner in value.items()}
    return [spell_floats(inner) for inner in value] if isinstance(value, list | tuple) else value
