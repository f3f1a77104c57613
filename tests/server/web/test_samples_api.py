"""The routes of samples and of pairs of prediction and target, asked of a real server."""

from typing import Any

import pytest
from tests.server_process import Client, HandMadeWriter, RunningServer, start_event

BOX = {"kind": "box", "of": "gt", "boxes": [[0, 0, 4.5, 4]], "labels": ["cat"], "scores": [None]}
SCORES = {"kind": "scores", "of": "pred", "classes": [0, 1], "values": [0.25, "nan"], "names": ["a", "b"], "truth": 1}


def shown(name: str, error: float | None, **fields: Any) -> dict[str, Any]:
    return {"id": name, "error": error, "error_unit": "mm", **fields}


@pytest.fixture(scope="module")
def sampled(server: RunningServer) -> str:
    """A run of three epochs, whose samples have layers, flags and errors, and whose regression has pairs."""
    writer = HandMadeWriter("sampled")
    row = [1, 0.5, 0.0, 0.5, 0.5, 0]
    events: list[dict[str, Any]] = [start_event()]
    for epoch, (near, far) in enumerate([(4.0, 10.0), (2.0, 12.0), (1.0, None)]):
        samples = [
            shown("near", near, gt_done=0, pred_done=0.25, layers=[BOX, SCORES]),
            shown("far", far, gt_done=1, pred_done=0.5 + epoch / 4),
        ]
        events.append({"type": "samples", "split": "val", "epoch": epoch, "samples": samples})
        pairs = {"target": [0.0, 1.0], "prediction": [0.5, epoch / 2], "n": 40}
        events.append({"type": "scatter", "split": "val", "epoch": epoch, **pairs})
        counts = {"truth": [1], "predicted": [1], "labels": ["a"], "confusion": [[epoch + 1]]}
        events.append({"type": "classes", "split": "val", "epoch": epoch, **counts})
        metrics = {"val/r2": row, "val/f1_macro": row}
        events.append({"type": "epoch", "epoch": epoch, "step": epoch, "seconds": 1.0, "metrics": metrics})
    with server.client() as client:
        assert client.post_packet(writer.packet(events=events)).json()["rejected"] == []
    return writer.run


def test_layers_come_with_their_sample(client: Client, sampled: str) -> None:
    near, far = client.get(f"/api/runs/{sampled}/samples?split=val&epoch=1")["samples"]
    box, scores = near["layers"]
    assert (box["boxes"], box["labels"], scores["values"], scores["truth"]) == (
        [[0, 0, 4.5, 4]],
        ["cat"],
        [0.25, "NaN"],
        1,
    )
    assert (near["error"], near["error_unit"], far["layers"]) == (2.0, "mm", [])


def test_tracks_follow_every_sample_and_sum_them_up(client: Client, sampled: str) -> None:
    tracks = client.get(f"/api/runs/{sampled}/samples/tracks?split=val")
    assert (tracks["epochs"], tracks["unit"]) == ([0, 1, 2], "mm")
    near, far = tracks["samples"]
    assert (near["id"], near["errors"]) == ("near", [4.0, 2.0, 1.0])
    assert (near["first"], near["last"], near["best"], near["trend"]) == (4.0, 1.0, 1.0, -3.0)
    assert (far["errors"], far["trend"]) == ([10.0, 12.0, None], pytest.approx(2.0))
    assert tracks["median"] == [7.0, 7.0, 1.0]
    assert tracks["p90"] == pytest.approx([9.4, 11.0, 1.0])
    assert [(one["label"], one["median"]) for one in tracks["done"]] == [(0, [0.25] * 3), (1, [0.5, 0.75, 1.0])]


def test_pairs_are_those_of_the_epoch_or_the_last_before_it(client: Client, sampled: str) -> None:
    newest = client.get(f"/api/runs/{sampled}/scatter?split=val")
    assert (newest["epoch"], newest["epochs"], newest["n"]) == (2, [0, 1, 2], 40)
    assert (newest["target"], newest["prediction"]) == ([0.0, 1.0], [0.5, 1.0])
    assert client.get(f"/api/runs/{sampled}/scatter?split=val&epoch=1")["prediction"] == [0.5, 0.5]
    assert client.get(f"/api/runs/{sampled}/scatter?split=val&epoch=99")["epoch"] == 2
    none = client.get(f"/api/runs/{sampled}/scatter?split=train")
    assert (none["epoch"], none["target"]) == (None, [])


def test_their_charts_are_listed_and_those_of_one_epoch_can_be_asked_for(client: Client, sampled: str) -> None:
    sections = client.get(f"/api/runs/{sampled}/charts")["sections"]
    listed = {chart["id"] for section in sections for chart in section["charts"]}
    assert {"sample_error:val", "done_flag:val", "scatter:val", "confusion:val"} <= listed
    path = f"/api/runs/{sampled}/charts"
    assert client.get(f"{path}/sample_error%3Aval")["data"][2]["y"] == [7.0, 7.0, 1.0]
    assert client.get(f"{path}/confusion%3Aval")["data"][0]["text"] == [["3"]]
    assert client.get(f"{path}/confusion%3Aval?epoch=1")["data"][0]["text"] == [["2"]]
    assert client.get(f"{path}/scatter%3Aval?epoch=0")["data"][1]["y"] == [0.5, 0.0]


def test_pairs_are_no_line_of_the_feed(client: Client, sampled: str) -> None:
    assert not [event for event in client.get(f"/api/runs/{sampled}/events")["events"] if event["type"] == "scatter"]


@pytest.mark.parametrize("path", ["samples/tracks", "scatter"])
def test_a_run_that_is_not_there_has_none(client: Client, path: str) -> None:
    assert client.ask("GET", f"/api/runs/nothing/{path}").status == 404
