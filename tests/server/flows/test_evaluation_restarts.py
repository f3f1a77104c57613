"""The rules over a server that ends, and over silence: time is an argument, the store is real, and so is the thread."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.health_house import HealthHouse, replayed
from tests.recorded_packets import packets_of, read_lines
from tests.server_process import HandMadeWriter, Rows, start_event

from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.evaluation import Evaluation
from epochwatch_server.flows.ingest import Ingest, PacketAnswer
from epochwatch_server.flows.plugin_rules import PluginRule
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.flows.watch import Watch
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Finding, Limits, Outcome, Rule, Severity
from epochwatch_server.health.window import Window
from epochwatch_server.live.hub import Hub
from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer


@dataclass
class Server:
    """The flows over a real store, with a clock that tests set; `judge` is the evaluation's thread."""

    url: str
    now_ms: int
    plugins: tuple[PluginRule, ...] = ()

    def open(self, *, judges: bool = True) -> "Server":
        """Open it; without `judges` packets are stored and nobody asks the rules, as before a kill."""
        self.database = open_database(self.url)
        self.writer, self.hub, self.pulses = Writer(self.database), Hub(), Pulses(self.now_ms)
        announcer = Announcer(self.database, self.hub, RunRows(self.clock))
        self.book = RuleBook(self.clock, self.plugins)
        self.evaluation = Evaluation(self.database, self.writer, announcer, self.book, self.clock)
        self.ingest = Ingest(self.writer, announcer, self.pulses, self.clock, self.evaluation)
        self.watch = Watch(self.database, self.writer, announcer, self.pulses)
        self.house = HealthHouse(self.database)
        self.writer.start()
        if judges:
            self.evaluation.start()
        return self

    def clock(self) -> int:
        return self.now_ms

    def close(self) -> None:
        self.evaluation.stop()
        self.writer.stop()
        self.database.close()

    def send(self, packet: bytes) -> PacketAnswer:
        return self.ingest.receive(packet, "")

    def say(self, writer: HandMadeWriter, *events: dict[str, Any], rows: Rows | None = None) -> PacketAnswer:
        writer.sent = self.now_ms / 1000
        return self.send(writer.packet(events=events, rows=[rows] if rows else []))

    def pass_time(self, seconds: float) -> None:
        """Let a second at a time go by."""
        for _ in range(round(seconds)):
            self.now_ms += 1000
            self.watch.tick(self.now_ms)
            self.evaluation.tick(self.now_ms)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/epochwatch.db"
    return str(request.getfixturevalue("empty_postgres"))


