"""A validation loss that does not tell runs apart which another metric does."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared, metrics_of, standing_of
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.wording import value_word
from epochwatch_server.domain.roles import read_metric_name

_BLIND_SPREAD = 0.1  # of its level: the loss hardly moves between the runs
_TELLING_SPREAD = 0.5  # of its level: the other metric does
_LEAST_RANGE = 0.05  # in the metric's own unit, all of these lie between 0 and 1 or below
_TELLING_ROLES = ("r2", "accuracy", "f1", "variance_ratio")


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Compare the spread of the best validation losses with that of the other validation metrics."""
    del metric
    if len(group) < 3:  # two runs that agree in one number and not in another prove nothing
        return []
    names = [read_metric_name(name) for name in metrics_of(group)]
    losses = [told.name for told in names if told.split == "val" and told.role == "loss"]
    telling = [told.name for told in names if told.split == "val" and told.role in _TELLING_ROLES]
    for loss in losses:
        low, high = _range(group, loss)
        if low is None or high is None or high - low > _BLIND_SPREAD * abs(high):
            continue
        for other in telling:
            least, most = _range(group, other)
            if least is None or most is None:
                continue
            if most - least > max(_LEAST_RANGE, _TELLING_SPREAD * abs(most)):
                return [_tell(group, loss, (low, high), other, (least, most))]
    return []


def _tell(
    group: Sequence[Compared], loss: str, losses: tuple[float, float], other: str, others: tuple[float, float]
) -> CompareFinding:
    factor = f", {others[1] / others[0]:.1f} times" if others[0] > 0 else ""
    text = (
        f"{loss} does not tell these runs apart: its best lies between {value_word(loss, losses[0])} and "
        f"{value_word(loss, losses[1])} in all {len(group)}, while {other} goes from {value_word(other, others[0])} to "
        f"{value_word(other, others[1])}{factor}. Track {other} instead."
    )
    return CompareFinding("blind_loss", text, tuple(compared.run.id for compared in group))


def _range(group: Sequence[Compared], metric: str) -> tuple[float | None, float | None]:
    standings = [standing_of(compared, metric) for compared in group]
    values = [found.best for found in standings if found is not None and found.best is not None]
    if len(values) < len(group):
        return None, None
    return min(values), max(values)
