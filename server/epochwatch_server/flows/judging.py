"""Asks the rules about one run: what a packet adds, what the store has, what silence means and what an end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from epochwatch_server.domain.packet import Packet
from epochwatch_server.domain.run import Run, RunState
from epochwatch_server.domain.series import NO_EPOCH
from epochwatch_server.flows.backlog import Work
from epochwatch_server.flows.health_keeping import position_of
from epochwatch_server.flows.live_run import LiveRun
from epochwatch_server.flows.recordings import ending_of, facts_of, failed_starts, records_of
from epochwatch_server.flows.rule_book import Chapter
from epochwatch_server.health.engine import Engine, HealthState
from epochwatch_server.health.history import History, RunEnding
from epochwatch_server.health.lifecycle import Alert, Phase, Transition
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.replay import Record
from epochwatch_server.store import health, runs, writers
from epochwatch_server.store.database import Connection

KILLED_SECONDS = 60.0  # a hook's heartbeats do not wait for the loop: a minute without any is no pause
KILLED_HEARTBEATS = 4  # and one more than it takes to be lost
QUIET_SECONDS = 5.0  # silence shorter than this is nobody's business
CAUGHT_UP_MS = 30_000  # who sends older records than this has more to deliver
_KEPT_AT = frozenset(
    {Moment.START, Moment.EPOCH, Moment.END}
)  # how far these went is stored; steps are looked at again


@dataclass(slots=True)
class LiveHealth:
    """A run and where the rules stand with it. version, is_paused: of the stored health.

    is_caught_up: its spool has nothing more to deliver, so that silence is silence.
    """

    live: LiveRun
    state: HealthState
    version: int
    is_paused: bool
    is_caught_up: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules came to. must_keep: it is to be stored though no alert changed."""

    state: HealthState
    transitions: tuple[Transition, ...] = ()
    must_keep: bool = False

    def followed_by(self, later: "Judged") -> "Judged":
        """Put what came later behind it."""
        changes = (*self.transitions, *later.transitions)
        return Judged(later.state, changes, self.must_keep or later.must_keep)


def load(
    connection: Connection, run_id: str, chapter: Chapter, offset_ms: int | None
) -> tuple[LiveHealth, list[Record]] | None:
    """Read a run, and where the rules stand with it; None when it was deleted."""
    run = runs.get_run(connection, run_id)
    if run is None:
        return None
    stored = health.get_health(connection, run_id)
    document = stored.state if stored else None
    position = position_of(document)
    if offset_ms is not None:
        position.offset_ms = offset_ms
    facts = facts_of(run, chapter.corrections, failed_starts(connection, run))
    records = records_of(connection, run, facts)
    newest = max((record.place for record in records if record.kind == "epoch"), default=None)
    if newest is not None and position.epoch is not None and newest < position.epoch:
        position.epoch = newest - 1  # resumed from an earlier epoch, which is made anew
    history = History(facts, started=(run.created_ms + position.offset_ms) / 1000)
    numbers = writers.expected_numbers(connection, run_id)
    live = LiveRun(_without_documents(run), history, position, numbers, tells_epochs=run.epochs_done > 0)
    live.means.newest = NO_EPOCH if run.epoch is None else run.epoch
    state = HealthState.from_json(document) if document else HealthState()
    # Steps were thinned anew, so their count says nothing about what was seen.
    state = replace(state, seen={})
    return LiveHealth(live, state, stored.version if stored else 0, bool(stored and stored.paused)), records


def judge_stored(
    health: LiveHealth, records: Iterable[Record], engine: Engine, *, is_told_anew: bool = False
) -> Judged:
    """Ask about what the store has and the rules were not asked about, in its order.

    Args:
        is_told_anew: The run has just said what it plans, perhaps not for the first time.
    """
    if is_told_anew:
        health.live.position.is_started = False
    return _ask(health, health.live.replay(records), engine)


def judge_packets(health: LiveHealth, work: Work, engine: Engine, *, is_late: bool) -> Judged | None:
    """Ask about what packets add; None when they do not follow what is known, and the store must be read.

    Args:
        is_late: So much waits that of several epochs only the last is judged.
    """
    live = health.live
    live.run = work.run or live.run
    judged = Judged(health.state)
    for packet in work.packets:
        health.is_caught_up = is_caught_up(packet)
        if live.knows(packet) or not packet.count:
            continue
        if live.must_reload(packet):
            return None
        moments = live.follow(packet)
        if is_late:
            moments = iter(dict.fromkeys(moments))
        judged = judged.followed_by(_ask(health, moments, engine, judged.state))
    return judged