@pytest.fixture
def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def server(tmp_path: Path, now_ms: int) -> Iterator[Server]:
    opened = Server(f"sqlite:///{tmp_path}/epochwatch.db", now_ms).open()
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["dev_088", "dev_003"])
def test_a_restart_in_the_middle_repeats_nothing_and_forgets_nothing(url: str, now_ms: int, name: str) -> None:
    lines = read_lines(name)
    packets = list(packets_of(lines, HandMadeWriter(name)))
    cuts = [0, len(packets) // 4, len(packets) // 2, len(packets) // 2 + 1, len(packets)]
    for part, (begin, end) in enumerate(pairwise(cuts)):
        server = Server(url, now_ms).open(judges=part % 2 == 0)  # every other one dies before it judges anything
        for packet in packets[begin:end]:
            server.send(packet)
        server.close()
    server = Server(url, now_ms).open()
    server.house.wait_until_settled(name)
    said = server.house.said(name)
    server.close()
    assert said == replayed(name, lines)


def test_two_servers_over_one_postgresql_judge_a_run_once(empty_postgres: str, now_ms: int) -> None:
    lines = read_lines("dev_088")
    one, other = Server(empty_postgres, now_ms).open(), Server(empty_postgres, now_ms).open()
    for number, packet in enumerate(packets_of(lines, HandMadeWriter("shared"))):
        (one, other)[number % 2].send(packet)
    one.house.wait_until_settled("shared")
    said = one.house.said("shared")
    for server in (one, other):
        server.close()
    assert said == replayed("dev_088", lines)


def test_a_restarted_server_tells_the_training_what_the_one_before_had_found(tmp_path: Path, now_ms: int) -> None:
    url, writer = f"sqlite:///{tmp_path}/epochwatch.db", HandMadeWriter("run1")
    server = Server(url, now_ms).open()
    server.say(writer, start_event(), rows=Rows(["train/loss"], [1], [[float("nan")]]))
    server.house.wait(lambda: bool(server.house.alerts("run1")), "the alert")
    server.close()
    after = Server(url, now_ms + 120_000).open()
    after.house.wait(lambda: bool(after.say(writer).alerts), "the alert in an answer")
    assert [alert["rule"] for alert in after.say(writer).alerts] == ["nonfinite"]
    after.close()


def test_a_killed_trainer_is_named_within_a_minute_or_so_and_one_that_comes_back_goes_on(server: Server) -> None:
    writer = _trained(server, epochs=5, planned=50)
    server.pass_time(59)
    _settle(server)
    assert "killed_early" not in _rules(server)
    server.pass_time(10)
    server.house.wait(lambda: "killed_early" in _rules(server), "the kill is named")
    server.say(writer, _epoch(5))
    server.house.wait_until_judged("run1", 5)
    said = [each[:2] for each in server.house.said("run1") if each[1] == "killed_early"]
    assert said == [("firing", "killed_early"), ("resolved", "killed_early")]


def test_a_run_that_ends_after_it_counted_as_killed_did_not_end_from_outside(server: Server) -> None:
    writer = _trained(server, epochs=5, planned=50)
    server.pass_time(70)
    server.house.wait(lambda: "killed_early" in _rules(server), "the kill is named")
    server.say(writer, {"type": "end", "reason": "finished"})
    server.house.wait_until_settled("run1")
    found = {alert.rule: alert.phase for alert in server.house.alerts("run1")}
    assert found["killed_early"] == "resolved"
    assert found["test_eval_missing"] == "firing"


def test_a_suspended_process_changes_nothing_but_what_silence_says(server: Server) -> None:
    """Heartbeats stop and come back: no rule about data may fire or resolve for it."""
    writer = _trained(server, epochs=5, planned=50)
    server.say(writer, rows=Rows(["train/loss"], [99], [[float("nan")]], epoch=5))
    server.house.wait(lambda: "nonfinite" in _rules(server), "something that fires")
    before = server.house.said("run1")
    server.pass_time(55)
    server.say(writer)
    server.pass_time(5)
    _settle(server)
    assert server.house.said("run1") == before


def test_a_loop_that_hangs_is_stalled_though_its_heart_beats(server: Server) -> None:
    writer = _trained(server, epochs=5, planned=50)
    for _ in range(40):
        server.pass_time(10)
        server.say(writer)
        _settle(server)
    server.house.wait(lambda: _rules(server) >= {"stalled"}, "the silence is named")
    server.say(writer, _epoch(5))
    server.house.wait(lambda: _phase(server, "stalled") == "resolved", "it goes on")


def test_failed_starts_of_the_same_experiment_are_counted(server: Server) -> None:
    for attempt in range(2):
        writer = HandMadeWriter(f"try{attempt}")
        crash = {"type": "end", "reason": "crashed", "traceback": "Traceback\nTypeError: '<=' between float and str"}
        server.now_ms += 1000
        server.say(writer, start_event(name="same"), crash)
        server.house.wait_until_settled(writer.run)
    assert "repeated_crashes" not in {alert.rule for alert in server.house.alerts("try0")}
    assert "repeated_crashes" in {alert.rule for alert in server.house.alerts("try1")}


def test_a_rule_that_breaks_is_counted_and_takes_no_other_down(tmp_path: Path, now_ms: int) -> None:
    def broken(window: Window, limits: Limits) -> Outcome:
        raise RuntimeError("no such luck")

    def working(window: Window, limits: Limits) -> Outcome:
        return [Finding(Severity.WARNING, "as always")]

    moments = frozenset({Moment.EPOCH})
    plugins = (
        PluginRule(Rule("broken", "Broken", broken, "", moments=moments)),
        PluginRule(Rule("working", "Working", working, "", moments=moments)),
        PluginRule(Rule("plugin:absent", "absent", working, "", moments=frozenset()), "ImportError: no module"),
    )
    server = Server(f"sqlite:///{tmp_path}/epochwatch.db", now_ms, plugins).open()
    _trained(server, epochs=2, planned=50)
    assert _rules(server) >= {"working"}
    server.house.wait(lambda: server.book.failures("broken").count == 2, "both failures are counted")
    assert server.book.failures("broken").last == "RuntimeError: no such luck"
    server.close()


def test_when_too_much_waits_the_rules_go_on_from_the_store(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epochwatch_server.flows.backlog.MAX_PACKETS", 1)
    lines = read_lines("dev_088")
    for packet in packets_of(lines, HandMadeWriter("flood")):
        server.send(packet)
    server.house.wait_until_settled("flood")
    assert server.house.said("flood") == replayed("dev_088", lines)


def _trained(server: Server, *, epochs: int, planned: int) -> HandMadeWriter:
    """A run that has trained well for some epochs of a second each."""
    writer = HandMadeWriter("run1")
    server.say(writer, start_event(planned_epochs=planned, heartbeat_seconds=10.0))
    for epoch in range(epochs):
        server.pass_time(1)
        server.say(writer, _epoch(epoch))
    server.house.wait_until_judged("run1", epochs - 1)
    return writer


def _epoch(epoch: int) -> dict[str, Any]:
    loss = 0.9**epoch
    values = {"train/loss": loss, "val/loss": 1.02 * loss, "val/acc": 0.5 + epoch / 100}
    metrics = {name: [1, value, 0.0, value, value, 0] for name, value in values.items()}
    return {"type": "epoch", "epoch": epoch, "metrics": metrics}


def _settle(server: Server) -> None:
    """Wait until the clock was asked: another run's start is judged behind it."""
    writer = HandMadeWriter(f"settle-{time.monotonic_ns()}")
    server.say(writer, start_event(project="other", name=writer.run))
    server.house.wait(lambda: _is_started(server, writer.run), "a run that comes later is judged")


def _is_started(server: Server, run: str) -> bool:
    stored = server.house.health(run)
    return stored is not None and stored.state is not None


def _rules(server: Server) -> set[str]:
    return {alert.rule for alert in server.house.alerts("run1")}


def _phase(server: Server, rule: str) -> str | None:
    return next((alert.phase for alert in server.house.alerts("run1") if alert.rule == rule), None)
