"""The first epoch from which the best and the worst run stay apart."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared, rank_by
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.parting import find_parting
from epochwatch_server.comparison.wording import value_word


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Tell where the best run leaves each of the others, for the last of them."""
    ranked = rank_by(group, metric) if metric is not None else []
    if metric is None or len(ranked) < 2:
        return []
    (best, _), (worst, _) = ranked[0], ranked[-1]
    parting = find_parting(best, worst, metric)
    if parting is None:
        return []
    text = (
        f"{best.name} and {worst.name} part at epoch {parting.epoch}: from there on {metric} stays apart, "
        f"{value_word(metric, parting.first_value)} against {value_word(metric, parting.second_value)}, more than the "
        f"noise of {value_word(metric, parting.noise)} ({parting.shared_epochs} epochs in common)."
    )
    return [CompareFinding("runs_part", text, (best.run.id, worst.run.id))]
