"""With enough runs: which numeric settings rise and fall with the metric."""

import math
from collections.abc import Sequence

import numpy as np

from epochwatch_server.comparison.compared import Compared, direction_of, rank_by
from epochwatch_server.comparison.config_table import config_rows
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.domain.series import Floats

_LEAST_RUNS = 8
_MAX_SAID = 3


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Look for settings of three or more values whose rank goes with the metric's beyond chance.

    Spearman's rank correlation; "beyond chance" is t = r * sqrt((n - 2) / (1 - r^2)) above the two-sided 1 % limit,
    divided by how many settings are tried (Bonferroni), by the normal approximation.
    """
    ranked = rank_by(group, metric) if metric is not None else []
    if metric is None or len(ranked) < _LEAST_RUNS:
        return []
    runs, best = [compared for compared, _ in ranked], np.array([value for _, value in ranked])
    rows = [row for row in config_rows(runs) if row.differs and all(cell.number is not None for cell in row.cells)]
    rows = [row for row in rows if len({cell.number for cell in row.cells}) >= 3]
    told = []
    for row in rows:
        r = rank_correlation(np.array([cell.number for cell in row.cells], dtype=np.float64), best)
        if abs(r) < 1 and _chance(r, len(runs)) * len(rows) > 0.01:
            continue
        upward = direction_of(runs[0].run, metric) != "min"
        larger = "larger" if (r > 0) == upward else "smaller"
        text = f"A {larger} {row.key} goes with the better {metric}: rank correlation {r:+.2f} over {len(runs)} runs."
        caution = "Runs that also differ in other settings are among them" if len(rows) > 1 else ""
        told.append((abs(r), CompareFinding("rank_correlation", text, (), caution, (row.key,))))
    return [finding for _, finding in sorted(told, key=lambda pair: -pair[0])[:_MAX_SAID]]


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's rank correlation of two arrays of shape (n,), ties sharing their mean rank; 0 when one is constant."""
    ranks = [_ranks(values) for values in (first, second)]
    if any(float(np.ptp(rank)) == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_rank = ends - (counts - 1) / 2
    ranks: Floats = mean_rank[places]
    return ranks


def _chance(r: float, n: int) -> float:
    t = abs(r) * math.sqrt((n - 2) / max(1e-12, 1 - r * r))
    return math.erfc(t / math.sqrt(2))
