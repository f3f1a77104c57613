"""How a metric is read by its role: its unit, what its axis must show, and the lines that give it meaning."""

import math

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.palette import CRITICAL, OK, WARNING
from epochwatch_server.charts.references import Shape, threshold, wash
from epochwatch_server.domain.roles import MetricName

# A prediction with less than 40 % of the targets' spread is collapsing, with less than 10 % it has collapsed.
COLLAPSING = 0.4
COLLAPSED = 0.1
_SCORES = frozenset({"accuracy", "f1", "f1_class"})
_UNITS = {
    "px": "px", "pixel": "px", "pixels": "px", "ms": "ms", "seconds": "s", "sec": "s", "time": "s", "runtime": "s",
    "percent": "%", "pct": "%", "mb": "MB", "gb": "GB", "mib": "MiB", "gib": "GiB", "bytes": "bytes", "celsius": "°C",
}  # fmt: skip

_SHARE = {False: ".0%", True: "~%"}  # on a log axis 0.1 % and 0.001 % must not both read 0%


def axis_of(name: MetricName, low: float | None, high: float | None, *, is_log: bool) -> YAxis:
    """Describe the y axis of a metric's chart, for values from `low` to `high`."""
    if name.role == "variance_ratio":
        return YAxis("pred std / target std", is_log, (0.0, 1.0), _SHARE[is_log])
    if name.role == "r2":
        return YAxis("", is_log, (0.0, 1.0) if low is not None and low > -1 else (0.0,))
    if name.role == "clip_fraction":
        return YAxis("share of steps clipped", is_log, (0.0, 1.0), _SHARE[is_log])
    if name.role in _SCORES:
        return YAxis("%" if _is_percent(high) else "", is_log, score_room(low, high))
    unit = unit_of(name.stem)
    return YAxis(unit, is_log)


def shapes_of(name: MetricName, *, is_log: bool) -> list[Shape]:
    """Draw the thresholds that a role has of its own."""
    if name.role == "r2" and not is_log:
        return [threshold(0.0, "0: no better than the mean")]
    if name.role == "variance_ratio":
        bottom = COLLAPSED / 10 if is_log else 0.0
        return [
            wash(bottom, COLLAPSED, "collapsed < 10 %", colour=CRITICAL),
            wash(COLLAPSED, COLLAPSING, "collapsing < 40 %", colour=WARNING),
            wash(COLLAPSING, 1.0, "", colour=OK),
        ]
    return []


def score_room(low: float | None, high: float | None) -> tuple[float, ...]:
    """Say what the axis of a score shows at least: all of 0..1, or the top part when every value lies there.

    A score that never moves from 0 must lie on the bottom line; one between 0.937 and 0.939 must not look like drama.
    Scores in percent are treated alike.
    """
    if low is None or high is None:
        return (0.0, 1.0)
    whole = 100.0 if _is_percent(high) else 1.0
    if low < 0.5 * whole:
        return (0.0, whole)
    floor = math.floor(10 * low / whole - 0.5) / 10
    return (floor * whole, whole)


def unit_of(stem: str) -> str:
    """Read a unit from the end of a name: `error_px` is in px."""
    words = stem.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_")
    return "items/s" if stem.lower().endswith("_per_second") else _UNITS.get(words[-1], "")


def _is_percent(high: float | None) -> bool:
    return high is not None and 1.5 < high <= 100
