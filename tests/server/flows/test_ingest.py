"""Packets over HTTP into a real store: exactly once, in order, everything that can be kept."""

import math
import random
import threading
import time
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from tests.server.images import png
from tests.server_process import (
    PACKET_TYPE,
    Client,
    HandMadeWriter,
    Rows,
    RunningServer,
    encode_packet,
    start_event,
)

from epochwatch_server.flows.packet_header import MAX_BODY_BYTES

KEY = "cd" * 16


def read_all(client: Client, run: str, metric: str) -> dict[int, float]:
    """Read every point of a metric through the API."""
    found = client.get(f"/api/runs/{run}/points?metric={quote(metric, safe='')}&buckets=10000")["series"]
    if metric not in found:
        return {}
    points, marks = found[metric], found[metric]["nonfinite"]
    pairs = [*zip(points["steps"], points["values"], strict=True), *zip(marks["steps"], marks["values"], strict=True)]
    return {step: float(value) for step, value in pairs}


def test_a_packet_is_confirmed_and_can_be_read(client: Client) -> None:
    writer = HandMadeWriter("first")
    rows = Rows(["train/loss"], [0, 1], [[2.0], [1.0]])
    answer = client.post_packet(writer.packet(events=[start_event()], rows=[rows]), deflate=True)
    assert answer.status == 200
    assert answer.json() == {"confirmed": 3, "run": "/runs/first", "commands": [], "rejected": [], "alerts": []}
    assert read_all(client, "first", "train/loss") == {0: 2.0, 1: 1.0}


def test_a_packet_sent_again_changes_nothing(client: Client) -> None:
    writer = HandMadeWriter("twice")
    first = writer.packet(events=[start_event(), {"type": "note", "text": "once"}], rows=[Rows(["a"], [0], [[1.0]])])
    second = writer.packet(rows=[Rows(["a"], [0], [[2.0]])])
    for packet, confirmed in ((first, 3), (second, 4), (first, 4), (second, 4)):
        assert client.post_packet(packet).json()["confirmed"] == confirmed
    assert read_all(client, "twice", "a") == {0: 2.0}
    events = client.get("/api/runs/twice/events")["events"]
    assert [event["type"] for event in events] == ["note", "start"]


def test_a_gap_is_refused_and_named(client: Client) -> None:
    writer = HandMadeWriter("gap")
    skipped = [writer.packet(rows=[Rows(["a"], [step], [[1.0]])]) for step in range(3)]
    answer = client.post_packet(skipped[2])
    assert answer.status == 409
    assert answer.json()["error"] == "out_of_order"
    assert answer.json()["expected"] == 0
    for packet in skipped:
        assert client.post_packet(packet).status == 200
    overlapping = HandMadeWriter("gap", next=2)
    answer = client.post_packet(overlapping.packet(rows=[Rows(["a"], [5, 6], [[1.0], [1.0]])]))
    assert (answer.status, answer.json()["expected"]) == (409, 3)


def test_records_that_the_spool_no_longer_has_are_counted_and_the_rest_goes_on(client: Client) -> None:
    writer = HandMadeWriter("lossy", next=100, extra={"missing_from": 0})
    assert client.post_packet(writer.packet(rows=[Rows(["a"], [7], [[1.0]])])).json()["confirmed"] == 101
    detail = client.get("/api/runs/lossy")
    assert (detail["dropped"], detail["project"]) == (100, "unknown")
    (event,) = client.get("/api/runs/lossy/events")["events"]
    assert (event["type"], event["data"]["n"]) == ("dropped", 100)
    wrong = HandMadeWriter("lossy", next=300, extra={"missing_from": 50})
    assert client.post_packet(wrong.packet(rows=[Rows(["a"], [8], [[1.0]])])).status == 409


def test_a_refused_packet_is_skipped_by_its_numbers(client: Client) -> None:
    writer = HandMadeWriter("refused")
    client.post_packet(writer.packet(events=[start_event()]))
    assert client.post_packet(b"EWP1 garbage").status == 422
    header = {"version": 1, "run": "refused", "writer": writer.writer, "first": 1, "count": 5, "sent": time.time()}
    assert client.post_packet(encode_packet({**header, "refused": True})).json()["confirmed"] == 6
    writer.next = 6
    assert client.post_packet(writer.packet(rows=[Rows(["a"], [0], [[1.0]])])).status == 200
    assert client.get("/api/runs/refused")["dropped"] == 5


def test_writers_are_counted_apart(client: Client) -> None:
    ranks = [HandMadeWriter("ranks", f"r{rank}-{rank:08x}") for rank in range(3)]
    for rank in ranks:
        assert client.post_packet(rank.packet(rows=[Rows([f"m{rank.writer}"], [0], [[1.0]])])).status == 200
    assert len(client.get("/api/runs/ranks/series")["series"]) == 3


