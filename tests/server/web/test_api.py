"""The API over a real server."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event


def test_health_is_told_to_anyone(server: RunningServer) -> None:
    answer = server.stranger().ask("GET", "/health")
    assert answer.status == 200
    assert answer.json()["status"] == "ok"


def test_a_run_has_what_a_post_mortem_needs(client: Client, run_id: str) -> None:
    detail = client.get(f"/api/runs/{run_id}")
    assert (detail["state"], detail["end_reason"], detail["traceback"]) == ("crashed", "crashed", "Traceback: <b>")
    assert detail["config"] == {"lr": "5e-5"}
    assert detail["summary"] == {"acc": 0.5}
    assert detail["declared"] == {"composite": {}, "targets": {}, "bands": {}, "components": None, "weights": {}}


def test_runs_are_found_by_plain_text(client: Client, run_id: str) -> None:
    for text, found in (("FIRST", 1), ("blue", 1), ("tests", 1), ("nowhere", 0), ("%", 0), ("_", 0), ("(a+)+$", 0)):
        assert len(client.get(f"/api/runs?q={text.replace('%', '%25').replace('+', '%2B')}")["runs"]) == found, text
    assert client.get("/api/runs?project=other")["runs"] == []
    assert client.ask("GET", f"/api/runs?q={'x' * 300}").status == 422


def test_series_say_what_their_names_say(client: Client, run_id: str) -> None:
    found = {series["metric"]: series for series in client.get(f"/api/runs/{run_id}/series")["series"]}
    loss = found["train/loss"]
    assert (loss["split"], loss["role"], loss["direction"]) == ("train", "loss", "min")
    assert (loss["n"], loss["nonfinite"], loss["last"], loss["min"], loss["max_step"]) == (3, 1, 1.0, 1.0, 0)


def test_ranges_of_points_have_both_ends(client: Client, run_id: str) -> None:
    answer = client.get(f"/api/runs/{run_id}/points?metric=train/loss&metric=lr&metric=none&first=1&last=2")["series"]
    assert set(answer) == {"train/loss", "lr"}
    assert answer["train/loss"]["steps"] == [2]
    assert answer["train/loss"]["nonfinite"]["values"] == ["NaN"]
    assert (answer["lr"]["steps"], answer["lr"]["exact"], answer["lr"]["total"]) == ([1, 2], True, 2)
    for wrong in ("", "metric=a&buckets=0", "metric=a&first=x", f"metric=a&first={2**70}", "metric=a&buckets=1e9"):
        assert client.ask("GET", f"/api/runs/{run_id}/points?{wrong}").status == 422, wrong


def test_epochs_are_read_by_metric(client: Client, run_id: str) -> None:
    point = client.get(f"/api/runs/{run_id}/epochs?metric=val/acc")["epochs"]["val/acc"][0]
    assert {name: point[name] for name in ("epoch", "value", "n", "std", "min", "max", "nonfinite", "step")} == {
        "epoch": 0, "value": 0.5, "n": 1, "std": 0.0, "min": 0.5, "max": 0.5, "nonfinite": 0, "step": 3,
    }  # fmt: skip


def test_the_feed_is_read_page_by_page(client: Client, run_id: str) -> None:
    told = client.get(f"/api/runs/{run_id}/events")["events"]
    feed = [event for event in told if event["type"] != "health"]  # what the rules say has tests of its own
    assert [event["type"] for event in feed] == ["end", "note", "start"]
    older = client.get(f"/api/runs/{run_id}/events?before={told[0]['id']}&limit=1")["events"]
    assert [event["id"] for event in older] == [told[1]["id"]]


def test_samples_are_read_by_epoch_and_the_newest_without_one(client: Client, run_id: str) -> None:
    answer = client.get(f"/api/runs/{run_id}/samples?split=val")
    assert answer["epochs"] == {"val": [0]}
    assert (answer["samples"][0]["width"], answer["samples"][0]["height"]) == (8, 6)
    assert client.get(f"/api/runs/{run_id}/samples")["samples"] == []


def test_points_are_exported_as_csv(client: Client, run_id: str) -> None:
    answer = client.ask("GET", f"/api/runs/{run_id}/export.csv?metric=train/loss")
    assert answer.headers["content-disposition"] == 'attachment; filename="run1.csv"'
    lines = answer.body.decode().split("\r\n")
    assert lines[0] == "metric,step,epoch,time_ms,value"
    assert [line.split(",")[-1] for line in lines[1:4]] == ["3.0", "nan", "1.0"]


def test_a_label_is_changed_by_its_fields(client: Client) -> None:
    writer = HandMadeWriter("label")
    client.post_packet(writer.packet(events=[start_event(), {"type": "end", "reason": "finished"}]))
    changed = client.send("PATCH", "/api/runs/label", {"tags": ["x", "y"]}).json()
    assert (changed["tags"], changed["name"]) == (["x", "y"], "a run")
    wrong: object
    for wrong in ({"name": ""}, {"name": 3}, {"tags": "x"}, {"state": "finished"}, []):
        assert client.send("PATCH", "/api/runs/label", wrong).status == 422
    broken = client.ask("PATCH", "/api/runs/label", b'{"name": ', {"Content-Type": "application/json"})
    assert broken.status == 422
    assert client.send("POST", "/api/runs/label/stop", {"reason": "late"}).status == 409
    assert client.ask("DELETE", "/api/runs/label").status == 204
    assert client.ask("GET", "/api/runs/label").status == 404


def test_a_body_that_is_too_large_is_refused(client: Client, run_id: str) -> None:
    answer = client.send("PATCH", f"/api/runs/{run_id}", {"note": "x" * 2**21})
    assert (answer.status, answer.json()["error"]) == (413, "too_large")


def test_a_body_that_stops_coming_is_given_up(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epochwatch_server.web.security.BODY_SECONDS", 0.1)
    with server.client() as client:
        connection = client._connection
        connection.putrequest("PATCH", "/api/runs/x")
        connection.putheader("Authorization", f"Bearer {server.token}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b'{"name":')
        answer = connection.getresponse()
        assert answer.status == 408
        assert answer.headers["connection"] == "close"


def test_a_database_that_cannot_be_written_is_told_with_when_to_come_back(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        server.app.state.services.control._writer.stop()
        answer = client.post_packet(HandMadeWriter("run1").packet(events=[start_event()]))
        assert (answer.status, answer.json()["error"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/api/runs") == {"runs": [], "last": {}}


def test_the_openapi_description_names_every_api_route(client: Client) -> None:
    described = client.get("/api/openapi.json")["paths"]
    assert "/api/packets" in described
    assert "/api/runs/{run_id}/points" in described
    assert "/login" not in described


def test_static_files_may_be_kept_for_ever_by_their_hash(server: RunningServer, client: Client) -> None:
    static = server.app.state.services.templates.static
    url = static.url("css/tokens.css")
    kept = client.ask("GET", url)
    assert kept.status == 200
    assert "immutable" in kept.headers["cache-control"]
    old = client.ask("GET", "/static/0123456789abcdef/css/tokens.css", headers={"Accept-Encoding": "gzip"})
    assert old.headers["cache-control"] == "no-cache"
    assert old.headers["content-encoding"] == "gzip"
    plotly = client.ask("GET", static.plotly_url(), headers={"Accept-Encoding": "gzip"})
    assert plotly.headers["content-type"].startswith("text/javascript")
    assert 100_000 < len(plotly.body) < 2_000_000
    assert client.ask("GET", "/static/plotly.js").headers["cache-control"] == "no-cache"
    with pytest.raises(KeyError):
        static.url("css/none.css")


@pytest.mark.parametrize("path", ["/", "/login", "/runs/run1", "/nowhere"])
def test_pages_name_the_nonce_of_their_policy_and_no_other_host(
    server: RunningServer, client: Client, run_id: str, path: str
) -> None:
    asker = server.stranger() if path == "/login" else client
    answer = asker.ask("GET", path)
    text = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    nonces = {part.split('"')[0] for part in text.split('nonce="')[1:]}
    assert all(f"'nonce-{nonce}'" in answer.headers["content-security-policy"] for nonce in nonces)
    for place in ('src="http', 'href="http', "src='http", "//cdn"):
        assert place not in text
    assert asker.ask("GET", path).headers["content-security-policy"] != answer.headers["content-security-policy"]


def test_a_kept_connection_is_answered_without_delay(client: Client) -> None:
    """Nagle's algorithm would hold back each answer for 40 ms (see `listen`)."""
    client.ask("GET", "/health")
    durations = []
    for _ in range(15):
        began = time.perf_counter()
        client.ask("GET", "/health")
        durations.append(time.perf_counter() - began)
    assert sorted(durations)[7] < 0.02


def test_a_thousand_runs_are_listed_in_time(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        ingest = server.app.state.services.ingest

        def send(number: int) -> None:
            writer = HandMadeWriter(f"run{number:04}")
            rows = Rows([f"m{metric}" for metric in range(10)], range(3), [[1.0] * 10] * 3)
            packet = writer.packet(events=[start_event(tracked={"metric": "m0", "mode": "min"})], rows=[rows])
            ingest.receive(packet, "")

        with ThreadPoolExecutor(4) as threads:  # which also shares the commits
            list(threads.map(send, range(1_000)))
        durations = []
        for _ in range(5):
            began = time.perf_counter()
            answer = client.ask("GET", "/api/runs")
            durations.append(time.perf_counter() - began)
        assert len(json.loads(answer.body)["runs"]) == 1_000
        assert min(durations) < 0.25  # about 20 ms on a quiet machine; ten times that on a busy one
