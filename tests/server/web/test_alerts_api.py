"""Alerts over a real server: they fire, are acknowledged, looked at and muted, and every open page is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.server.web.test_stream import stream
from tests.server.web.trainings import epoch_event, train
from tests.server_process import Client, HandMadeWriter, RunningServer

NAN = float("nan")


def fire(server: RunningServer, client: Client, run: str, **start: Any) -> tuple[HandMadeWriter, dict[str, Any]]:
    """Let a run's loss become no number, and wait until a rule says so."""
    with stream(server) as told:
        writer = train(client, run, {"train/loss": [1.0, NAN]}, reason=None, **{"project": "alerts", **start})
        for name, data in told.events:
            if name == "alert" and data["alert"]["run"] == run and data["alert"]["rule"] == "nonfinite":
                return writer, data["alert"]
    raise AssertionError("the stream ended")


@pytest.fixture
def alert(server: RunningServer, client: Client, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The alert of a run of this test's own."""
    run = request.node.name[:60].replace("[", "-").replace("]", "")
    writer, fired = fire(server, client, run)
    yield fired
    client.post_packet(writer.packet(events=[{"type": "end", "reason": "finished"}]))
    assert client.ask("DELETE", f"/api/runs/{run}").status == 204


def alerts_of(client: Client, query: str) -> list[dict[str, Any]]:
    return list(client.get(f"/api/alerts?{query}")["alerts"])


def test_a_firing_alert_is_listed_with_evidence_reason_and_what_to_try(client: Client, alert: dict[str, Any]) -> None:
    (listed,) = alerts_of(client, f"run={alert['run']}&rule=nonfinite")
    assert listed["id"] == alert["id"]
    assert (listed["phase"], listed["severity"], listed["project"]) == ("firing", "critical", "alerts")
    for text in ("what", "cause", "why", "title"):
        assert listed[text], text
    assert listed["recommendations"]
    assert listed["evidence"]["metrics"] == ["train/loss"]
    assert listed["url"] == f"/runs/{alert['run']}?alert={alert['id']}"
    assert (listed["acknowledged_ms"], listed["seen_ms"], listed["muted"], listed["mute_id"]) == (None,) * 4


def test_alerts_are_narrowed_and_counted(client: Client, alert: dict[str, Any]) -> None:
    run = f"run={alert['run']}"
    for query in ("severity=critical", "phase=firing", "acknowledged=false", "project=alerts", "rule=nonfinite"):
        assert alert["id"] in {each["id"] for each in alerts_of(client, f"{run}&{query}")}, query
    for query in ("severity=info", "phase=resolved", "acknowledged=true", "project=none", "rule=plateau"):
        assert alert["id"] not in {each["id"] for each in alerts_of(client, f"{run}&{query}")}, query
    counts = client.get(f"/api/alerts?{run}&rule=nonfinite&severity=info&limit=1")["counts"]
    assert counts == {"critical": 1, "warning": 0, "info": 0, "unread": 1}
    for wrong in ("severity=bad", "phase=x", "acknowledged=2", "limit=0", "limit=1001", "before=-1", "before=x"):
        assert client.ask("GET", f"/api/alerts?{wrong}").status == 422, wrong
    assert alerts_of(client, f"{run}&before={alert['id']}&rule=nonfinite") == []


def test_acknowledging_twice_is_acknowledging_once_and_can_be_undone(
    server: RunningServer, client: Client, alert: dict[str, Any]
) -> None:
    ids = [alert["id"], alert["id"], 2**40]
    with stream(server, alert["run"]) as viewer, stream(server) as elsewhere:
        answer = client.send("POST", "/api/alerts/acknowledge", {"ids": ids})
        (first,) = answer.json()["alerts"]
        assert (first["id"], first["acknowledged_by"]) == (alert["id"], "viewer")
        for page in (viewer, elsewhere):
            told = page.next("alert")
            assert (told["kind"], told["alert"]["acknowledged_ms"]) == ("acknowledged", first["acknowledged_ms"])
        assert elsewhere.next("run")["run"]["health"]["unread"] == told["summary"]["unread"]
        health = viewer.next("health")
        (shown,) = [each for each in health["health"]["alerts"] if each["id"] == alert["id"]]
        assert shown["acknowledged_ms"] == first["acknowledged_ms"]
        (again,) = client.send("POST", "/api/alerts/acknowledge", {"ids": ids}).json()["alerts"]
        assert again == first
        (opened,) = client.send("POST", "/api/alerts/acknowledge", {"ids": ids, "undo": True}).json()["alerts"]
        assert (opened["acknowledged_ms"], opened["acknowledged_by"]) == (None, None)
        assert viewer.next("alert")["kind"] == "opened"  # the second acknowledging was no news
    assert first["seen_ms"] is not None  # who takes it on has seen it


def test_many_alerts_are_acknowledged_at_once(server: RunningServer, client: Client) -> None:
    found = [fire(server, client, f"bulk{number}", project="bulk")[1] for number in range(3)]
    answer = client.send("POST", "/api/alerts/acknowledge", {"ids": [each["id"] for each in found]})
    assert {each["run"] for each in answer.json()["alerts"]} == {"bulk0", "bulk1", "bulk2"}
    assert alerts_of(client, "project=bulk&rule=nonfinite&acknowledged=false") == []
    assert client.send("POST", "/api/alerts/acknowledge", {"ids": list(range(1_000))}).status == 200


@pytest.mark.parametrize(
    "wrong",
    [{}, {"ids": []}, {"ids": ["1"]}, {"ids": [-1]}, {"ids": [2**70]}, {"ids": 1}, {"ids": list(range(1_001))},
     {"ids": [1.5]}, {"ids": [True]}, {"ids": [1], "more": 1}],
)  # fmt: skip
def test_ids_that_are_none_are_refused(client: Client, wrong: dict[str, object]) -> None:
    for path in ("/api/alerts/acknowledge", "/api/alerts/seen"):
        answer = client.send("POST", path, wrong)
        assert (answer.status, answer.json()["error"]) == (422, "invalid_input"), answer.body


def test_what_was_looked_at_is_no_longer_unread(client: Client, alert: dict[str, Any]) -> None:
    def unread() -> int:
        return int(client.get(f"/api/alerts?run={alert['run']}&rule=nonfinite")["counts"]["unread"])

    assert unread() == 1
    (seen,) = client.send("POST", "/api/alerts/seen", {"ids": [alert["id"]]}).json()["alerts"]
    assert unread() == 0
    (again,) = client.send("POST", "/api/alerts/seen", {"ids": [alert["id"]]}).json()["alerts"]
    assert again["seen_ms"] == seen["seen_ms"]
    assert again["acknowledged_ms"] is None


@pytest.mark.parametrize("scope", ["run", "project"])
def test_a_muted_alert_is_quiet_until_it_is_unmuted(
    server: RunningServer, client: Client, alert: dict[str, Any], scope: str
) -> None:
    _, other = fire(server, client, f"quiet-{scope}")
    is_wide = scope == "project"
    muted = client.send("POST", f"/api/alerts/{alert['id']}/mute", {"scope": scope}).json()
    assert (muted["muted"], muted["phase"]) == (scope, "firing")
    again = client.send("POST", f"/api/alerts/{alert['id']}/mute", {"scope": scope}).json()
    assert again["mute_id"] == muted["mute_id"]
    beside = next(each for each in alerts_of(client, f"run=quiet-{scope}") if each["id"] == other["id"])
    assert beside["muted"] == ("project" if is_wide else None)
    assert client.get(f"/api/alerts?run={alert['run']}&rule=nonfinite")["counts"]["critical"] == 0
    chips = {chip["rule"]: chip["state"] for chip in client.get(f"/api/runs/{alert['run']}/health")["chips"]}
    assert chips["nonfinite"] == "muted"
    (mute,) = client.get("/api/mutes?project=alerts")["mutes"]
    assert (mute["id"], mute["rule"], mute["run"]) == (muted["mute_id"], "nonfinite", None if is_wide else alert["run"])
    with stream(server, alert["run"]) as viewer:
        assert client.ask("DELETE", f"/api/mutes/{mute['id']}").status == 204
        assert {viewer.next("alert")["kind"] for _ in range(1 + is_wide)} == {"unmuted"}
        chips = {chip["rule"]: chip["state"] for chip in viewer.next("health")["health"]["chips"]}
        assert chips["nonfinite"] == "firing"
    assert client.ask("DELETE", f"/api/mutes/{mute['id']}").status == 404
    assert client.get("/api/mutes?project=alerts")["mutes"] == []


def test_what_is_not_there_cannot_be_muted(client: Client) -> None:
    assert client.send("POST", f"/api/alerts/{2**40}/mute", {"scope": "run"}).status == 404
    assert client.send("POST", "/api/alerts/1/mute", {"scope": "world"}).status == 422
    assert client.send("POST", "/api/alerts/x/mute", {"scope": "run"}).status == 422
    assert client.ask("GET", "/api/mutes").status == 422
    for path in ("/api/runs/nowhere/health", "/api/runs/nowhere/health/pause"):
        method = "POST" if path.endswith("pause") else "GET"
        assert client.ask(method, path, b'{"paused": true}', {"Content-Type": "application/json"}).status == 404


def test_paused_rules_say_nothing_until_they_go_on(server: RunningServer, client: Client) -> None:
    writer = train(client, "paused", {"train/loss": [1.0, 0.9]}, reason=None, project="alerts")
    path = "/api/runs/paused/health/pause"
    with stream(server, "paused") as viewer:
        assert client.send("POST", path, {"paused": True}).json()["paused"] is True
        while not viewer.next("health")["health"]["paused"]:
            pass
        assert client.send("POST", path, {"paused": True}).json()["paused"] is True
        client.post_packet(writer.packet(events=[epoch_event(2, {"train/loss": NAN})]))
        fire(server, client, "beside")  # judged after it, so that what follows is no matter of luck
        assert alerts_of(client, "run=paused") == []
        assert client.send("POST", path, {"paused": False}).json()["paused"] is False
        client.post_packet(writer.packet(events=[epoch_event(3, {"train/loss": NAN})]))
        assert viewer.next("alert")["alert"]["rule"]
    assert client.send("POST", path, {"paused": 1}).status == 422


def test_a_rule_that_is_switched_off_says_so_on_every_open_page(
    server: RunningServer, client: Client, alert: dict[str, Any]
) -> None:
    def state(health: dict[str, Any]) -> str:
        return str(next(chip["state"] for chip in health["chips"] if chip["rule"] == "nonfinite"))

    with stream(server, alert["run"]) as viewer:
        client.send("PUT", "/api/rules/nonfinite", {"project": "alerts", "is_on": False})
        while state(viewer.next("health")["health"]) != "off":
            pass
        client.ask("DELETE", "/api/rules/nonfinite?project=alerts")
        while state(viewer.next("health")["health"]) != "firing":
            pass


def test_an_own_rule_speaks_from_the_next_epoch_on(server: RunningServer, client: Client) -> None:
    writer = train(client, "own", {"val/acc": [0.9, 0.2]}, reason=None, project="own-live")
    own = {
        "project": "own-live", "title": "Too low", "metric": "val/acc", "comparison": "<", "value": 0.5, "epochs": 2,
        "severity": "warning",
    }  # fmt: skip
    with stream(server) as told:
        assert client.send("PUT", "/api/own-rules/too-low", own).status == 200
        client.post_packet(writer.packet(events=[epoch_event(2, {"val/acc": 0.1})]))
        alert = next(data["alert"] for name, data in told.events if name == "alert" and data["alert"]["run"] == "own")
    assert (alert["rule"], alert["title"], alert["severity"]) == ("own:too-low", "Too low", "warning")


def test_the_description_names_what_each_route_answers(client: Client) -> None:
    paths = client.get("/api/openapi.json")["paths"]
    for path, method, answer in (
        ("/api/alerts", "get", "AlertsJson"),
        ("/api/alerts/acknowledge", "post", "ChangedAlertsJson"),
        ("/api/alerts/seen", "post", "ChangedAlertsJson"),
        ("/api/alerts/{alert_id}/mute", "post", "AlertJson"),
        ("/api/mutes", "get", "MutesJson"),
        ("/api/runs/{run_id}/health", "get", "HealthJson"),
        ("/api/runs/{run_id}/health/pause", "post", "HealthJson"),
    ):
        schema = paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{answer}"}, path
