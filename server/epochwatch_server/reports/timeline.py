"""The alerts of a run along its epochs: when each was first seen, when it fired, when it was over."""

from dataclasses import dataclass

from markupsafe import Markup

from epochwatch_server.charts.wording import shorten
from epochwatch_server.health.lifecycle import Alert
from epochwatch_server.reports.case import Case
from epochwatch_server.reports.svg.element import element, paint
from epochwatch_server.reports.svg.scale import Scale, ticks_of
from epochwatch_server.reports.svg.traces import marker

WIDTH = 920
SHAPES = {"critical": "octagon", "warning": "triangle-up", "info": "circle", "ok": "circle-open"}
_NAMES_WIDTH, _RIGHT, _ROW, _HEAD, _FOOT = 250, 24, 26, 12, 36
_MOST_ROWS = 40
_NAME_CHARS = 36


@dataclass(frozen=True, slots=True)
class Stretch:
    """One row, in epochs. seen <= fired <= over; over: where the bar ends."""

    seen: int
    fired: int
    over: int


def draw_timeline(case: Case) -> Markup:
    """Draw one row for each alert: faint while it was pending, full while it fired."""
    rows = [(alert, _stretch(alert, case)) for alert in case.alerts[:_MOST_ROWS]]
    first = min([*case.history.epochs[:1], *(stretch.seen for _, stretch in rows)], default=0)
    last = max([case.last_epoch, *(stretch.over for _, stretch in rows)], default=0)
    height = _HEAD + _ROW * len(rows) + _FOOT
    scale = Scale(first - 0.5, max(last, first + 1) + 0.5, _NAMES_WIDTH, WIDTH - _RIGHT)
    ground = height - _FOOT + 4
    body = _ruler(scale, ground) + _best(case, scale, ground)
    for place, (alert, stretch) in enumerate(rows):
        body += _row(alert, stretch, scale, _HEAD + _ROW * (place + 0.5))
    title = f"Timeline of {len(rows)} alerts over epochs {first} to {last}"
    return element("svg", body, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=title, class_="svg-picture")


def _stretch(alert: Alert, case: Case) -> Stretch:
    fired = alert.fired_epoch if alert.fired_epoch is not None else alert.first_epoch
    since = alert.finding.evidence.since
    seen = min(fired, alert.first_epoch, fired if since is None else since)
    over = alert.resolved_epoch if alert.resolved_epoch is not None else max(case.last_epoch, fired)
    return Stretch(max(seen, -1), fired, over)


def _ruler(scale: Scale, ground: float) -> Markup:
    parts = Markup()
    for pixel, word in ticks_of({"dtick": 1}, scale, 8):
        parts += element("line", x1=pixel, x2=pixel, y1=_HEAD, y2=ground, **paint("token:grid", "stroke"))
        parts += element("text", word, x=pixel, y=ground + 15, text_anchor="middle", class_="svg-tick")
    middle = (scale.start + scale.end) / 2
    parts += element("line", x1=scale.start, x2=scale.end, y1=ground, y2=ground, class_="svg-ground")
    return parts + element("text", "epoch", x=middle, y=ground + 29, text_anchor="middle", class_="svg-tick")


def _best(case: Case, scale: Scale, ground: float) -> Markup:
    """Mark the best epoch of the tracked metric: what came after it was not needed."""
    tracked = case.charts.run.tracked
    pixel = None if tracked is None or tracked.best_epoch is None else scale.at(tracked.best_epoch)
    if tracked is None or pixel is None:
        return Markup()
    hint = element("title", f"best {tracked.metric} at epoch {tracked.best_epoch}")
    line = element("line", x1=pixel, x2=pixel, y1=_HEAD, y2=ground, stroke_dasharray="2 3", class_="svg-ground")
    star = marker("star", (pixel, _HEAD - 3), 11, "token:ink", {})
    return line + element("g", hint + star)


def _row(alert: Alert, stretch: Stretch, scale: Scale, y: float) -> Markup:
    colour = f"token:{alert.severity.value}"
    seen, fired, over = (scale.of(epoch) or scale.start for epoch in (stretch.seen, stretch.fired, stretch.over))
    end = scale.of(stretch.over + 0.5) or over
    name = shorten(alert.rule + (f" {alert.subject}" if alert.subject else ""), _NAME_CHARS)
    words = element("text", name, x=_NAMES_WIDTH - 12, y=y + 4, text_anchor="end", class_="svg-name")
    faint = element(
        "rect", x=seen, y=y - 5, width=max(0.0, fired - seen), height=10, rx=2, opacity=".22", **paint(colour, "fill")
    )
    full = element(
        "rect", x=fired, y=y - 5, width=max(2.0, end - fired), height=10, rx=2, opacity=".6", **paint(colour, "fill")
    )
    sign = marker(SHAPES[alert.severity.value], (fired, y), 12, colour, {"color": "token:surface", "width": 1})
    told = f"{alert.severity.value}: {alert.rule}, fired at epoch {stretch.fired}"
    told += f", resolved at epoch {alert.resolved_epoch}" if alert.resolved_epoch is not None else ""
    return element("g", words + faint + full + sign + element("title", told))
