"""The routes of charts, asked of a real server."""

from urllib.parse import quote

import pytest
from tests.server_process import Client, HandMadeWriter, Rows, RunningServer, start_event

HOSTILE = '<img src=x onerror="alert(1)">/a?b#c%2F'


@pytest.fixture(scope="module")
def charted(server: RunningServer) -> str:
    """A run of two epochs with a NaN, a name of markup and class counts."""
    writer = HandMadeWriter("charted")
    steps = list(range(40))
    names = ["train/loss", f"train/{HOSTILE}", "train/loss_a", "train/loss_b"]
    values = [[float("nan") if step == 7 else 1.0, 0.5, 2.0, 1.0] for step in steps]
    events = [start_event(tracked={"metric": "val/f1_macro", "mode": "max"})]
    for epoch in (0, 1):
        row = [1, 0.25 + epoch / 4, 0.0, 0.25, 0.5, 0]
        metrics = {"val/f1_macro": row, "val/f1/cat": row, "train/loss_a": row, "train/loss_b": row}
        events.append({"type": "epoch", "epoch": epoch, "step": 20 * epoch + 19, "seconds": 1.0, "metrics": metrics})
        counts = {"truth": [3, 1], "predicted": [4, 0], "labels": ["<b>a</b>", "b"], "confusion": [[3, 0], [1, 0]]}
        events.append({"type": "classes", "split": "val", "epoch": epoch, **counts})
    with server.client() as client:
        answer = client.post_packet(writer.packet(rows=[Rows(names, steps, values, epoch=0)], events=events))
        assert answer.json()["rejected"] == []
    return writer.run


def test_charts_are_listed_by_section(client: Client, charted: str) -> None:
    sections = client.get(f"/api/runs/{charted}/charts?x=epoch")["sections"]
    assert [section["id"] for section in sections] == ["tracked", "loss", "components", "observed", "other"]
    assert sections[0] == {
        "id": "tracked",
        "title": "Tracked",
        "charts": [{"id": "metric:f1_macro", "title": "f1_macro", "kind": "metric", "metrics": ["val/f1_macro"]}],
        "hidden": 0,
    }
    assert {"classes:val", "confusion:val", "f1_classes:val"} <= {chart["id"] for chart in sections[3]["charts"]}


def test_the_filter_finds_charts_by_their_metrics(client: Client, charted: str) -> None:
    sections = client.get(f"/api/runs/{charted}/charts?q=LOSS_A")["sections"]
    assert [chart["id"] for section in sections for chart in section["charts"]] == [
        "components:train",
        "shares:train",
        "ratio:train",
        "metric:loss_a",
    ]


def test_every_listed_chart_is_drawn_along_every_axis(client: Client, charted: str) -> None:
    for section in client.get(f"/api/runs/{charted}/charts")["sections"]:
        for chart in section["charts"]:
            for x in ("epoch", "step", "time"):
                path = f"/api/runs/{charted}/charts/{quote(chart['id'], safe='')}?x={x}&smooth=0.6&width=500"
                figure = client.get(path)
                assert set(figure) == {"data", "layout"}
                assert figure["data"], (chart["id"], x)


def test_a_name_of_markup_has_an_address_and_stays_text(client: Client, charted: str) -> None:
    answer = client.ask("GET", f"/api/runs/{charted}/charts/{quote('metric:' + HOSTILE, safe='')}?x=step")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    (trace,) = answer.json()["data"]
    assert trace["meta"]["metric"] == f"train/{HOSTILE}"
    assert "<" not in trace["name"]


def test_a_nan_is_null_with_a_mark(client: Client, charted: str) -> None:
    body = client.ask("GET", f"/api/runs/{charted}/charts/metric%3Aloss?x=step")
    line, marks, *_ = body.json()["data"]  # a pin of the alert about it may follow
    assert line["y"][7] is None
    assert marks["text"] == ["NaN at step 7, epoch 0"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("charts/metric:nothing", 404),
        ("charts/nonsense", 404),
        ("charts/metric:loss?x=banana", 422),
        ("charts/metric:loss?smooth=1", 422),
        ("charts/metric:loss?smooth=nan", 422),
        ("charts/metric:loss?first=inf", 422),
        ("charts/metric:loss?first=9&last=1", 422),
        ("charts/metric:loss?width=0", 422),
        ("charts/metric:loss?scale=cubic", 422),
    ],
)
def test_what_cannot_be_drawn_is_answered_with_the_one_error_shape(
    client: Client, charted: str, path: str, status: int
) -> None:
    answer = client.ask("GET", f"/api/runs/{charted}/{path}")
    assert answer.status == status
    assert set(answer.json()) >= {"error", "detail", "status"}


def test_charts_of_nobody_are_not_found(client: Client) -> None:
    assert client.ask("GET", "/api/runs/nobody/charts").status == 404
    assert client.ask("GET", "/api/runs/nobody/charts/lr").status == 404


def test_charts_need_the_token(server: RunningServer, charted: str) -> None:
    stranger = Client(server.url, None)
    assert stranger.ask("GET", f"/api/runs/{charted}/charts").status == 401
    stranger.close()
