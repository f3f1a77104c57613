"""What `epochwatch diagnose` does and prints; apart from the command, for it needs numpy and the bare hook has none."""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE
from epochwatch_server.domain.errors import EpochwatchError
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.lifecycle import Alert, Phase
from epochwatch_server.health.replay import Replay, alerts_of, replay
from epochwatch_server.health.rule import Rule, Severity
from epochwatch_server.importers.recording import find_recordings, read_recording

_MARKS = {Severity.CRITICAL: "CRITICAL", Severity.WARNING: "WARNING ", Severity.INFO: "info    "}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDTH = 110


def diagnose(given: argparse.Namespace) -> int:
    """Diagnose what was named and print or write it; returns the exit status."""
    try:
        engine = Engine(_rules(given.rule))
        replays = [replay(read_recording(path), engine) for path in find_recordings(given.path)]
        if given.alerts is not None:
            written = {replayed.recording.name: alerts_of(replayed) for replayed in replays}
            given.alerts.write_text(json.dumps(written), encoding="utf-8")
    except (EpochwatchError, OSError) as problem:
        print(f"epochwatch diagnose: {problem}", file=sys.stderr)
        return WRONG_USAGE
    _print(given, replays)
    return PROBLEM if any(_worst(replayed) is Severity.CRITICAL for replayed in replays) else OK


def _rules(wanted: Sequence[str] | None) -> tuple[Rule, ...]:
    known = {rule.id for rule in RULES}
    unknown = sorted(set(wanted or ()) - known)
    if unknown:
        raise EpochwatchError(f"there is no rule {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return tuple(rule for rule in RULES if not wanted or rule.id in wanted)


def _print(given: argparse.Namespace, replays: Sequence[Replay]) -> None:
    if given.json:
        print(json.dumps({"runs": [_as_json(replayed) for replayed in replays]}, indent=2))
    elif len(replays) == 1:
        print("\n".join(_clean(line) for line in _diagnosis(replays[0])))
    else:
        print("\n".join(_clean(line) for line in _overview(replays)))


def _fired(replayed: Replay) -> list[Alert]:
    """Return every alert that fired, resolved ones too, worst and earliest first."""
    fired = [alert for alert in replayed.state.alerts.values() if alert.phase is not Phase.PENDING]
    return sorted(fired, key=lambda alert: (-alert.severity.rank, alert.fired_epoch or 0, alert.rule))


def _worst(replayed: Replay) -> Severity | None:
    fired = _fired(replayed)
    return fired[0].severity if fired else None


def _overview(replays: Sequence[Replay]) -> Iterator[str]:
    width = max(len(replayed.recording.name) for replayed in replays)
    for replayed in replays:
        counted = [alert for alert in _fired(replayed) if alert.severity is not Severity.INFO]
        told = ", ".join(f"{alert.rule} @ {alert.fired_epoch}" for alert in counted) or "nothing found"
        mark = _MARKS[counted[0].severity] if counted else "ok      "
        yield f"{replayed.recording.name.ljust(width)}  {mark}  {len(replayed.history.epochs):3d} epochs  {told}"
    critical = sum(_worst(replayed) is Severity.CRITICAL for replayed in replays)
    yield f"\n{len(replays)} runs, {critical} with a critical alert"


def _diagnosis(replayed: Replay) -> Iterator[str]:
    facts, seen = replayed.recording.facts, len(replayed.history.epochs)
    planned = f" of {facts.planned_epochs}" if facts.planned_epochs else ""
    fired = _fired(replayed)
    counted = [alert for alert in fired if alert.severity is not Severity.INFO]
    verdict = counted[0].finding.what if counted else "nothing found"
    yield f"{replayed.recording.name}: {seen}{planned} epochs. {verdict[:1].upper()}{verdict[1:]}."
    for alert in fired:
        yield ""
        yield from _told(alert)
    yield from _unchecked(replayed)


def _told(alert: Alert) -> Iterator[str]:
    finding, evidence = alert.finding, alert.finding.evidence
    state = f", resolved at epoch {alert.resolved_epoch}" if alert.phase is Phase.RESOLVED else ""
    subject = f" [{alert.subject}]" if alert.subject else ""
    yield f"{_MARKS[alert.severity]} {alert.rule}{subject}, fired at epoch {alert.fired_epoch}{state}"
    yield from _paragraph("what", finding.what)
    if evidence.since is not None:
        yield from _paragraph("since", f"epoch {evidence.since}")
    values = ", ".join(f"{name} {_number(value)}" for name, value in evidence.values.items())
    yield from _paragraph("evidence", values + (f" (limit: {evidence.threshold})" if evidence.threshold else ""))
    yield from _paragraph("cause", finding.cause)
    for recommendation in finding.recommendations:
        yield from _paragraph("try", recommendation)


def _paragraph(label: str, text: str) -> Iterator[str]:
    if text:
        begin = f"  {label:<9s} "
        yield from textwrap.wrap(text, _WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin))


def _unchecked(replayed: Replay) -> Iterator[str]:
    verdicts = replayed.state.verdicts
    left = [rule for rule, verdict in verdicts.items() if verdict.state == "not_checked"]
    failed = [f"{rule} ({verdict.reason})" for rule, verdict in verdicts.items() if verdict.state == "failed"]
    if left:
        yield ""
        yield from _paragraph("not checked", ", ".join(left))
    if failed:
        yield from _paragraph("failed", ", ".join(failed))


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.5g}"


def _clean(line: str) -> str:
    """Take out what could steer a terminal: names and errors come from elsewhere."""
    return _CONTROL.sub("\ufffd", line)


def _as_json(replayed: Replay) -> dict[str, Any]:
    state = replayed.state.to_json()
    return {
        "run": replayed.recording.name,
        "epochs": len(replayed.history.epochs),
        "planned_epochs": replayed.recording.facts.planned_epochs,
        "alerts": [alert for alert in state["alerts"] if alert["phase"] != Phase.PENDING.value],
        "verdicts": state["verdicts"],
    }
