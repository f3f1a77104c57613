"""Every kind of finding, in the order in which a reader wants to hear them."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared, yardstick_of
from epochwatch_server.comparison.finding import CompareFinding, Find
from epochwatch_server.comparison.findings import (
    better_settings,
    blind_loss,
    ended_outside,
    nearly_identical,
    never_tested,
    rank_correlation,
    runs_part,
    text_numbers,
)

FINDINGS: tuple[Find, ...] = (
    nearly_identical.find,
    better_settings.find,
    rank_correlation.find,
    runs_part.find,
    blind_loss.find,
    ended_outside.find,
    never_tested.find,
    text_numbers.find,
)


def findings_of(group: Sequence[Compared], metric: str | None = None) -> list[CompareFinding]:
    """Say what these runs support; `metric` ranks them, by default the one that most of them track."""
    yardstick = metric or yardstick_of(group)
    return [finding for find in FINDINGS for finding in find(group, yardstick)]