def test_non_finite_and_extreme_values_come_back_as_they_were(client: Client) -> None:
    values = [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, -0.0, 2.0**63]
    writer = HandMadeWriter("values")
    client.post_packet(writer.packet(rows=[Rows(["a"], range(8), [[value] for value in values])]))
    stored = read_all(client, "values", "a")
    assert [repr(stored[step]) for step in range(8)] == [repr(value) for value in values]
    (series,) = client.get("/api/runs/values/series")["series"]
    assert (series["n"], series["nonfinite"], series["max"], series["min"]) == (8, 3, 1e308, -1e308)
    csv = client.ask("GET", "/api/runs/values/export.csv").body.decode().splitlines()
    assert [line.rpartition(",")[2] for line in csv[1:]] == [repr(value) for value in values]


def test_steps_that_go_back_or_come_again_are_kept_and_the_last_value_wins(client: Client) -> None:
    writer, rng = HandMadeWriter("steps"), random.Random(4)
    truth: dict[int, float] = {}
    for _ in range(30):
        steps = [rng.randint(-20, 60) for _ in range(rng.randint(1, 30))]
        values = [rng.random() for _ in steps]
        truth |= dict(zip(steps, values, strict=True))
        assert client.post_packet(writer.packet(rows=[Rows(["a"], steps, [[v] for v in values])])).status == 200
    assert read_all(client, "steps", "a") == truth


def test_a_bad_part_is_named_and_the_rest_is_stored(client: Client) -> None:
    writer = HandMadeWriter("parts")
    samples = {
        "type": "samples",
        "split": "val",
        "epoch": 0,
        "samples": [{"id": "s", "image": KEY}, {"id": "t", "image": "ef" * 16}],
    }
    packet = writer.packet(
        rows=[Rows(["good", "bad\n"], [0], [[1.0, 2.0]])],
        events=[start_event(), {"type": "best"}, samples],
        images={KEY: png(4, 4), "ef" * 16: b"<svg/>"},
    )
    answer = client.post_packet(packet)
    assert answer.status == 200
    where = " ".join(part["where"] for part in answer.json()["rejected"])
    for part in ("blocks[0].names[1]", "events[1]", "images[1]", "val/t"):
        assert part in where
    assert all(set(part) == {"where", "given", "expected"} for part in answer.json()["rejected"])
    assert read_all(client, "parts", "good") == {0: 1.0}
    shown = client.get("/api/runs/parts/samples?split=val&epoch=0")
    assert shown["epochs"] == {"val": [0]}
    assert [sample["image"] is not None for sample in shown["samples"]] == [True, False]
    image = client.ask("GET", f"/api/images/{shown['samples'][0]['image']}")
    assert image.body == png(4, 4)
    assert image.headers["content-type"] == "image/png"
    assert "sandbox" in image.headers["content-security-policy"]
    assert "immutable" in image.headers["cache-control"]


def test_names_beyond_ten_thousand_are_refused_and_the_others_kept(client: Client) -> None:
    writer = HandMadeWriter("names")
    for start in (0, 6_000):
        names = [f"m{number}" for number in range(start, start + 6_000)]
        answer = client.post_packet(writer.packet(rows=[Rows(names, [0], [[1.0] * 6_000])]), deflate=True)
        assert answer.status == 200
    assert len(answer.json()["rejected"]) == 100
    assert "10,000" in answer.json()["rejected"][0]["expected"]
    assert len(client.get("/api/runs/names/series")["series"]) == 10_000
    late = writer.packet(rows=[Rows(["m1", "one-more"], [1], [[2.0, 2.0]])])
    assert [part["given"] for part in client.post_packet(late).json()["rejected"]] == ["one-more"]
    assert read_all(client, "names", "m1") == {0: 1.0, 1: 2.0}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "__proto__", "a/b c%20d?e&f#g", "損失/é\u0301", "=1+1", "x" * 256]
)
def test_a_strange_name_is_kept_as_typed(client: Client, name: str) -> None:
    writer = HandMadeWriter("strange", f"r0-{abs(hash(name)) % 16**8:08x}")
    client.post_packet(writer.packet(rows=[Rows([name], [0], [[1.0]])]))
    assert read_all(client, "strange", name) == {0: 1.0}
    csv = client.ask("GET", f"/api/runs/strange/export.csv?metric={quote(name, safe='')}").body.decode()
    assert not csv.splitlines()[1].startswith("=")


def test_a_config_of_five_megabytes_is_kept_to_the_limit_and_does_not_slow_the_run(client: Client) -> None:
    writer = HandMadeWriter("big")
    config = {f"key{number}": "x" * 1_000 for number in range(5_000)}
    assert client.post_packet(writer.packet(events=[start_event(config=config)]), deflate=True).status == 200
    assert len(client.get("/api/runs/big")["config"]) == 5_000
    began = time.process_time()
    for step in range(20):
        client.post_packet(writer.packet(rows=[Rows(["a"], [step], [[1.0]])]))
    assert (time.process_time() - began) / 20 < 0.1


