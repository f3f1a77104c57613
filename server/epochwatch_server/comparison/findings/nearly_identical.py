"""Top runs that are nearly one: same settings but for little, and a difference within the noise."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared, noise_of, rank_by
from epochwatch_server.comparison.config_table import config_rows
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.wording import difference_word, enumeration

_FEW_KEYS = 2
_SMALL_SHARE = 0.002  # of the metric's level: less is nearly the same though the runs have no noise to go by
_LARGE_SHARE = 0.01  # more is not, however noisy the runs: nobody would call five percent of a loss the same


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Compare the two best runs."""
    ranked = rank_by(group, metric) if metric is not None else []
    if metric is None or len(ranked) < 2:
        return []
    (first, best), (second, next_best) = ranked[:2]
    rows = config_rows([first, second])
    differing = [row.key for row in rows if row.differs]
    noise = max(noise_of(first, metric), noise_of(second, metric))
    limit = max(min(noise, _LARGE_SHARE * abs(best)), _SMALL_SHARE * abs(best))
    if not rows or len(differing) > _FEW_KEYS or abs(best - next_best) > limit:
        return []
    settings = f"they differ in {enumeration(differing)} only" if differing else "their settings are equal"
    text = (
        f"{first.name} and {second.name} are nearly identical: {settings}, and {metric} differs by "
        f"{difference_word(metric, best - next_best, best)}."
    )
    return [CompareFinding("nearly_identical", text, (first.run.id, second.run.id), keys=tuple(differing))]
