"""Runs and alerts for the tests of reports, made by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.server.comparison.group import compared
from tests.server.images import png

from epochwatch_server.charts.figure import Figure
from epochwatch_server.domain.alert import StoredAlert
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.run import Run, RunEnd, RunState, Tracked
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.live.health_messages import AlertJson, ChipJson, HealthJson, RuleLabel, alert_json
from epochwatch_server.reports.run_report import GivenChart, RunReport, SampleRow, SampleSheet

HOSTILE = (
    "</title></style><script>window.__canary=1</script><img src=http://example.org/x onerror=alert(1)>"
    "{{7*7}} `code` [a](http://example.org) ![b](http://example.org) | @team #12 $x$ **bold** \"'\x00"
)
MADE_MS = 1_700_000_000_000
PICTURE = Image("ab" * 32, "image/png", 64, 48, png(64, 48))


def a_run(name: str = "focal-loss", **changes: Any) -> Run:
    """Make a run that finished, with a best epoch and an end."""
    run = compared(name, {"model": {"dim": 256}, "lr": "5.4e-05"}, {"val/acc": [0.5, 0.9, 0.8]}, planned=3).run
    tracked = Tracked("val/acc", "max", None, 0.0, 0.8, 0.9, 1, 1)
    environment = {"command": "python train.py", "git": {"commit": "0f3a9c1e22aa", "dirty": True}, "host": "gpu1"}
    given: dict[str, Any] = {"tracked": tracked, "environment": environment, "end": RunEnd("finished"), "tags": ("a",)}
    return replace(run, **(given | changes))


def an_alert(
    id: int = 1,
    severity: str = "critical",
    *,
    what: str = "val/loss rises",
    steps: Sequence[str] = ("stop earlier",),
    phase: str = "firing",
    rule: str = "overfitting",
    **changes: Any,
) -> AlertJson:
    """Make an alert as viewers get it."""
    return alert_json(stored_alert(id, severity, what, steps, phase, rule)).model_copy(update=changes)


def stored_alert(
    id: int = 1,
    severity: str = "critical",
    what: str = "val/loss rises",
    steps: Sequence[str] = ("stop earlier",),
    phase: str = "firing",
    rule: str = "overfitting",
) -> StoredAlert:
    """Make an alert as the store keeps it."""
    evidence = {"values": {"ratio": 2.5, "best epoch": 1.0}, "threshold": "10 %", "metrics": ["val/loss"], "since": 1}
    finding = {"what": what, "evidence": evidence, "cause": "learnt by heart", "recommendations": list(steps)}
    return StoredAlert(
        id=id, run_id="id", project="abr", run_name="r", rule=rule, subject="", phase=phase, severity=severity,
        first_epoch=1, fired_epoch=2, fired_ms=MADE_MS, resolved_epoch=3 if phase == "resolved" else None,
        resolved_ms=None, finding=finding,
    )  # fmt: skip


def health(*alerts: AlertJson, chip: str = "ok") -> HealthJson:
    """Make a run's health: its alerts, and where a rule stands that said nothing."""
    label = RuleLabel("plateau", "Plateau")
    chips = [ChipJson(rule=label.id, title=label.title, state=chip, severity=None, reason="no lr", alert_id=None)]
    worst = alerts[0].severity if alerts else None
    return HealthJson(
        run="id", paused=False, worst=worst, firing=len(alerts), unread=0, chips=chips, alerts=list(alerts)
    )


def a_figure(name: str = "val", n: int = 3) -> Figure:
    """Make a chart of one line."""
    y: list[float | None] = [None if value % 7 == 6 else math.sin(value) for value in range(n)]
    line = {"type": "scatter", "mode": "lines", "name": name, "x": list(range(n)), "y": y}
    trace = {**line, "line": {"color": "token:run", "width": 2}, "meta": {"metric": name}}
    return Figure([trace], {"xaxis": {"title": {"text": "epoch"}}, "yaxis": {"type": "linear"}, "meta": {"x": "epoch"}})


def a_sample(name: str = "frame-1", error: float | None = 12.4, **changes: Any) -> Sample:
    """Make a sample with a picture, a truth and a prediction."""
    sample = Sample(
        split="val", id=name, epoch=1, step=9, time_ms=MADE_MS, image=PICTURE.sha256, width=64, height=48,
        gt=[(10.0, 10.0)], pred=[(20.0, 12.0)], error_px=error, error=error, error_unit="px",
    )  # fmt: skip
    return replace(sample, **changes)


def event(type: str, data: Mapping[str, Any], epoch: int | None = 1) -> RunEvent:
    """Make a line of the feed."""
    return RunEvent(1, "id", type, epoch, None, 1_060_000, dict(data))


def a_report(**changes: Any) -> RunReport:
    """Make a report of a run with an alert, a chart, a sample and an event."""
    given: dict[str, Any] = {
        "run": a_run(),
        "made_ms": MADE_MS,
        "health": health(an_alert()),
        "evidence": {1: a_figure()},
        "events": [event("best", {"metric": "val/acc", "value": 0.9, "previous": 0.5})],
        "charts": [GivenChart("Tracked", "acc", a_figure())],
        "samples": SampleSheet([SampleRow("Worst", [("", a_sample())])], {PICTURE.sha256: PICTURE}, "1 sample"),
    }
    return RunReport(**(given | changes))


def hostile_report() -> RunReport:
    """Make a report of a run that writes markup wherever it can."""
    run = a_run(
        HOSTILE, state=RunState.CRASHED, end=RunEnd("crashed", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}), tags=(HOSTILE,),
        config={HOSTILE: {HOSTILE: HOSTILE}, "list": [HOSTILE]}, environment={HOSTILE: HOSTILE, "command": HOSTILE},
        tracked=Tracked(HOSTILE, "max", None, 0.0, 0.5, 0.5, 1), note=HOSTILE, verdict=HOSTILE, project=HOSTILE,
        origin={"format": HOSTILE, "source": HOSTILE},
    )  # fmt: skip
    alert = an_alert(
        what=HOSTILE, steps=[HOSTILE], subject=HOSTILE, title=HOSTILE, why=HOSTILE, cause=HOSTILE, rule=HOSTILE
    )
    layers = [
        {"kind": "box", "of": "gt", "boxes": [[1, 1, 9, 9]], "labels": [HOSTILE], "scores": [0.5]},
        {"kind": "scores", "of": "pred", "classes": [0], "values": [0.5], "names": [HOSTILE], "truth": 0},
    ]
    sample = a_sample(HOSTILE, caption=HOSTILE, extra={HOSTILE: HOSTILE}, layers=layers)
    kinds = (
        "start",
        "best",
        "lr",
        "note",
        "alert",
        "health",
        "gradients",
        "dropped",
        "command",
        "state",
        "end",
        HOSTILE,
    )
    names = (
        "metric",
        "text",
        "title",
        "what",
        "reason",
        "actor",
        "value",
        "to",
        "from",
        "group",
        "severity",
        "verdict",
    )
    return a_report(
        run=run,
        health=health(alert),
        events=[event(kind, dict.fromkeys(names, HOSTILE)) for kind in kinds],
        charts=[GivenChart(HOSTILE, HOSTILE, a_figure(HOSTILE))],
        left_out=[HOSTILE],
        tests={f"test/{HOSTILE}": 0.5},
        samples=SampleSheet([SampleRow(HOSTILE, [(HOSTILE, sample)])], {PICTURE.sha256: PICTURE}, HOSTILE),
    )
