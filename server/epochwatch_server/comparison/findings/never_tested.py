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
    who = "None of these runs was" if len(untested) == len(group) else enumeration([one.name for one in untested])
    verb = "" if len(untested) == len(group) else " was" if len(untested) == 1 else " were"
    text = f"{who}{verb} ever tested: every choice rests on the validation set. That is no test score of 0."
    return [CompareFinding("never_tested", text, tuple(compared.run.id for compared in untested))]
