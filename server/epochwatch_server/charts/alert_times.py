"""The alerts of several runs on one axis: a row a run, a bar from firing to resolving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from epochwatch_server.charts.axes import titled_axis
from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import CRITICAL, INFO, WARNING
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import LABEL_CHARS, safe
from epochwatch_server.domain.alert import StoredAlert

_LOOKS: Mapping[str, tuple[str, str]] = {
    "critical": (CRITICAL, "octagon"),
    "warning": (WARNING, "triangle-up"),
    "info": (INFO, "circle"),
}


@dataclass(frozen=True, slots=True)
class AlertedRun:
    """A run with its alerts; last_epoch: the newest it has reached."""

    run_id: str
    label: str
    last_epoch: int
    alerts: Sequence[StoredAlert]


def alert_times_figure(runs: Sequence[AlertedRun], titles: Mapping[str, str]) -> Figure:
    """Draw every alert that fired at its epoch; `titles` names the rules in words."""
    if not any(run.alerts for run in runs):
        return empty_figure("no alert fired in any of these runs", View())
    traces: list[Trace] = []
    for run in runs:
        for alert in run.alerts:
            traces.append(_bar(run, alert, titles))
    layout = quiet_layout(View(), "epoch")
    layout["hovermode"] = "closest"
    layout["margin"]["l"] = 120
    layout["xaxis"] = titled_axis("epoch") | {"separatethousands": True}
    names = [safe(run.label, LABEL_CHARS) for run in runs]
    layout["yaxis"] = titled_axis("") | {"type": "category", "categoryarray": names[::-1], "categoryorder": "array"}
    return Figure(traces, layout)


def _bar(run: AlertedRun, alert: StoredAlert, titles: Mapping[str, str]) -> Trace:
    colour, symbol = _LOOKS.get(alert.severity, _LOOKS["info"])
    until = alert.resolved_epoch if alert.resolved_epoch is not None else run.last_epoch
    row = safe(run.label, LABEL_CHARS)
    subject = f" [{safe(alert.subject)}]" if alert.subject else ""
    told = f"resolved at epoch {until}" if alert.resolved_epoch is not None else "still firing"
    title = safe(titles.get(alert.rule, alert.rule))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [alert.fired_epoch, max(until, alert.fired_epoch)],
        "y": [row, row],
        "line": {"color": colour, "width": 4},
        "marker": {"color": colour, "size": [11, 5], "symbol": [symbol, "circle"]},
        "text": f"{alert.severity}: {title}{subject}, since epoch {alert.fired_epoch}, {told}",
        "hovertemplate": "%{text}<extra></extra>",
        "meta": {"run": run.run_id, "alert": alert.id},
    }
