"""The rules, live, over a real server: they say what they say of a recording, once, whatever happens in between."""

import time
from typing import Any

import pytest
from tests.health_house import HealthHouse, house_of, replayed, send, send_recording
from tests.recorded_packets import packets_of, read_lines
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

SICK = ("dev_000", "dev_003", "dev_070", "dev_088")
HEALTHY = ("dev_106", "dev_205")
CRASHED = "dev_097"


@pytest.fixture
def house(server: RunningServer) -> HealthHouse:
    return house_of(server)


@pytest.mark.parametrize("name", [*SICK, *HEALTHY, CRASHED])
def test_live_says_what_a_replay_of_the_recording_says(client: Client, house: HealthHouse, name: str) -> None:
    lines = read_lines(name)
    send_recording(client, lines, name)
    house.wait_until_settled(name)
    assert house.said(name) == replayed(name, lines)


def test_an_alert_is_told_in_the_answers_the_feed_and_the_row(client: Client, house: HealthHouse) -> None:
    writer = _sick(client, "told")
    house.wait(lambda: bool(house.alerts("told")), "an alert")
    (alert,) = house.alerts("told")
    house.wait(lambda: bool(client.post_packet(writer.packet()).json()["alerts"]), "the alert in an answer")
    (told,) = client.post_packet(writer.packet()).json()["alerts"]
    assert (told["rule"], told["severity"], told["epoch"]) == ("nonfinite", "critical", 0)
    assert told["text"] == alert.finding["what"]
    assert told["try"] == alert.finding["recommendations"][0]
    assert _health_lines(client, "told") == ["firing"]
    assert _row(client, "told")["health"] == {"worst": "critical", "firing": 1, "unread": 1}
    assert client.get("/api/runs/told")["health"] == _row(client, "told")["health"]


def test_an_epochs_spread_reaches_the_rules_as_in_a_recording(client: Client, house: HealthHouse) -> None:
    """The hook sends n, mean, std, min and max; rules read `train/loss_std` and `grad_norm_max`."""
    writer = HandMadeWriter("spread")
    _own_rule(client, "spread", "train/loss_std", ">", 2.0)
    other = HandMadeWriter("peak")
    _own_rule(client, "peak", "grad_norm_max", ">", 50.0)
    spread = {"train/loss": [10, 1.0, 3.0, 0.5, 9.0, 0], "grad_norm": [10, 1.0, 3.0, 0.5, 90.0, 0]}
    for each in (writer, other):
        epoch = {"type": "epoch", "epoch": 0, "metrics": spread}
        send(client, iter([each.packet(events=[start_event(project=each.run), epoch])]))
    house.wait(lambda: _rules(house, "spread") == {"own:spread"}, "the rule about the spread fires")
    house.wait(lambda: _rules(house, "peak") == {"own:peak"}, "the rule about the peak fires")


def test_points_logged_once_an_epoch_count_where_the_epochs_end_tells_nothing(
    client: Client, house: HealthHouse
) -> None:
    _own_rule(client, "points", "val/score", "<", 0.5)
    writer = HandMadeWriter("points")
    send(client, iter([writer.packet(events=[start_event(project="points")])]))
    rows = [Rows(["val/score"], [5], [[0.25]], epoch=0)]
    send(client, iter([writer.packet(rows=rows, events=[{"type": "epoch", "epoch": 0, "metrics": {}}])]))
    house.wait(lambda: _rules(house, "points") == {"own:points"}, "the own rule fires")


def test_a_run_without_epochs_is_judged_by_its_steps_and_its_end(client: Client, house: HealthHouse) -> None:
    writer = HandMadeWriter("no-epochs")
    send(client, iter([writer.packet(events=[start_event()], rows=[Rows(["train/loss"], [0, 1], [[1.0], [2.0]])])]))
    send(client, iter([writer.packet(rows=[Rows(["train/loss"], [2], [[float("nan")]])])]))
    send(client, iter([writer.packet(events=[{"type": "end", "reason": "finished"}])]))
    house.wait_until_settled("no-epochs")
    assert [each[:2] for each in house.said("no-epochs")] == [("firing", "nonfinite")]