def hostile_bodies() -> list[tuple[bytes, dict[str, str], int]]:
    bomb = zlib.compress(b"EWP1" + b"\0" * (65 * 2**20), 9)
    deflate = {"Content-Encoding": "deflate"}
    return [
        (b"", {}, 422),
        (b"\0" * 100, {}, 422),
        (b"[" * 100_000, {}, 422),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"{}", {"Content-Type": ""}, 415),
        (bomb, deflate, 413),
        (b"not zlib", deflate, 422),
        (b"x", {"Content-Encoding": "gzip"}, 415),
        (b"x", {"Content-Encoding": "br, deflate"}, 415),
        (encode_packet({"version": 1}), {}, 422),
        ("EWP1".encode("utf-16"), {}, 422),
    ]


@pytest.mark.parametrize(("body", "headers", "status"), hostile_bodies())
def test_a_hostile_body_is_refused_soon(client: Client, body: bytes, headers: dict[str, str], status: int) -> None:
    began = time.process_time()
    answer = client.ask("POST", "/api/packets", body, {"Content-Type": PACKET_TYPE, **headers})
    assert answer.status == status
    assert time.process_time() - began < 1.0
    assert set(answer.json()) == {"error", "detail", "status"}


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(server: RunningServer) -> None:
    for claimed, sent in ((2 * 10**9, 1000), (None, MAX_BODY_BYTES + 2**20)):
        with server.client() as client:
            headers = {"Content-Type": PACKET_TYPE, "Authorization": f"Bearer {server.token}"}
            connection = client._connection
            connection.putrequest("POST", "/api/packets")
            for name, value in headers.items():
                connection.putheader(name, value)
            if claimed is not None:
                connection.putheader("Content-Length", str(claimed))
            else:
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            try:
                part = b"x" * 2**16
                for _ in range(0, sent, len(part)):
                    connection.send(part if claimed is not None else b"%x\r\n%b\r\n" % (len(part), part))
            except (BrokenPipeError, ConnectionResetError):
                continue  # it hung up on us, which is an answer too
            assert connection.getresponse().status == 413


def test_packets_from_many_threads_are_all_stored(server: RunningServer) -> None:
    def train(number: int) -> None:
        writer = HandMadeWriter(f"thread{number}")
        with server.client() as client:
            for step in range(25):
                packet = writer.packet(rows=[Rows(["a", "b"], [step], [[step, number]])])
                assert client.post_packet(packet).status == 200

    threads = [threading.Thread(target=train, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with server.client() as client:
        for number in range(8):
            assert read_all(client, f"thread{number}", "a") == {step: float(step) for step in range(25)}


def test_a_whole_training_is_told_by_its_row(client: Client) -> None:
    writer = HandMadeWriter("whole")
    tracked: dict[str, Any] = {"metric": "val/acc", "mode": "max", "patience": 2, "min_delta": 0.0}
    client.post_packet(writer.packet(events=[start_event(planned_epochs=4, tracked=tracked, project="demo")]))
    assert client.get("/api/runs/whole")["state"] == "starting"
    for epoch, accuracy in enumerate([0.5, 0.7, 0.6]):
        told = tracked | {"value": accuracy, "best": max(0.5, 0.7 if epoch else 0.5), "best_epoch": min(epoch, 1)}
        metrics = {"val/acc": [1, accuracy, 0.0, accuracy, accuracy, 0]}
        event = {"type": "epoch", "epoch": epoch, "step": epoch * 2 + 1, "seconds": 3.0, "metrics": metrics}
        rows = Rows(["train/loss", "lr"], [epoch * 2, epoch * 2 + 1], [[1.0, 0.1], [0.9, 0.1]], epoch=epoch)
        client.post_packet(
            writer.packet(rows=[rows], events=[{"type": "epoch_start", "epoch": epoch}, event | {"tracked": told}])
        )
    row = next(run for run in client.get("/api/runs?project=demo")["runs"] if run["id"] == "whole")
    assert (row["state"], row["epoch"], row["epochs_done"], row["step"], row["learning_rate"]) == (
        "running",
        2,
        3,
        5,
        0.1,
    )
    assert (round(row["eta_seconds"], 6), row["spark"], row["url"]) == (3.0, [0.5, 0.7, 0.6], "/runs/whole")
    assert (row["tracked"]["best"], row["tracked"]["best_epoch"], row["tracked"]["patience"]) == (0.7, 1, 2)
    end = {"type": "end", "reason": "early_stopped", "summary": {"best": 0.7}, "verdict": "stopped at its best + 1"}
    client.post_packet(writer.packet(events=[{"type": "summary", "values": {"test": 0.65}}, end]))
    detail = client.get("/api/runs/whole")
    assert (detail["state"], detail["end_reason"], detail["eta_seconds"]) == ("early_stopped", "early_stopped", None)
    assert detail["summary"] == {"test": 0.65, "best": 0.7, "verdict": "stopped at its best + 1"}
    assert detail["ended_ms"] is not None
    types = [event["type"] for event in client.get("/api/runs/whole/events")["events"]]
    assert [type for type in types if type != "health"] == ["end", "start"]
