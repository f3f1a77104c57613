"""Alerts along the epochs: when each was first seen, when it fired, when it was over; of one run or of several."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from epochwatch_server.charts.wording import shorten
from epochwatch_server.reports.svg.element import element, paint
from epochwatch_server.reports.svg.scale import Scale, ticks_of
from epochwatch_server.reports.svg.traces import marker

WIDTH = 920
SHAPES = {"critical": "octagon", "warning": "triangle-up", "info": "circle", "ok": "circle-open"}
_NAMES_WIDTH, _RIGHT, _ROW, _HEAD, _FOOT = 250, 24, 26, 12, 36
_MOST_ROWS = 40
_NAME_CHARS = 36
_MOST_MOMENTS = 300


@dataclass(frozen=True, slots=True)
class Bar:
    """One alert, in epochs. seen <= fired <= over: where its bar ends. resolved: None when it still fires."""

    name: str
    severity: str
    seen: int
    fired: int
    over: int
    resolved: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at an epoch. symbol: a shape of `svg.traces`; colour: a token."""

    epoch: int
    symbol: str
    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One run: its alerts, what else happened, its best epoch and what it is of; a title where there are several."""

    bars: Sequence[Bar]
    reached: int
    moments: Sequence[Moment] = ()
    best: tuple[int, str] | None = None
    title: str = ""
    hue: int = 0

    @property
    def rows(self) -> int:
        """Count the rows it takes."""
        return bool(self.title) + bool(self.moments) + min(len(self.bars), _MOST_ROWS)


def bar(name: str, severity: str, epochs: tuple[int, int | None, int, int | None], reached: int) -> Bar:
    """Make a bar.

    Args:
        epochs: At which it was first found, from which on it was so, at which it fired, at which it was resolved.
        reached: The last epoch of the run: a bar that is not over ends there.
    """
    first, since, fired, resolved = epochs
    seen = min(fired, first, fired if since is None else since)
    return Bar(name, severity, max(seen, -1), fired, max(reached, fired) if resolved is None else resolved, resolved)


def draw_timeline(lanes: Sequence[Lane], first: int = 0) -> Markup:
    """Draw one row for each alert: faint while it was pending, full while it fired; all lanes over one axis.

    Args:
        lanes: One a run.
        first: The first epoch of all.
    """
    bars = [bar for lane in lanes for bar in lane.bars[:_MOST_ROWS]]
    first = min([first, *(bar.seen for bar in bars)])
    last = max([first + 1, *(bar.over for bar in bars), *(lane.reached for lane in lanes)])
    height = _HEAD + _ROW * sum(lane.rows for lane in lanes) + _FOOT
    scale = Scale(first - 0.5, last + 0.5, _NAMES_WIDTH, WIDTH - _RIGHT)
    ground = height - _FOOT + 4.0
    body, top = _ruler(scale, ground), float(_HEAD)
    for lane in lanes:
        body += _lane(lane, scale, top)
        top += _ROW * lane.rows
    title = f"Timeline of {len(bars)} alerts over epochs {max(first, 0)} to {last}"
    return element("svg", body, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=title, class_="svg-picture")


def _ruler(scale: Scale, ground: float) -> Markup:
    parts = Markup()
    for pixel, word in ticks_of({"dtick": 1}, scale, 8):
        parts += element("line", x1=pixel, x2=pixel, y1=_HEAD, y2=ground, **paint("token:grid", "stroke"))
        parts += element("text", word, x=pixel, y=ground + 15, text_anchor="middle", class_="svg-tick")
    middle = (scale.start + scale.end) / 2
    parts += element("line", x1=scale.start, x2=scale.end, y1=ground, y2=ground, class_="svg-ground")
    return parts + element("text", "epoch", x=middle, y=ground + 29, text_anchor="middle", class_="svg-tick")


def _lane(lane: Lane, scale: Scale, top: float) -> Markup:
    parts, y = _best(lane, scale, top), top + _ROW / 2
    if lane.title:
        parts += _title(lane, scale, y)
        y += _ROW
    if lane.moments:
        parts += element("text", "events", x=_NAMES_WIDTH - 12, y=y + 4, text_anchor="end", class_="svg-name")
        parts += Markup().join(_moment(moment, scale, y) for moment in lane.moments[-_MOST_MOMENTS:])
        y += _ROW
    for one in lane.bars[:_MOST_ROWS]:
        parts += _row(one, scale, y)
        y += _ROW
    return parts


def _title(lane: Lane, scale: Scale, y: float) -> Markup:
    """Head a run's rows: its name in its own hue, and how far it came."""
    colour = f"token:series-{lane.hue}"
    name = shorten(lane.title, _NAME_CHARS)
    dot = element("circle", cx=8, cy=y, r=5, **paint(colour, "fill"))
    words = element("text", name, x=20, y=y + 4, class_="svg-words svg-strong", **paint("token:ink", "fill"))
    start, end = scale.of(0.0) or scale.start, scale.of(float(lane.reached)) or scale.start
    hint = element("title", f"{lane.title}: {lane.reached + 1} epochs")
    line = element(
        "line", hint, x1=start, x2=max(end, start + 1), y1=y, y2=y, stroke_width=3, **paint(colour, "stroke")
    )
    return element("g", dot + words + line)


def _best(lane: Lane, scale: Scale, top: float) -> Markup:
    """Mark the best epoch of the tracked metric: what came after it was not needed."""
    pixel = None if lane.best is None else scale.at(lane.best[0])
    if lane.best is None or pixel is None:
        return Markup()
    end = top + _ROW * lane.rows
    line = element("line", x1=pixel, x2=pixel, y1=top, y2=end, stroke_dasharray="2 3", class_="svg-ground")
    y = top + _ROW / 2 if lane.title else top - 3
    star = marker("star", (pixel, y), 11, "token:ink", {"color": "token:surface", "width": 1})
    return line + element("g", element("title", lane.best[1]) + star)


def _moment(moment: Moment, scale: Scale, y: float) -> Markup:
    pixel = scale.of(float(moment.epoch)) or scale.start
    sign = marker(moment.symbol, (pixel, y), 8, moment.colour, {"color": "token:surface", "width": 1})
    return element("g", sign + element("title", f"epoch {moment.epoch}: {moment.text}"))


def _row(bar: Bar, scale: Scale, y: float) -> Markup:
    colour = f"token:{bar.severity}"
    seen, fired, over = (scale.of(epoch) or scale.start for epoch in (bar.seen, bar.fired, bar.over))
    end = scale.of(bar.over + 0.5) or over
    name = shorten(bar.name, _NAME_CHARS)
    words = element("text", name, x=_NAMES_WIDTH - 12, y=y + 4, text_anchor="end", class_="svg-name")
    faint = element(
        "rect", x=seen, y=y - 5, width=max(0.0, fired - seen), height=10, rx=2, opacity=".22", **paint(colour, "fill")
    )
    full = element(
        "rect", x=fired, y=y - 5, width=max(2.0, end - fired), height=10, rx=2, opacity=".6", **paint(colour, "fill")
    )
    shape = SHAPES.get(bar.severity, "circle")
    sign = marker(shape, (fired, y), 12, colour, {"color": "token:surface", "width": 1})
    told = f"{bar.severity}: {bar.name}, fired at epoch {bar.fired}"
    told += f", resolved at epoch {bar.resolved}" if bar.resolved is not None else ""
    return element("g", words + faint + full + sign + element("title", told))
