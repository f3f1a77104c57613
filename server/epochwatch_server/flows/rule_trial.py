"""Tries a changed rule on past runs: what it says of them now and what it would have said, before it is saved."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from epochwatch_server.domain.errors import Conflict
from epochwatch_server.flows.recordings import recording_of
from epochwatch_server.health.engine import Engine, HealthState, RuleSettings
from epochwatch_server.health.history import History
from epochwatch_server.health.inhibition import INHIBITS
from epochwatch_server.health.lifecycle import Transition
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.replay import Recording, replay
from epochwatch_server.health.rule import Rule
from epochwatch_server.store import runs
from epochwatch_server.store.database import Database

DEFAULT_RUNS, MAX_RUNS = 50, 200
TRIAL_SECONDS = 15.0  # a viewer waits for this
PATIENCE_SECONDS = 2.0  # for somebody else's trial to end
_SAID = ("firing", "raised")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules, and how a project has set them."""

    rules: Sequence[Rule]
    settings: Mapping[str, RuleSettings]


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule said: kind firing, or raised when it became worse; epoch as the run counts them, -1 before any."""

    epoch: int
    severity: str
    what: str
    subject: str
    kind: str


@dataclass(frozen=True, slots=True)
class TriedRun:
    """One run as the rule sees it now, and as it would."""

    run_id: str
    name: str
    now: tuple[Said, ...]
    then: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """The runs tried, newest first. of: how many there were to try; more than were tried when time ran out."""

    runs: tuple[TriedRun, ...]
    of: int


class Trials:
    """Runs trials in the thread of whoever asks, one at a time: each may keep a processor busy for seconds.

    clock: monotonic, in seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._turn = threading.Lock()

    def run(self, project: str, rule: str, now: RuleSet, then: RuleSet, limit: int = DEFAULT_RUNS) -> Trial:
        """Replay the newest runs of a project through the rules as they are, and as they would be.

        Args:
            rule: The one whose words are wanted; with `now` it may be missing: then it says nothing yet.
            limit: How many runs at most.

        Raises:
            Conflict: Another trial goes on.
        """
        with self._one_at_a_time():
            ends = self._clock() + TRIAL_SECONDS
            listeners = [_Listener(rules, rule, self._clock, ends) for rules in (now, then)]
            ids = self._newest(project, min(limit, MAX_RUNS))
            tried = []
            try:
                for recorded in map(self._recording, ids):
                    if recorded is not None:
                        said = [listener.hear(recorded[1]) for listener in listeners]
                        tried.append(TriedRun(recorded[0], recorded[1].name, said[0], said[1]))
            except _OutOfTime:  # what was tried by then counts
                pass
            return Trial(tuple(tried), len(ids))

    def _newest(self, project: str, limit: int) -> list[str]:
        with self._database.read() as connection:
            return [run.id for run in runs.list_runs(connection, project=project, limit=limit)]

    def _recording(self, run_id: str) -> tuple[str, Recording] | None:
        """Read one run, each in a transaction of its own: a long one would keep the write-ahead log from shrinking."""
        with self._database.read() as connection:
            run = runs.get_run(connection, run_id)
            return None if run is None else (run_id, recording_of(connection, run))

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=PATIENCE_SECONDS):
            raise Conflict("Another trial on past runs goes on; try again when it is done, in some seconds.")
        try:
            yield
        finally:
            self._turn.release()


def of_interest(given: RuleSet, rule: str) -> RuleSet:
    """Keep a rule and those that can silence it, and their causes in turn: the others cannot change what it says."""
    wanted, size = {rule}, 0
    while len(wanted) > size:
        size = len(wanted)
        wanted |= {cause for cause, symptoms in INHIBITS.items() if symptoms & wanted}
    return RuleSet([each for each in given.rules if each.id in wanted], given.settings)


class _OutOfTime(Exception):
    """The trial took too long."""


class _Listener:
    """Hears what one rule of a set says of a run."""

    def __init__(self, given: RuleSet, rule: str, clock: Callable[[], float], ends: float) -> None:
        wanted = of_interest(given, rule)
        alone = RuleSet([each for each in wanted.rules if each.id == rule], wanted.settings)
        self._rule = rule
        self._alone, self._among_causes = (_HurriedEngine(rules, clock, ends) for rules in (alone, wanted))

    def hear(self, recording: Recording) -> tuple[Said, ...]:
        """Ask the rule alone first: most runs it has nothing to say of, and its causes, many and slow, can wait."""
        if not replay(recording, self._alone).heard:
            return ()
        changes = [heard.transition for heard in replay(recording, self._among_causes).heard]
        return tuple(_said(each) for each in changes if each.alert.rule == self._rule and each.kind in _SAID)


class _HurriedEngine(Engine):
    """An engine that gives up once it is late, also in the middle of a long run."""

    def __init__(self, given: RuleSet, clock: Callable[[], float], ends: float) -> None:
        settings = {rule.id: given.settings[rule.id] for rule in given.rules if rule.id in given.settings}
        super().__init__(given.rules, settings)
        self._clock = clock
        self._ends = ends

    def evaluate(
        self, history: History, moment: Moment, state: HealthState, *, paused: bool = False
    ) -> tuple[HealthState, list[Transition]]:
        """Evaluate as every engine does. Raises _OutOfTime."""
        if self._clock() > self._ends:
            raise _OutOfTime
        return super().evaluate(history, moment, state, paused=paused)


def _said(change: Transition) -> Said:
    alert = change.alert
    return Said(change.epoch, alert.severity.value, alert.finding.what, alert.subject, change.kind)
