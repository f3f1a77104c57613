"""The words of a notification: what happened, since when, what to try, and where to look. Plain text, pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from epochwatch_server.domain.alert import StoredAlert, StoredTransition
from epochwatch_server.notify.plain_text import one_line

MAX_TITLE_CHARS = 200
_MAX_NAME_CHARS = 80
_MAX_LINE_CHARS = 240
_DETAILED = 3  # alerts told in full; a message must fit where 2,000 characters are the limit
_LISTED = 6
_SEVERITIES = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True)
class News:
    """One transition with the alert it belongs to and its rule's title. order: causes before symptoms."""

    transition: StoredTransition
    alert: StoredAlert
    rule_title: str
    order: int

    @property
    def word(self) -> str:
        """Say how bad it is, or that it is over."""
        return "resolved" if self.transition.kind == "resolved" else self.transition.severity


def notification_id(notifier_id: int, transition_ids: Sequence[int]) -> str:
    """Make the id of a notification of what it tells: the same for every try, on every server."""
    told = f"{notifier_id}:" + ",".join(map(str, transition_ids))
    return hashlib.blake2s(told.encode(), digest_size=12).hexdigest()


def compose(news: Sequence[News], id: str, base_url: str) -> tuple[str, str]:
    """Write a message about one alert, several of a run, or several of several runs.

    Args:
        news: at least one.
        base_url: where a browser reaches this server.

    Returns:
        Title and body.
    """
    told = _latest_first_told(news)
    ordered = sorted(told, key=lambda one: (one.alert.run_id != told[0].alert.run_id, one.alert.run_id, one.order))
    runs = len({one.alert.run_id for one in ordered})
    parts = [_detail(one, base_url, names_run=runs > 1, is_alone=len(ordered) == 1) for one in ordered[:_DETAILED]]
    listed = [f"[{one.word}] {_heading(one, names_run=runs > 1)}" for one in ordered[_DETAILED : _DETAILED + _LISTED]]
    if len(ordered) > _DETAILED + _LISTED:
        listed.append(f"and {len(ordered) - _DETAILED - _LISTED} more")
    if listed:
        parts.append("\n".join(listed))
    parts.append(f"Notification {id}")
    return _title(ordered, runs), "\n\n".join(parts)


def severity_of_title(title: str) -> str:
    """Read back how bad the worst of a message is."""
    return title[1 : title.index("]")] if title.startswith("[") and "]" in title else "info"


def first_link(body: str) -> str:
    """Find the first address in a body; empty when there is none."""
    return next((line for line in body.split("\n") if line.startswith(("http://", "https://"))), "")


def _latest_first_told(news: Sequence[News]) -> list[News]:
    """Of several transitions of one alert tell the last: who hears late need not hear every step."""
    latest: dict[int, News] = {}
    for one in sorted(news, key=lambda one: one.transition.id):
        latest.pop(one.alert.id, None)
        latest[one.alert.id] = one
    return list(latest.values())


def _title(ordered: Sequence[News], runs: int) -> str:
    words = {one.word for one in ordered}
    worst = max((word for word in words if word in _SEVERITIES), key=_SEVERITIES.index, default="resolved")
    lead = next(one for one in ordered if one.word == worst)
    if runs > 1:
        return f"[{worst}] {len(ordered)} alerts of {runs} runs"
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return one_line(f"[{worst}] {_name(lead)}: {lead.rule_title}", MAX_TITLE_CHARS - len(more)) + more


def _detail(one: News, base_url: str, *, names_run: bool, is_alone: bool) -> str:
    lines = [] if is_alone else [f"[{one.word}] {_heading(one, names_run=names_run)}"]
    lines.append(one_line(one.transition.what, _MAX_LINE_CHARS))
    lines.append(_since(one))
    recommendations = one.alert.finding.get("recommendations") or []
    if recommendations and one.word != "resolved":
        lines.append(f"Try: {one_line(str(recommendations[0]), _MAX_LINE_CHARS)}")
    lines.append(f"{base_url.rstrip('/')}/runs/{quote(one.alert.run_id, safe='')}?alert={one.alert.id}")
    return "\n".join(line for line in lines if line)


def _since(one: News) -> str:
    since = (one.alert.finding.get("evidence") or {}).get("since")
    unit = one.alert.unit
    begun = f"Since {unit} {one.alert.first_epoch if since is None else since}"
    if one.word == "resolved" or one.alert.is_firing or one.alert.resolved_epoch is None:
        return f"Over at {unit} {one.transition.epoch}." if one.word == "resolved" else f"{begun}."
    return f"{begun}; over since {unit} {one.alert.resolved_epoch}."


def _heading(one: News, *, names_run: bool) -> str:
    return f"{_name(one)}: {one.rule_title}" if names_run else one.rule_title


def _name(one: News) -> str:
    return one_line(one.alert.run_name, _MAX_NAME_CHARS)
