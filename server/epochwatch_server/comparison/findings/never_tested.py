"""Runs without a test result."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.metric_table import was_tested
from epochwatch_server.comparison.wording import enumeration


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Name the runs that are over and have no test metric."""
    del metric
    untested = [compared for compared in group if compared.run.state.is_over and not was_tested(compared)]
    if not untested:
        return []
    if len(untested) == len(group):
        told = "None of these runs was ever tested"
    else:
        told = f"{enumeration([one.name for one in untested])} {'was' if len(untested) == 1 else 'were'} never tested"
    text = f"{told}: every choice rests on the validation set. That is no test score of 0."
    return [CompareFinding("never_tested", text, tuple(compared.run.id for compared in untested))]
