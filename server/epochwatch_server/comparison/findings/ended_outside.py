"""Runs that something outside ended before their plan."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.domain.run import RunState

_WORDS = {
    RunState.LOST: "fell silent",
    RunState.STOPPED: "was stopped",
    RunState.CRASHED: "crashed",
}
_MOST = 0.9  # of the plan: later it hardly matters


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Name the runs that ended early without their own early stopping."""
    del metric
    told = []
    for compared in group:
        run = compared.run
        word = _WORDS.get(run.state)
        if word is None or run.planned_epochs is None or run.epochs_done >= _MOST * run.planned_epochs:
            continue
        actor = f" by {run.end.actor}" if run.end is not None and run.end.actor else ""
        text = (
            f"{compared.name} {word}{actor} after {run.epochs_done} of {run.planned_epochs} planned epochs: "
            "its best may not be what its settings can do."
        )
        told.append(CompareFinding("ended_outside", text, (run.id,)))
    return told
