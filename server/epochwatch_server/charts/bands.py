"""The bands minimum, good and excellent that a script declared for a metric, as light washes behind its lines."""

import math
from itertools import pairwise

from epochwatch_server.charts.palette import MUTED, OK
from epochwatch_server.charts.references import Shape, finite_numbers, wash
from epochwatch_server.charts.wording import number
from epochwatch_server.domain.run import Declared

LABEL_SHARE = 0.07  # of the plot's height: words nearer to the last ones would cover them
_NAMES = ("minimum", "good", "excellent")


def band_washes(declared: Declared, metric: str, low: float, high: float, *, is_log: bool = False) -> list[Shape]:
    """Draw a metric's bands between what must be reached at least and what would be excellent.

    Which way is better shows in the numbers themselves: bands that rise end above, bands that fall end below.

    Args:
        declared: What the script said.
        metric: The metric's full name.
        low, high: The extent of what is drawn; the outermost band ends there, or a little beyond its own bound.
        is_log: On a log axis a band begins above 0 or is left out.
    """
    given = finite_numbers(declared.bands.get(metric, {}))
    bounds = [(name, given[name]) for name in _NAMES if name in given]
    if not bounds:
        return []
    values = [value for _, value in bounds]
    room = (max(values) - min(values)) / 4 or abs(values[0]) / 4 or 0.25
    rises = values[-1] > values[0] or (len(values) == 1 and values[0] <= high)
    end = max(high, values[-1] + room) if rises else min(low, values[-1] - room)
    washes, worded = [], math.inf
    for (name, value), (_, until) in pairwise([*bounds, ("", end)]):
        bottom, top = sorted((value, until))
        if is_log and bottom <= 0:
            bottom = top / 10
        if math.isfinite(bottom) and math.isfinite(top) and top > max(bottom, 0 if is_log else -math.inf):
            sign = "≥" if rises else "≤"
            has_room = is_log or abs(top - worded) >= LABEL_SHARE * (max(high, end) - min(low, end))
            text, worded = (f"{name} {sign} {number(value)}", top) if has_room else ("", worded)
            washes.append(wash(bottom, top, text, colour=MUTED if name == "minimum" else OK))
    return washes