def judge_life(connection: Connection, health: LiveHealth, chapter: Chapter, state: HealthState) -> Judged:
    """Ask about the end when there is one; take back what was said of an end that was none."""
    live = health.live
    run, position = live.run, live.position
    judged = Judged(state)
    name = end_name(run)
    if position.end and position.end != name and (name or run.state is not RunState.LOST):
        position.end, live.history.ending = "", None
        judged = judged.followed_by(_take_back(health, chapter, state))
    if name and position.end != name:
        full = runs.get_run(connection, run.id)
        ending = ending_of(connection, full) if full else None
        if ending is not None:
            judged = judged.followed_by(_ask(health, iter([live.end(ending, name)]), chapter.engine, judged.state))
    return judged


def judge_clock(health: LiveHealth, chapter: Chapter, now_ms: int, listening_since_ms: int) -> Judged:
    """Ask about silence: of the process, which was killed then, or of its loop."""
    live = health.live
    run = live.run
    judged = Judged(health.state)
    if run.end is not None or live.position.end or run.origin is not None:  # an import has no heart to listen to
        return judged
    deaf_until_ms = 0 if run.state is RunState.LOST else listening_since_ms
    silent = (now_ms - max(run.last_seen_ms, deaf_until_ms)) / 1000
    if silent >= max(KILLED_SECONDS, KILLED_HEARTBEATS * run.heartbeat_seconds):
        ending = RunEnding("killed", f"no heartbeat for {silent:.0f} seconds", 0.0)
        moment = live.end(ending, f"killed@{run.last_seen_ms}")
        return _ask(health, iter([moment]), _about_ends(chapter), health.state)
    quiet = (now_ms + live.position.offset_ms) / 1000 - live.history.now
    if health.is_caught_up and quiet >= QUIET_SECONDS:
        return _ask(health, iter([live.let_time_pass(now_ms)]), chapter.engine, health.state)
    return judged


def end_name(run: Run) -> str:
    """Name a run's end, so that a later one of the same run is told apart; "" while it goes on."""
    return f"{run.end.reason}@{run.ended_ms}" if run.end is not None else ""


def is_caught_up(packet: Packet) -> bool:
    """Say whether a packet brings news; an old one has more behind it."""
    return not packet.count or packet.newest_ms is None or packet.sent_ms - packet.newest_ms < CAUGHT_UP_MS


def retire(health: LiveHealth, chapter: Chapter, state: HealthState) -> Judged:
    """Resolve what fires of rules that are switched off or gone: nobody will ask about it again."""
    asked = {rule.id for rule in chapter.engine.rules if chapter.settings[rule.id].is_on}
    gone = {alert.rule for alert in state.alerts.values() if alert.phase is not Phase.RESOLVED} - asked
    return _resolve(health, state, gone) if gone and not health.is_paused else Judged(state)


def _ask(health: LiveHealth, moments: Iterator[Moment], engine: Engine, state: HealthState | None = None) -> Judged:
    state = health.state if state is None else state
    changes: list[Transition] = []
    must_keep = False
    for moment in moments:
        state, changed = engine.evaluate(health.live.history, moment, state, paused=health.is_paused)
        changes += changed
        must_keep = must_keep or moment in _KEPT_AT
    return Judged(state, tuple(changes), must_keep)


def _take_back(health: LiveHealth, chapter: Chapter, state: HealthState) -> Judged:
    """The run goes on: rules that are asked at an end only will not be asked for a while."""
    ends = {rule.id for rule in chapter.engine.rules if rule.is_about_the_end}
    seen = {moment: counts for moment, counts in state.seen.items() if moment != Moment.END.value}
    judged = _resolve(health, replace(state, seen=seen), ends)
    return replace(judged, must_keep=True)


def _resolve(health: LiveHealth, state: HealthState, rules: Iterable[str]) -> Judged:
    chosen, changes = frozenset(rules), []
    history = health.live.history
    epoch = -1 if history.current_epoch is None else history.current_epoch
    kept: dict[tuple[str, str], Alert] = {}
    for key, alert in state.alerts.items():
        if alert.rule not in chosen or alert.phase is Phase.RESOLVED:
            kept[key] = alert
        elif alert.phase is Phase.FIRING:
            kept[key] = replace(alert, phase=Phase.RESOLVED, resolved_epoch=epoch, resolved_time=history.now, held=0)
            changes.append(Transition("resolved", kept[key], epoch, history.now))
    verdicts = {rule: verdict for rule, verdict in state.verdicts.items() if rule not in chosen}
    after = replace(state, alerts=kept, verdicts=verdicts)
    return Judged(after, tuple(changes), must_keep=bool(changes))


def _about_ends(chapter: Chapter) -> Engine:
    """Of a process that fell silent only its end is judged: its data is as it was."""
    rules = [rule for rule in chapter.engine.rules if rule.is_about_the_end or Moment.CLOCK in rule.moments]
    return Engine(rules, {rule.id: chapter.settings[rule.id] for rule in rules})


def _without_documents(run: Run) -> Run:
    return replace(run, config={}, environment={})
