"""The commands about health as a user has them: `alerts`, `rules` and `stop`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.cli.test_process import epochwatch
from tests.server.web.test_stream import stream
from tests.server.web.trainings import train
from tests.server_process import Client, HandMadeWriter, RunningServer, free_port, start_event

from epochwatch_server.cli.alerts import _cells

NAN = float("nan")
BAND = "target_band"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with server.client() as client:
        yield client


def where(server: RunningServer) -> tuple[str, ...]:
    return ("--data", str(server.data), "--server", server.url)


def test_alerts_are_listed_as_a_table_and_as_json(server: RunningServer, client: Client) -> None:
    assert epochwatch("alerts", *where(server)).stdout == "No alert is firing.\n"
    assert epochwatch("alerts", *where(server), "--all").stdout == "No alert.\n"
    with stream(server) as told:
        train(client, "sick", {"train/loss": [1.0, NAN]}, reason=None, project="abr", name="bad \x1b[31mred")
        fired = next(data["alert"] for name, data in told.events if name == "alert")
    assert fired["rule"] == "nonfinite"
    listed = epochwatch("alerts", *where(server))
    assert listed.returncode == 0
    assert "\x1b" not in listed.stdout
    heading, row = listed.stdout.splitlines()[:2]
    assert heading.split() == ["severity", "run", "rule", "about", "epoch", "since", "says"]
    for part in ("critical", "sick", "nonfinite"):
        assert part in row
    named = f"abr/{client.get('/api/runs')['runs'][0]['name']}"
    one_by_one = (
        ("--project", "abr"),
        ("--run", "sick"),
        ("--run", named),
        ("--severity", "critical"),
        ("--limit", "1"),
    )
    for flags in one_by_one:
        found = json.loads(epochwatch("alerts", *where(server), *flags, "--json").stdout)
        assert [alert["rule"] for alert in found] == ["nonfinite"], flags
    assert json.loads(epochwatch("alerts", *where(server), "--severity", "info", "--json").stdout) == []
    client.send("POST", "/api/alerts/acknowledge", {"ids": [fired["id"]]})
    assert json.loads(epochwatch("alerts", *where(server), "--json").stdout) == []
    assert len(json.loads(epochwatch("alerts", *where(server), "--all", "--json").stdout)) == 1
    client.send("POST", "/api/alerts/acknowledge", {"ids": [fired["id"]], "undo": True})
    client.send("POST", f"/api/alerts/{fired['id']}/mute", {"scope": "run"})
    assert epochwatch("alerts", *where(server)).stdout == "No alert is firing.\n"
    assert epochwatch("alerts", "--severity", "bad").returncode == 2
    unknown = epochwatch("alerts", *where(server), "--run", "nowhere")
    assert unknown.returncode == 1
    assert "There is no run 'nowhere'" in unknown.stderr


def test_what_is_for_information_only_is_counted_and_listed_when_asked_for(
    server: RunningServer, client: Client
) -> None:
    with stream(server) as told:
        losses = {"train/loss": [1.0, 0.9, 0.8], "val/r2": [0.1, 0.2, 0.6]}
        train(client, "fine", losses, bands={"val/r2": {"minimum": 0, "good": 0.3, "excellent": 0.5}})
        fired = next(data["alert"] for name, data in told.events if name == "alert" and data["alert"]["rule"] == BAND)
    assert fired["severity"] == "info"
    listed = epochwatch("alerts", *where(server), "--run", "fine").stdout.splitlines()
    assert listed[-1].endswith(" more for information: --severity info")
    assert not any(BAND in line for line in listed)
    for flags in (("--severity", "info"), ("--all",)):
        assert BAND in epochwatch("alerts", *where(server), *flags).stdout


def test_what_fired_before_the_first_epoch_is_listed_so() -> None:
    alert = {
        "severity": "critical", "phase": "firing", "run": "r", "run_name": "n", "rule": "run_never_started",
        "subject": "", "fired_epoch": -1, "fired_ms": 0, "unit": "epoch", "what": "ended before its first epoch",
    }  # fmt: skip
    assert _cells(alert, 60.0)[4:6] == ["start", "1 min ago"]
    assert _cells({**alert, "fired_epoch": 250, "unit": "step"}, 60.0)[4] == "step 250"


def test_rules_are_listed_as_a_project_has_set_them(server: RunningServer, client: Client) -> None:
    client.send("PUT", "/api/rules/overfitting", {"project": "abr", "is_on": False, "stops": True})
    listed = epochwatch("rules", *where(server), "--project", "abr")
    assert listed.returncode == 0
    rows = {line.split()[0]: line for line in listed.stdout.splitlines()}
    assert "off, stops" in rows["overfitting"]
    assert " on " in rows["nonfinite"]
    assert "off" not in epochwatch("rules", *where(server)).stdout.split()
    rules = json.loads(epochwatch("rules", *where(server), "--project", "abr", "--json").stdout)
    assert [rule["id"] for rule in rules if not rule["is_on"]] == ["overfitting"]


def test_a_rule_prints_its_page(server: RunningServer) -> None:
    page = epochwatch("rules", *where(server), "overfitting").stdout
    for part in ("What it sees", "Why it matters", "How it decides", "What to do", "Source", "Thresholds", "rise"):
        assert part in page
    assert json.loads(epochwatch("rules", *where(server), "overfitting", "--json").stdout)["id"] == "overfitting"
    missing = epochwatch("rules", *where(server), "overfiting")
    assert missing.returncode == 1
    assert "did you mean 'overfitting'?" in missing.stderr


def test_a_run_is_stopped_by_id_or_by_a_name_that_is_one_runs_only(server: RunningServer, client: Client) -> None:
    for run, name in (("a1", "one"), ("b1", "twin"), ("b2", "twin")):
        client.post_packet(HandMadeWriter(run).packet(events=[start_event(name=name, project="abr")]))
    twins = epochwatch("stop", *where(server), "twin")
    assert twins.returncode == 1
    assert all(run in twins.stderr for run in ("b1", "b2"))
    asked = epochwatch("stop", *where(server), "abr/one", "--reason", "it is no use")
    assert asked.returncode == 0
    assert "a1 (abr/one)" in asked.stdout
    by_id = epochwatch("stop", *where(server), "b2", "--json")
    assert json.loads(by_id.stdout)["run"] == "b2"
    rows = {run["id"]: run["stop"] for run in client.get("/api/runs")["runs"]}
    assert rows["a1"]["reason"] == "it is no use"
    assert rows["b1"] is None
    assert rows["b2"]["reason"] == ""
    for nothing in ("nowhere", "abr/none", "*", ""):
        assert epochwatch("stop", *where(server), nothing).returncode == 1


def test_a_run_that_is_over_cannot_be_stopped(server: RunningServer, client: Client) -> None:
    train(client, "over", {"train/loss": [1.0]}, name="done-with")
    named = epochwatch("stop", *where(server), "done-with")
    assert named.returncode == 1
    assert "over (finished)" in named.stderr
    refused = epochwatch("stop", *where(server), "over")
    assert refused.returncode == 1
    assert "over" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_server_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    for command in (("alerts",), ("rules",), ("stop", "x")):
        away = epochwatch(*command, "--data", str(tmp_path), "--server", f"http://127.0.0.1:{free_port()}")
        assert away.returncode == 1
        assert "epochwatch serve" in away.stderr
    assert epochwatch("stop").returncode == 2
