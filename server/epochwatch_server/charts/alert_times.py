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
    """Draw every alert that fired at its epoch, each on a lane of its run; `titles` names the rules in words.

    The layout's `meta.lanes` says how many lanes there are: the page makes the chart as high as they need.
    """
    if not any(run.alerts for run in runs):
        return empty_figure("no alert fired in any of these runs", View())
    traces: list[Trace] = []
    places, lane = [], 0
    for run in runs:
        lanes = max(1, len(run.alerts))
        traces += [_bar(run, alert, lane + place, titles) for place, alert in enumerate(_worst_first(run.alerts))]
        places.append(lane + (lanes - 1) / 2)
        lane += lanes
    layout = quiet_layout(View(), "epoch")
    layout["hovermode"] = "closest"
    layout["meta"]["lanes"] = lane
    layout["xaxis"] = titled_axis("epoch") | {"separatethousands": True}
    layout["yaxis"] = titled_axis("") | {
        "tickvals": places,
        "ticktext": [safe(run.label, LABEL_CHARS) for run in runs],
        "range": [lane - 0.5, -0.5],
        "showgrid": False,
    }
    return Figure(traces, layout)


def _worst_first(alerts: Sequence[StoredAlert]) -> list[StoredAlert]:
    order = list(_LOOKS)
    return sorted(alerts, key=lambda alert: (order.index(alert.severity) if alert.severity in order else 9, alert.id))


def _bar(run: AlertedRun, alert: StoredAlert, lane: int, titles: Mapping[str, str]) -> Trace:
    colour, symbol = _LOOKS.get(alert.severity, _LOOKS["info"])
    until = alert.resolved_epoch if alert.resolved_epoch is not None else run.last_epoch
    subject = f" [{safe(alert.subject)}]" if alert.subject else ""
    told = f"resolved at epoch {until}" if alert.resolved_epoch is not None else "still firing"
    title = safe(titles.get(alert.rule, alert.rule))
    begin = max(alert.fired_epoch, 0)  # what was wrong before the first epoch stands at its beginning
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [begin, max(until, begin)],
        "y": [lane, lane],
        "line": {"color": colour, "width": 4},
        "marker": {"color": colour, "size": [11, 5 if until > begin else 0], "symbol": [symbol, "circle"]},
        "text": f"{alert.severity}: {title}{subject}, since epoch {begin}, {told}",
        "hovertemplate": "%{text}<extra></extra>",
        "meta": {"run": run.run_id, "alert": alert.id},
    }
