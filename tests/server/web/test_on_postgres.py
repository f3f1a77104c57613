"""The same server over PostgreSQL, and two of them over one database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import drop_database, new_database
from tests.server.flows.test_ingest import read_all
from tests.server.images import png
from tests.server.web.test_stream import stream
from tests.server.web.trainings import train
from tests.server_process import HandMadeWriter, Rows, RunningServer, start_event

KEY = "ab" * 16


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    url = new_database(postgres)
    yield url
    drop_database(postgres, url)


def test_two_servers_over_one_database_count_every_record_once(database: str, tmp_path: Path) -> None:
    environment = {"EPOCHWATCH_DATABASE_URL": database}
    with (
        RunningServer(tmp_path / "a", environment=environment) as one,
        RunningServer(tmp_path / "b", environment=environment) as other,
        one.client() as first,
        other.client() as second,
    ):
        writer = HandMadeWriter("run1")
        samples = {"type": "samples", "split": "val", "epoch": 0, "samples": [{"id": "s", "image": KEY}]}
        packets = [writer.packet(events=[start_event(name="nul\x00"), samples], images={KEY: png(3, 3)})]
        values = [1.0, float("nan"), float("inf"), -0.0, 1e308]
        packets += [writer.packet(rows=[Rows(["a"], [step], [[value]])]) for step, value in enumerate(values)]
        for packet in packets:
            assert first.post_packet(packet).status == second.post_packet(packet).status == 200
        for client in (first, second):
            stored = read_all(client, "run1", "a")
            assert [repr(stored[step]) for step in range(5)] == [repr(value) for value in values]
            assert client.get("/api/runs/run1")["state"] == "running"
            assert [event["type"] for event in client.get("/api/runs/run1/events")["events"]][-1:] == ["start"]
        asked = second.send("POST", "/api/runs/run1/stop", {"reason": "enough"}).json()
        assert [command["id"] for command in first.post_packet(writer.packet()).json()["commands"]] == [asked["id"]]
        path = first.send("POST", "/api/login-codes", {}).json()["path"]
        assert one.stranger().ask("GET", path).status == 303


def test_alerts_and_rules_are_the_same_over_postgresql_and_on_both_servers(database: str, tmp_path: Path) -> None:
    environment = {"EPOCHWATCH_DATABASE_URL": database}
    with (
        RunningServer(tmp_path / "a", environment=environment) as one,
        RunningServer(tmp_path / "b", environment=environment) as other,
        one.client() as first,
        other.client() as second,
    ):
        with stream(one) as told:
            train(first, "sick", {"train/loss": [1.0, float("nan")]}, reason=None, project="shared")
            alert = next(data["alert"] for name, data in told.events if name == "alert")
        counted = second.get("/api/alerts?project=shared")
        assert alert["id"] in {each["id"] for each in counted["alerts"]}
        assert counted["counts"]["critical"] == 1
        acknowledged = second.send("POST", "/api/alerts/acknowledge", {"ids": [alert["id"]]}).json()["alerts"]
        assert first.get("/api/alerts?project=shared&acknowledged=true")["alerts"] == acknowledged
        muted = second.send("POST", f"/api/alerts/{alert['id']}/mute", {"scope": "project"}).json()
        assert first.get("/api/alerts?project=shared")["counts"]["critical"] == 0
        assert first.ask("DELETE", f"/api/mutes/{muted['mute_id']}").status == 204
        assert second.send("PUT", "/api/rules/nonfinite", {"project": "shared", "stops": True}).json()["stops"] is True
        role = {"project": "shared", "metric": "train/loss", "role": "error"}
        assert second.send("PUT", "/api/roles", role).status == 200
        assert first.get("/api/roles?project=shared")["metrics"][0]["corrected"] == "error"
        trial = first.send("POST", "/api/rules/nonfinite/try", {"project": "shared", "is_on": False}).json()
        assert (bool(trial["runs"][0]["now"]), trial["runs"][0]["then"]) == (True, [])
