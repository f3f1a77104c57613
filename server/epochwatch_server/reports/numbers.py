"""Numbers and lengths of time in a report, written as the pages write them."""

import math
import re
from datetime import UTC, datetime

from epochwatch_server.domain.roles import read_metric_name

ABSENT = "–"
_COUNTED = re.compile(r"epoch|step|count|\bn\b|class")
_SHARES = frozenset({"accuracy", "f1", "f1_class"})


def value_word(value: float | None) -> str:
    """Write a measured value with four significant digits; None is what was never measured, which is not 0."""
    if value is None:
        return ABSENT
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "−Inf"
    return _digits(value).replace("-", "−").replace("e−", "e-")


def evidence_word(name: str, value: float | str) -> str:
    """Write a number of an alert's evidence: epochs and counts are whole and read so."""
    if isinstance(value, str):
        return value
    is_count = _COUNTED.search(name) is not None and value == round(value) if math.isfinite(value) else False
    return str(round(value)) if is_count and abs(value) < 1e6 else value_word(value)


def score_word(value: float | None, metric: str) -> str:
    """Write a value as a comparison does: shares of one in percent."""
    if value is not None and 0 <= value <= 1 and read_metric_name(metric).role in _SHARES:
        return f"{100 * value:.2f} %"
    return value_word(value)


def gap_word(start: float | None, end: float | None, metric: str) -> str:
    """Write how far one value of a metric is from another, in points where they are shares; empty without both."""
    if start is None or end is None or not (math.isfinite(start) and math.isfinite(end)):
        return ""
    gap = end - start
    sign = "−" if gap < 0 else "+"
    if read_metric_name(metric).role in _SHARES and max(start, end) <= 1:
        return f"{sign}{abs(100 * gap):.2f} points"
    return f"{sign}{value_word(abs(gap))}"


def count_word(count: int | None) -> str:
    """Write a whole number in groups of three."""
    return ABSENT if count is None else f"{count:,}".replace(",", " ")


def large_word(count: int | None) -> str:
    """Write a large whole number in short: 46 370 000 is 46.4 M."""
    if count is None:
        return ABSENT
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(count) >= size * (10 if letter == "k" else 0.9995):
            return f"{_precise(count / size, 3)} {letter}"
    return str(count)


def duration_word(seconds: float | None) -> str:
    """Write a length of time in its two largest units."""
    if seconds is None or not math.isfinite(seconds):
        return ABSENT
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 1440:
        return f"{minutes // 60} h {minutes % 60:02d} m"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def clock_word(ms: int) -> str:
    """Write an instant in UTC: who reads a report may be anywhere."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def plural(count: int, word: str) -> str:
    """Count things: 1 epoch, 2 epochs."""
    return f"{count_word(count)} {word}{'' if count == 1 else 's'}"


def _digits(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        return f"{value:.2e}".replace("e+", "e")
    if size >= 1000:
        return count_word(round(value))
    if size < 0.01:
        return _precise(value, 3)
    return f"{value:.4f}" if size < 10 else _precise(value, 4)


def _precise(value: float, digits: int) -> str:
    return f"{value:#.{digits}g}".removesuffix(".")
