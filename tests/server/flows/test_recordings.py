"""A run of the store as the rules replay it: what it declared, and the same numbers that a recording holds."""

import math

import pytest
from tests.health_house import HealthHouse, house_of, send
from tests.recorded_packets import packets_of, read_lines
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

from epochwatch_server.flows.recordings import recording_of
from epochwatch_server.health.replay import Recording
from epochwatch_server.importers.recording import from_objects
from epochwatch_server.store import runs


@pytest.fixture
def house(server: RunningServer) -> HealthHouse:
    return house_of(server)


def recording(house: HealthHouse, run: str) -> Recording:
    with house.database.read() as connection:
        found = runs.get_run(connection, run)
        assert found is not None
        return recording_of(connection, found)


@pytest.mark.parametrize("name", ["dev_003", "dev_097"])
def test_a_recording_that_was_sent_is_read_back_as_it_was(client: Client, house: HealthHouse, name: str) -> None:
    lines = read_lines(name)
    send(client, packets_of(lines, HandMadeWriter(f"back-{name}")))
    sent, found = from_objects(name, lines), recording(house, f"back-{name}")
    assert [(r.kind, r.place, r.epoch) for r in found.records] == [(r.kind, r.place, r.epoch) for r in sent.records]
    assert [r.metrics for r in found.records] == [r.metrics for r in sent.records]
    facts, wanted = found.facts, sent.facts
    assert (facts.milestones, facts.bands, facts.weights) == (wanted.milestones, wanted.bands, wanted.weights)
    assert (facts.tracked_metric, facts.mode, facts.patience) == (wanted.tracked_metric, wanted.mode, wanted.patience)
    ending, expected = found.records[-1].ending, sent.records[-1].ending
    assert ending is not None
    assert expected is not None
    assert (ending.status, ending.error, dict(ending.metrics)) == (expected.status, expected.error, expected.metrics)


def test_what_init_declares_goes_before_what_the_config_spells(client: Client, house: HealthHouse) -> None:
    writer = HandMadeWriter("declared")
    config = {"milestones": [{"metric": "val/f1", "epoch": 9, "min": 0.9}], "loss_weights": {"a": 1.0}}
    declared = {"targets": {"val/f1": {"5": 0.1}}, "components": ["loss_a", "b"], "weights": {"b": 2.0}}
    bands = {"val/f1": {"minimum": 0.1, "good": 0.5}}
    send(client, iter([writer.packet(events=[start_event(config=config, bands=bands, **declared)])]))
    facts = recording(house, "declared").facts
    assert facts.milestones == (("val/f1", 5, 0.1),)
    assert (facts.components, facts.weights, facts.bands) == (("a", "b"), {"b": 2.0}, bands)


def test_many_steps_are_thinned_and_keep_their_extremes_and_their_beginning(client: Client, house: HealthHouse) -> None:
    writer = HandMadeWriter("many")
    values = [1.0 + math.sin(step) / 10 for step in range(20_000)]
    values[12_345], values[15_000] = 99.0, math.nan
    rows = Rows(["train/loss"], range(20_000), [[value] for value in values], epoch=0)
    send(client, iter([writer.packet(events=[start_event()], rows=[rows])]))
    steps = {record.place: record.metrics["train/loss"] for record in recording(house, "many").records}
    assert len(steps) < 1_300
    assert steps[12_345] == 99.0
    assert math.isnan(steps[15_000])
    assert [steps[step] for step in range(100)] == values[:100]


def test_epochs_told_by_their_points_alone_are_over_when_the_next_one_begins(
    client: Client, house: HealthHouse
) -> None:
    writer = HandMadeWriter("untold")
    send(client, iter([writer.packet(events=[start_event()])]))
    for epoch in range(3):
        send(client, iter([writer.packet(rows=[Rows(["val/acc"], [epoch], [[0.1 * epoch]], epoch=epoch)])]))
    found = [record for record in recording(house, "untold").records if record.kind == "epoch"]
    assert [(record.place, record.metrics) for record in found] == [(0, {"val/acc": 0.0}), (1, {"val/acc": 0.1})]
    house.wait_until_judged("untold", 1)


def test_a_lost_run_counts_as_killed(client: Client, house: HealthHouse) -> None:
    writer = HandMadeWriter("lost", sent=1_700_000_000.0)
    beginning = start_event(heartbeat_seconds=0.2)
    send(client, iter([writer.packet(events=[beginning, {"type": "epoch", "epoch": 0, "metrics": {}}])]))
    house.wait(lambda: any(record.kind == "end" for record in recording(house, "lost").records), "the run is lost")
    ending = recording(house, "lost").records[-1].ending
    assert ending is not None
    assert ending.status == "killed"
