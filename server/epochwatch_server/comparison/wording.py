"""Numbers and lists as sentences need them."""

import math
from collections.abc import Sequence

from epochwatch_server.domain.roles import read_metric_name

_SHARES = frozenset({"accuracy", "f1", "f1_class"})


def value_word(metric: str, value: float | None) -> str:
    """Write a value: shares in percent, others with four digits; None is "never computed"."""
    if value is None:
        return "never computed"
    if is_share(metric, value):
        return f"{100 * value:.2f} %"
    return number_word(value)


def difference_word(metric: str, difference: float, level: float) -> str:
    """Write a difference with its sign: of shares in percentage points."""
    if is_share(metric, level):
        return f"{100 * difference:+.2f} points"
    return f"{difference:+.4g}"


def number_word(value: float) -> str:
    """Write a number with four digits; what is no finite number is told as such."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return f"{value:.4g}"


def is_share(metric: str, value: float) -> bool:
    """Say whether a value is a share of one, such as an accuracy."""
    return read_metric_name(metric).role in _SHARES and math.isfinite(value) and 0 <= value <= 1


def enumeration(words: Sequence[str]) -> str:
    """Join words: a, b and c."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