def test_a_run_resumed_from_an_earlier_epoch_goes_on_there(client: Client, house: HealthHouse) -> None:
    first = HandMadeWriter("resumed", "r0-00000001", sent=time.time() - 100)
    send(client, iter([first.packet(events=[start_event(planned_epochs=50)])]))
    for epoch in range(6):
        first.sent = time.time() - 90 + epoch
        send(client, iter([first.packet(events=[_epoch(epoch)])]))
    house.wait_until_judged("resumed", 5)
    crash = {"type": "end", "reason": "crashed", "traceback": "RuntimeError: out of memory"}
    send(client, iter([first.packet(events=[crash])]))
    house.wait_until_settled("resumed")
    second = HandMadeWriter("resumed", "r0-00000002")
    send(client, iter([second.packet(events=[start_event(planned_epochs=50, resumed=True)])]))
    for epoch in (4, 5, 6):
        second.sent = time.time()
        send(client, iter([second.packet(events=[_epoch(epoch)])]))
    house.wait_until_judged("resumed", 6)
    said = [each[:2] for each in house.said("resumed") if each[1] == "run_crashed"]
    assert said == [("firing", "run_crashed"), ("resolved", "run_crashed")]


def test_other_ranks_do_not_confuse_the_steps(client: Client, house: HealthHouse) -> None:
    lines = read_lines("dev_106")
    other = HandMadeWriter("ranks", "r1-00000001")
    main = HandMadeWriter("ranks")
    for number, packet in enumerate(packets_of(lines, main)):
        send(client, iter([packet]))
        rows = [Rows(["train/loss", "lr"], [number], [[50.0, 1.0]])]
        send(client, iter([other.packet(rows=rows)]))
    house.wait_until_settled("ranks")
    assert house.said("ranks") == replayed("ranks", lines)


def test_a_paused_run_neither_fires_nor_resolves(client: Client, house: HealthHouse) -> None:
    writer = HandMadeWriter("paused")
    send(client, iter([writer.packet(events=[start_event(planned_epochs=50), _epoch(0)])]))
    house.wait_until_judged("paused", 0)
    assert client.send("POST", "/api/runs/paused/health/pause", {"paused": True}).json()["paused"] is True
    bad = {"type": "epoch", "epoch": 1, "metrics": {"train/loss": [0, "nan", None, None, None, 1]}}
    send(client, iter([writer.packet(events=[bad])]))
    house.wait_until_judged("paused", 1)
    assert "nonfinite" not in _rules(house, "paused")
    assert client.send("POST", "/api/runs/paused/health/pause", {"paused": False}).json()["paused"] is False
    send(client, iter([writer.packet(events=[_epoch(2)])]))
    house.wait_until_judged("paused", 2)
    assert "nonfinite" in _rules(house, "paused")


def test_a_muted_alert_fires_in_silence(client: Client, house: HealthHouse) -> None:
    _sick(client, "loud", project="quiet")
    house.wait(lambda: bool(house.alerts("loud")), "an alert to mute")
    (alert,) = house.alerts("loud")
    assert client.send("POST", f"/api/alerts/{alert.id}/mute", {"scope": "project"}).status == 200
    writer = _sick(client, "muted", project="quiet", stop_on_critical=True)
    house.wait(lambda: bool(house.alerts("muted")), "the alert is kept")
    house.wait(lambda: _health_lines(client, "muted") == ["firing"], "its line in the feed")
    answer = client.post_packet(writer.packet()).json()
    assert (answer["alerts"], answer["commands"]) == ([], [])
    assert _row(client, "muted")["health"] == {"worst": None, "firing": 0, "unread": 0}


