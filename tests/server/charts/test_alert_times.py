"""The alerts of several runs on one axis: a lane an alert, the worst first, told apart by shape too."""

from typing import Any

from tests.server.charts.curves import prove_legal

from epochwatch_server.charts.alert_times import AlertedRun, alert_times_figure
from epochwatch_server.domain.alert import StoredAlert


def alert(id: int, severity: str, fired: int, resolved_at: int | None = None, subject: str = "") -> StoredAlert:
    told: dict[str, Any] = {
        "run_id": "r", "project": "p", "run_name": "r", "rule": "nonfinite", "subject": subject,
        "phase": "firing" if resolved_at is None else "resolved", "first_epoch": fired, "fired_ms": 0,
        "resolved_ms": None, "finding": {}, "acknowledged_ms": None, "acknowledged_by": None, "seen_ms": None,
    }  # fmt: skip
    return StoredAlert(id=id, severity=severity, fired_epoch=fired, resolved_epoch=resolved_at, **told)


RUNS = [
    AlertedRun("a", "<b>a</b>", 20, [alert(1, "info", 3), alert(2, "critical", 5, 9, "<i>val/loss</i>")]),
    AlertedRun("b", "b", 4, []),
    AlertedRun("c", "c", 7, [alert(3, "warning", -1)]),
]


def test_every_alert_has_a_lane_of_its_run_the_worst_first() -> None:
    figure = alert_times_figure(RUNS, {"nonfinite": "Not a number"})
    prove_legal(figure)
    drawn = [(trace["meta"]["alert"], trace["x"], trace["y"]) for trace in figure.data]
    assert drawn == [(2, [5, 9], [0, 0]), (1, [3, 20], [1, 1]), (3, [0, 7], [3, 3])]
    assert figure.layout["meta"]["lanes"] == 4
    assert figure.layout["yaxis"]["tickvals"] == [0.5, 2, 3]


def test_it_says_how_bad_since_when_and_whether_it_ended() -> None:
    texts = [trace["text"] for trace in alert_times_figure(RUNS, {"nonfinite": "Not a number"}).data]
    assert texts[0] == "critical: Not a number [&lt;i&gt;val/loss&lt;/i&gt;], since epoch 5, resolved at epoch 9"
    assert texts[1].endswith("since epoch 3, still firing")
    symbols = {trace["marker"]["symbol"][0] for trace in alert_times_figure(RUNS, {}).data}
    assert len(symbols) == 3


def test_silence_is_said() -> None:
    figure = alert_times_figure([AlertedRun("b", "b", 4, [])], {})
    assert figure.data == []
    assert "no alert" in figure.layout["annotations"][0]["text"]
