"""Silence is noticed, and its end too: real store, time as an argument."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.server.live.test_hub import opened, take
from tests.server_process import HandMadeWriter, Rows, start_event

from epochwatch_server.domain.errors import Conflict, InvalidInput, NotFound
from epochwatch_server.domain.run import RunState
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.control import Changes, Control
from epochwatch_server.flows.ingest import Ingest, PacketAnswer
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.flows.watch import Watch
from epochwatch_server.live.hub import Hub
from epochwatch_server.store import events, runs
from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer

START = 1_800_000_000_000


@dataclass
class House:
    """The flows over a real store, with a clock that tests set."""

    path: Path
    now_ms: int = START

    def open(self) -> "House":
        self.database = open_database(f"sqlite:///{self.path}/epochwatch.db")
        self.writer, self.hub, self.pulses = Writer(self.database), Hub(), Pulses(self.now_ms)
        announcer = Announcer(self.database, self.hub, RunRows(lambda: self.now_ms))
        self.ingest = Ingest(self.writer, announcer, self.pulses, lambda: self.now_ms)
        self.control = Control(self.writer, announcer, self.pulses, lambda: self.now_ms)
        self.watch = Watch(self.database, self.writer, announcer, self.pulses)
        self.writer.start()
        return self

    def close(self) -> None:
        self.writer.stop()
        self.database.close()

    def send(self, writer: HandMadeWriter, *told: dict[str, Any], steps: list[int] | None = None) -> PacketAnswer:
        writer.sent = self.now_ms / 1000
        rows = [Rows(["a"], steps, [[1.0]] * len(steps))] if steps else []
        return self.ingest.receive(writer.packet(events=told, rows=rows), "")

    def state(self, seconds_later: float = 0, run: str = "run1") -> RunState:
        self.now_ms += round(seconds_later * 1000)
        self.watch.tick(self.now_ms)
        with self.database.read() as connection:
            found = runs.get_run(connection, run)
        assert found is not None
        return found.state

    def feed(self, kind: str, run: str = "run1") -> list[dict[str, Any]]:
        with self.database.read() as connection:
            found = events.list_events(connection, run)
        return [dict(event.data) for event in reversed(found) if event.type == kind]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened_house = House(tmp_path).open()
    yield opened_house
    opened_house.close()


def test_a_silent_trainer_is_lost_within_three_heartbeats_and_found_again(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(heartbeat_seconds=5.0), steps=[0])
    assert house.state(14.9) is RunState.RUNNING
    assert house.state(0.1) is RunState.LOST
    assert house.state(100) is RunState.LOST
    house.send(writer, steps=[1])
    assert house.state() is RunState.RUNNING
    assert house.feed("state") == [{"from": "running", "to": "lost"}, {"from": "lost", "to": "running"}]


def test_heartbeats_keep_a_quiet_run_alive_until_it_counts_as_stalled(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    house.send(writer, {"type": "epoch", "epoch": 0, "metrics": {}, "seconds": 1.0}, steps=[1])
    house.now_ms += 1000
    house.send(writer, steps=[2])
    for _ in range(11):
        house.now_ms += 5000
        house.send(writer)
    assert house.state() is RunState.RUNNING
    house.now_ms += 5000
    house.send(writer)
    assert house.state() is RunState.STALLED
    house.send(writer, steps=[3])
    assert house.state() is RunState.RUNNING


def test_a_run_that_has_ended_stays_ended(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), {"type": "end", "reason": "finished"})
    assert house.state(1000) is RunState.FINISHED
    house.send(HandMadeWriter("run1", "r1-00000001"), steps=[5])  # a late rank
    assert house.state() is RunState.FINISHED
    again = HandMadeWriter("run1", "r0-00000002")
    house.send(again, start_event(resumed=True), steps=[6])
    assert house.state() is RunState.RUNNING


def test_what_a_dead_trainer_left_behind_does_not_bring_it_back(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    assert house.state(3600) is RunState.LOST
    writer.sent = house.now_ms / 1000
    late = writer.packet(rows=[Rows(["a"], [1], [[2.0]], time=(house.now_ms - 3_590_000) / 1000)])
    house.ingest.receive(late, "")
    assert house.state() is RunState.LOST


def test_a_trainer_whose_clock_is_a_year_off_is_not_lost(house: House) -> None:
    for number, year in enumerate((-1, 1)):
        writer = HandMadeWriter(f"run{number}", sent=house.now_ms / 1000 + year * 31_536_000)
        house.ingest.receive(writer.packet(events=[start_event()], rows=[Rows(["a"], [0], [[1.0]])]), "")
        assert house.state(run=writer.run) is RunState.RUNNING


def test_a_restarted_server_waits_three_heartbeats_before_it_calls_a_run_lost(house: House) -> None:
    writer, ended = HandMadeWriter("run1"), HandMadeWriter("run2")
    house.send(writer, start_event(), steps=[0])
    house.send(ended, start_event(), steps=[0])
    assert house.state(20, "run2") is RunState.LOST
    house.send(writer, steps=[1])
    house.close()
    house.now_ms += 3_600_000
    house.open()
    assert house.state(14.9) is RunState.RUNNING
    assert house.state(0, "run2") is RunState.LOST
    assert house.state(0.1) is RunState.LOST


def test_a_server_that_stood_still_waits_three_heartbeats_before_it_calls_a_run_lost(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    house.now_ms += 3_600_000
    house.watch.listen_from(house.now_ms)
    assert house.state(14.9) is RunState.RUNNING
    assert house.state(0.2) is RunState.LOST


def test_a_clock_that_is_set_back_hides_no_silence_and_no_row(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    house.now_ms -= 3_600_000
    house.watch.listen_from(house.now_ms)
    assert house.state(1) is RunState.RUNNING

    async def follow() -> None:
        stream = await opened(house.hub)
        house.send(writer, steps=[1])
        assert [name for name, _, _ in await take(stream, 1)] == ["run"]

    asyncio.run(follow())
    assert house.state(14.9) is RunState.RUNNING
    assert house.state(0.2) is RunState.LOST


def test_a_command_reaches_the_run_and_is_followed_until_it_is_done(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    asked = house.control.ask_stop("run1", "enough", "viewer")
    assert house.control.ask_stop("run1", "really", "viewer").id == asked.id
    for _ in range(2):
        (command,) = house.send(writer).commands
        assert (command.id, command.type, command.reason, command.actor) == (asked.id, "stop", "enough", "viewer")
    house.send(writer, {"type": "command", "id": asked.id, "stage": "seen"})
    house.send(writer, {"type": "command", "id": asked.id, "stage": "done"}, {"type": "end", "reason": "stopped"})
    assert house.state() is RunState.STOPPED
    assert [line["stage"] for line in house.feed("command")] == ["asked", "seen", "done"]
    with pytest.raises(Conflict):
        house.control.ask_stop("run1", "again", "viewer")


def test_a_command_is_for_its_own_run_and_its_own_process_only(house: House) -> None:
    one, other = HandMadeWriter("run1"), HandMadeWriter("run2")
    house.send(one, start_event(), steps=[0])
    house.send(other, start_event(), steps=[0])
    asked = house.control.ask_stop("run1", "", "viewer")
    assert house.send(other).commands == []
    house.send(other, {"type": "command", "id": asked.id, "stage": "done"})
    assert [command.id for command in house.send(one).commands] == [asked.id]
    resumed = HandMadeWriter("run1", "r0-00000002")
    assert house.send(resumed, start_event(resumed=True)).commands == []


def test_a_run_is_renamed_tagged_noted_and_deleted(house: House) -> None:
    writer = HandMadeWriter("run1")
    house.send(writer, start_event(), steps=[0])
    changed = house.control.label("run1", Changes("  new\nname ", ["a", "a", " ", "b"], "why"))
    assert (changed.name, changed.tags, changed.note) == ("new\ufffdname", ("a", "b"), "why")
    assert house.control.label("run1", Changes()).name == changed.name
    for wrong in (Changes(name=" "), Changes(name="x" * 257), Changes(tags=["x" * 65]), Changes(note="x" * 70_000)):
        with pytest.raises(InvalidInput):
            house.control.label("run1", wrong)
    with pytest.raises(Conflict, match="Stop it first"):
        house.control.delete("run1")
    house.state(60)
    house.control.delete("run1")
    for act in (house.control.delete, lambda run: house.control.label(run, Changes(name="x"))):
        with pytest.raises(NotFound):
            act("run1")


def test_viewers_are_told_of_everything_that_changes(house: House) -> None:
    async def follow() -> None:
        stream = await opened(house.hub, {"run1"})
        writer = HandMadeWriter("run1")
        metrics = {"val/acc": [1, 0.5, 0.0, 0.5, 0.5, 0]}
        epoch = {"type": "epoch", "epoch": 0, "step": 1, "seconds": 1.0, "metrics": metrics}
        samples = {"type": "samples", "split": "val", "epoch": 0, "samples": [{"id": "s"}]}
        house.send(writer, start_event(), epoch, samples, {"type": "note", "text": "x"}, steps=[0, 1])
        told = {name: data for name, _, data in await take(stream, 4)}
        assert told["points"]["series"]["a"]["values"] == [1.0, 1.0]
        assert told["points"]["epochs"]["val/acc"][0]["value"] == 0.5
        assert told["points"]["truncated"] is False
        assert told["samples"] == {"run": "run1", "split": "val", "epoch": 0}
        assert [event["type"] for event in told["feed"]["events"]] == ["start", "note"]
        assert told["run"]["run"]["state"] == "running"
        house.state(60)
        told = {name: data for name, _, data in await take(stream, 2)}
        assert told["run"]["run"]["state"] == "lost"
        assert told["feed"]["events"][0]["data"] == {"from": "running", "to": "lost"}
        house.control.delete("run1")
        assert [(name, data) for name, _, data in await take(stream, 1)] == [("deleted", {"run": "run1"})]

    asyncio.run(follow())


def test_many_points_are_announced_without_being_sent(house: House) -> None:
    async def follow() -> None:
        stream = await opened(house.hub, {"run1"})
        house.send(HandMadeWriter("run1"), steps=list(range(4_001)))
        told = {name: data for name, _, data in await take(stream, 2)}
        assert told["points"] == {"run": "run1", "series": {}, "epochs": {}, "truncated": True}

    asyncio.run(follow())


def test_rows_are_told_a_few_times_a_second_and_the_last_one_always(house: House) -> None:
    async def follow() -> None:
        writer = HandMadeWriter("run1")
        house.send(writer, start_event(), steps=[0])
        stream = await opened(house.hub)
        for step in range(1, 41):
            house.now_ms += 10
            house.send(writer, steps=[step])
        house.watch.tick(house.now_ms)
        rows: list[dict[str, Any]] = []
        while not rows or rows[-1]["step"] < 40:
            rows += [data["run"] for _, _, data in await take(stream, 1)]
        assert len(rows) <= 4

    asyncio.run(follow())
