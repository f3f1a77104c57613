"""The events of a run's life as lines of a report, in the words of the page's feed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from epochwatch_server.domain.event import RunEvent
from epochwatch_server.reports.numbers import count_word, value_word

_SHOWN_IN_A_ROW = 2  # of bests, or steps of a schedule: more are folded into the last of them
_MAX_CHARS = 400
_STATES = {
    "starting": "Starting",
    "running": "Running",
    "stalled": "Stalled",
    "lost": "Lost",
    "crashed": "Crashed",
    "stopped": "Stopped",
    "early_stopped": "Early stop",
    "finished": "Finished",
}
_ENDS = {
    "finished": "Finished",
    "early_stopped": "Stopped early",
    "stopped": "Stopped",
    "crashed": "Crashed",
    "interrupted": "Interrupted",
}
_HEALTH_ENDS = {"raised": " grew worse", "resolved": " resolved"}
_MOST_MODULES = 4

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line. kind: the event's type; key: lines of one key that follow one another are folded; none when empty."""

    kind: str
    title: str
    text: str
    epoch: int | None
    step: int | None
    time_ms: int
    level: str = ""
    key: str = ""
    folded: int = 0


def state_word(state: str) -> str:
    """Name a run's state as the page does."""
    return _STATES.get(state, state)


def event_lines(events: Iterable[RunEvent]) -> list[EventLine]:
    """Turn events into lines, oldest first; of many alike in a row only the last is kept, with their count.

    Args:
        events: Oldest first.
    """
    lines: list[EventLine] = []
    row: list[EventLine] = []
    for event in events:
        line = _line(event)
        if row and (not line.key or line.key != row[0].key):
            lines += _folded(row)
            row = []
        row.append(line)
    return lines + _folded(row)


def _folded(row: Sequence[EventLine]) -> list[EventLine]:
    if len(row) <= _SHOWN_IN_A_ROW:
        return list(row)
    return [replace(row[-1], folded=len(row) - 1)]


def _line(event: RunEvent) -> EventLine:
    title, text, level = _WORDS.get(event.type, _unknown)(event.data)
    is_folded = event.type in ("best", "lr")
    key = f"{event.type} {event.data.get('metric', '')}" if is_folded else ""
    title = title or event.type
    return EventLine(event.type, title, text[:_MAX_CHARS], event.epoch, event.step, event.time_ms, level or "", key)


def _best(data: Data) -> tuple[str, str, str]:
    before = data.get("previous")
    was = "" if before is None else f"was {_value(before)}"
    return f"New best {_value(data.get('value'))}", _joined(str(data.get("metric", "")), was), "ok"


def _rate(data: Data) -> tuple[str, str, str]:
    group = str(data.get("group") or "0")
    more = f"group {group}" if group != "0" else ""
    return f"Learning rate {_value(data.get('value'))}", _joined(f"was {_value(data.get('previous'))}", more), ""


def _alert(data: Data) -> tuple[str, str, str]:
    level = str(data.get("level"))
    told = level if level in ("info", "critical") else "warning"
    return str(data.get("title") or "Alert"), str(data.get("text") or ""), told


def _health(data: Data) -> tuple[str, str, str]:
    kind = str(data.get("kind"))
    is_over = kind == "resolved"
    what = "" if is_over else str(data.get("what") or "")
    title = f"{data.get('title') or data.get('rule')}{_HEALTH_ENDS.get(kind, '')}"
    text = ": ".join(part for part in (str(data.get("subject") or ""), what) if part)
    return title, text, "ok" if is_over else str(data.get("severity") or "")


def _gradients(data: Data) -> tuple[str, str, str]:
    verdicts, modules = data.get("verdicts") or {}, data.get("modules") or {}
    odd = [(name, verdict) for name, verdict in verdicts.items() if verdict != "good"]
    if not odd:
        return "Gradient check: all in range", "", "ok"
    told = [f"{name} {_value(modules.get(name))} (too {verdict})" for name, verdict in odd[:_MOST_MODULES]]
    told += [f"{len(odd) - _MOST_MODULES} more"] if len(odd) > _MOST_MODULES else []
    return "Gradient check", ", ".join(told), "warning"


def _dropped(data: Data) -> tuple[str, str, str]:
    n = data.get("n")
    count = count_word(n) if isinstance(n, int) else str(n)
    return f"{count} points dropped", str(data.get("reason") or ""), "warning"


def _command(data: Data) -> tuple[str, str, str]:
    by = f"by {data['actor']}" if data.get("actor") else ""
    text = ": ".join(part for part in (by, str(data.get("reason") or "")) if part)
    return f"Stop {data.get('stage') or 'asked'}", text, ""


def _state(data: Data) -> tuple[str, str, str]:
    was = f"was {state_word(str(data['from'])).lower()}" if data.get("from") else ""
    now = str(data.get("to"))
    return state_word(now), was, "warning" if now in ("lost", "stalled") else ""


def _end(data: Data) -> tuple[str, str, str]:
    reason = str(data.get("reason"))
    by = f"by {data['actor']}" if data.get("actor") else ""
    return (
        _ENDS.get(reason, "Ended"),
        _joined(by, str(data.get("verdict") or "")),
        ("critical" if reason == "crashed" else ""),
    )


def _unknown(data: Data) -> tuple[str, str, str]:
    del data
    return "", "", ""


def _value(value: Any) -> str:
    return value_word(float(value)) if isinstance(value, int | float) else str(value)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


_WORDS: Mapping[str, Callable[[Data], tuple[str, str, str]]] = {
    "start": lambda data: ("Resumed" if data.get("resumed") else "Began", "", ""),
    "resume": lambda data: ("Resumed", "", "info"),
    "best": _best,
    "lr": _rate,
    "note": lambda data: ("Note", str(data.get("text") or ""), ""),
    "alert": _alert,
    "health": _health,
    "gradients": _gradients,
    "dropped": _dropped,
    "command": _command,
    "state": _state,
    "end": _end,
}