def test_a_critical_alert_stops_a_run_that_asked_for_it_and_no_other(client: Client, house: HealthHouse) -> None:
    stopping, other = _sick(client, "stopping", stop_on_critical=True), _sick(client, "not-stopping")
    house.wait(lambda: bool(house.alerts("stopping") and house.alerts("not-stopping")), "both alerts")
    (command,) = client.post_packet(stopping.packet()).json()["commands"]
    assert (command["type"], command["actor"]) == ("stop", "rule nonfinite")
    assert command["reason"] == house.alerts("stopping")[0].finding["what"]
    assert client.post_packet(other.packet()).json()["commands"] == []
    send(client, iter([stopping.packet(rows=[Rows(["val/loss"], [9], [[float("nan")]])])]))
    send(client, iter([stopping.packet(events=[{"type": "epoch", "epoch": 0, "metrics": {}}])]))
    house.wait_until_judged("stopping", 0)
    assert len(client.post_packet(stopping.packet()).json()["commands"]) == 1


def test_a_projects_setting_lets_one_rule_stop_its_runs(client: Client, house: HealthHouse) -> None:
    answer = client.send("PUT", "/api/rules/nonfinite", {"project": "careful", "stops": True})
    assert answer.status == 200, answer
    writer = _sick(client, "careful-run", project="careful")
    house.wait(lambda: bool(client.post_packet(writer.packet()).json()["commands"]), "the stop")
    assert client.post_packet(writer.packet()).json()["commands"][0]["actor"] == "rule nonfinite"


def test_a_rule_that_is_switched_off_resolves_what_it_said(client: Client, house: HealthHouse) -> None:
    writer = _sick(client, "switched", project="switching")
    house.wait(lambda: bool(house.alerts("switched")), "the alert")
    answer = client.send("PUT", "/api/rules/nonfinite", {"project": "switching", "is_on": False})
    assert answer.status == 200, answer
    send(client, iter([writer.packet(events=[_epoch(0)])]))
    house.wait(lambda: house.alerts("switched")[0].phase == "resolved", "the alert is resolved")


def test_a_corrected_role_counts_from_the_next_evaluation(client: Client, house: HealthHouse) -> None:
    """A number that nobody takes for a loss may be infinite; a loss may not."""
    writer = HandMadeWriter("roles")
    odd = {"type": "epoch", "epoch": 0, "metrics": {"val/oddity": [0, "inf", None, None, None, 1]}}
    send(client, iter([writer.packet(events=[start_event(project="roles"), odd])]))
    house.wait(lambda: bool(house.alerts("roles")), "information")
    assert [alert.severity for alert in house.alerts("roles")] == ["info"]
    correction = {"project": "roles", "metric": "val/oddity", "role": "loss"}
    assert client.send("PUT", "/api/roles", correction).status == 200
    send(client, iter([writer.packet(events=[{**odd, "epoch": 1}])]))
    house.wait(lambda: "critical" in {alert.severity for alert in house.alerts("roles")}, "critical now")


def _rules(house: HealthHouse, run: str) -> set[str]:
    return {alert.rule for alert in house.alerts(run)}


def _row(client: Client, run: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in client.get("/api/runs")["runs"] if row["id"] == run)
    return found


def _health_lines(client: Client, run: str) -> list[str]:
    lines = client.get(f"/api/runs/{run}/events")["events"]
    return [line["data"]["kind"] for line in lines if line["type"] == "health"]


def _sick(client: Client, run: str, **start: Any) -> HandMadeWriter:
    """A run whose loss is NaN at its fourth step."""
    writer = HandMadeWriter(run)
    rows = Rows(["train/loss"], [0, 1, 2, 3], [[1.0], [0.9], [0.8], [float("nan")]], epoch=0)
    send(client, iter([writer.packet(events=[start_event(**start)]), writer.packet(rows=[rows])]))
    return writer


def _epoch(epoch: int) -> dict[str, Any]:
    loss = 2.0 / (epoch + 1)
    values = {"train/loss": loss, "val/loss": loss * 1.05, "val/acc": 0.5 + epoch / 100}
    metrics = {name: [1, value, 0.0, value, value, 0] for name, value in values.items()}
    return {"type": "epoch", "epoch": epoch, "metrics": metrics}


def _own_rule(client: Client, project: str, metric: str, comparison: str, value: float) -> None:
    rule = {"project": project, "title": project, "metric": metric, "comparison": comparison, "value": value}
    answer = client.send("PUT", f"/api/own-rules/{project}", {**rule, "epochs": 1, "severity": "warning"})
    assert answer.status == 200, answer
