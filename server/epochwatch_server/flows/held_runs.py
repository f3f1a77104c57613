"""The runs that the rules follow, held in memory while they go on; bounded, because any can be read again."""

from collections import OrderedDict

from epochwatch_server.domain.run import Run
from epochwatch_server.flows.judging import LiveHealth, end_name

MAX_LIVE = 300
MAX_SETTLED = 2_000


class HeldRuns:
    """For one thread."""

    def __init__(self) -> None:
        self._live: OrderedDict[str, LiveHealth] = OrderedDict()
        self._settled: OrderedDict[str, str] = OrderedDict()  # runs that are over and judged: which end

    def get(self, run_id: str) -> LiveHealth | None:
        """Return a run that is held."""
        return self._live.get(run_id)

    def all(self) -> list[LiveHealth]:
        """List the runs that are held."""
        return list(self._live.values())

    def hold(self, run_id: str, known: LiveHealth) -> None:
        """Hold a run; the one that was silent for longest is let go when there are too many."""
        self._live[run_id] = known
        self._live.move_to_end(run_id)
        while len(self._live) > MAX_LIVE:
            self._live.popitem(last=False)

    def forget(self, run_id: str) -> None:
        """Let a run go: it was deleted, or must be read again."""
        self._live.pop(run_id, None)

    def let_go_if_settled(self, known: LiveHealth) -> None:
        """Let a run go that is over and judged."""
        run = known.live.run
        if run.end is None or known.live.position.end != end_name(run):
            return
        self._live.pop(run.id, None)
        self._settled[run.id] = end_name(run)
        while len(self._settled) > MAX_SETTLED:
            self._settled.popitem(last=False)

    def is_settled(self, run: Run) -> bool:
        """Say whether a run is over and its end was judged."""
        return run.end is not None and self._settled.get(run.id) == end_name(run)
