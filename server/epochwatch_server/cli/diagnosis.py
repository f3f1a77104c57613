"""What `epochwatch diagnose` does and prints; apart from the command, for it needs numpy and the bare hook has none."""

import argparse
import json
import re
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from epochwatch_server.cli.command import OK, PROBLEM, WRONG_USAGE
from epochwatch_server.cli.reach import ServerProblem, reach
from epochwatch_server.cli.run_names import find_run
from epochwatch_server.domain.errors import EpochwatchError, InvalidInput
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.lifecycle import Alert, Phase
from epochwatch_server.health.replay import Recording, Replay, alerts_of, replay
from epochwatch_server.health.rule import Rule, Severity
from epochwatch_server.importers.as_recording import recordings_of
from epochwatch_server.importers.catalogue import find_format, guess_format
from epochwatch_server.importers.format import Format
from epochwatch_server.importers.recording import SUFFIXES, find_recordings, read_lines, read_recordings
from epochwatch_server.reports.case import case_of, fired_of, readable, sentence
from epochwatch_server.reports.diagnosis import diagnosis_html
from epochwatch_server.settings import WrongSettings

_MARKS = {Severity.CRITICAL: "CRITICAL", Severity.WARNING: "WARNING ", Severity.INFO: "info    "}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDTH = 110


def diagnose(given: argparse.Namespace) -> int:
    """Diagnose what was named and print or write it; returns the exit status."""
    unreadable: list[str] = []
    try:
        engine = Engine(_rules(given.rule))
        replays = [replay(recording, engine) for recording in _recordings(given, unreadable)]
        if given.alerts is not None:
            written = {replayed.recording.name: alerts_of(replayed) for replayed in replays}
            given.alerts.write_text(json.dumps(written), encoding="utf-8")
        if given.html is not None:
            _write_report(given, replays, engine)
    except (EpochwatchError, OSError, ServerProblem, WrongSettings) as problem:
        print(_clean(f"epochwatch diagnose: {problem}"), file=sys.stderr)
        return WRONG_USAGE
    _print(given, replays)
    for problem_told in unreadable:
        print(_clean(f"epochwatch diagnose: {problem_told}"), file=sys.stderr)
    if any(_worst(replayed) is Severity.CRITICAL for replayed in replays):
        return PROBLEM
    return WRONG_USAGE if unreadable else OK


def _rules(wanted: Sequence[str] | None) -> tuple[Rule, ...]:
    known = {rule.id for rule in RULES}
    unknown = sorted(set(wanted or ()) - known)
    if unknown:
        raise EpochwatchError(f"there is no rule {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return tuple(rule for rule in RULES if not wanted or rule.id in wanted)


def _recordings(given: argparse.Namespace, unreadable: list[str]) -> list[Recording]:
    """Read what was named. Of a folder, a file that cannot be read at all is told and left out."""
    path = Path(given.what)
    if not path.exists() and not given.what.endswith(SUFFIXES) and not given.what.startswith((".", "/", "~")):
        return [_of_server(given)]
    foreign = _foreign(given, path)
    if foreign is not None:
        return recordings_of(foreign, path)
    paths, found = find_recordings(path), dict[str, Recording]()
    for each in paths:
        try:
            read = read_recordings(each)
        except InvalidInput as problem:
            if len(paths) == 1:
                raise
            unreadable.append(str(problem))
            continue
        for recording in read:
            name = recording.name if recording.name not in found else f"{recording.name} ({each.name})"
            found[name] = replace(recording, name=name)
    if not found:
        raise InvalidInput(f"nothing in {path} can be read; {unreadable[0]}")
    return list(found.values())


def _foreign(given: argparse.Namespace, path: Path) -> Format | None:
    """Find the format of what another program logged; None for recordings and tables, which are read as they are."""
    if given.format is not None:
        named = find_format(given.format)
        return None if path.name.endswith(SUFFIXES) and named.name in ("csv", "jsonl") else named
    if path.is_file() and path.name.endswith(SUFFIXES):
        return None
    guessed = guess_format(path) if path.exists() else None
    is_of_recordings = path.is_dir() and any(inner.name.endswith(SUFFIXES) for inner in path.iterdir())
    return None if guessed is None or is_of_recordings else guessed


def _of_server(given: argparse.Namespace) -> Recording:
    server = reach(given)
    try:
        run = find_run(server, given.what)
    except ServerProblem as problem:
        raise ServerProblem(
            f"there is no file or folder {given.what!r}, so a run of a server is meant. {problem}"
        ) from None
    lines = server.lines(f"/api/runs/{quote(run['id'], safe='')}/recording.jsonl")
    return read_lines(f"{run['project']}/{run['name']}", lines, f"run {run['id']}")


def _write_report(given: argparse.Namespace, replays: Sequence[Replay], engine: Engine) -> None:
    cases = [case_of(replayed, engine.rules) for replayed in replays]
    page = diagnosis_html(cases, Path(given.what).name or given.what, time.strftime("%Y-%m-%d %H:%M"))
    given.html.write_text(page, encoding="utf-8")
    print(f"wrote {given.html} ({len(page) / 1e6:.1f} MB)", file=sys.stderr)


def _print(given: argparse.Namespace, replays: Sequence[Replay]) -> None:
    if given.json:
        print(json.dumps({"runs": [_as_json(replayed) for replayed in replays]}, indent=2))
    elif len(replays) == 1:
        print("\n".join(_clean(line) for line in _diagnosis(replays[0])))
    else:
        print("\n".join(_clean(line) for line in _overview(replays)))


def _fired(replayed: Replay) -> tuple[Alert, ...]:
    return fired_of(replayed.state.alerts.values())


def _worst(replayed: Replay) -> Severity | None:
    fired = _fired(replayed)
    return fired[0].severity if fired else None


def _overview(replays: Sequence[Replay]) -> Iterator[str]:
    width = max(len(replayed.recording.name) for replayed in replays)
    for replayed in replays:
        counted = [alert for alert in _fired(replayed) if alert.severity is not Severity.INFO]
        told = ", ".join(f"{alert.rule} @ {alert.fired_epoch}" for alert in counted) or "nothing found"
        mark = _MARKS[counted[0].severity] if counted else "ok      "
        lost = " (not all of it could be read)" if replayed.recording.lost else ""
        yield f"{replayed.recording.name.ljust(width)}  {mark}  {len(replayed.history.epochs):3d} epochs  {told}{lost}"
    critical = sum(_worst(replayed) is Severity.CRITICAL for replayed in replays)
    yield f"\n{len(replays)} runs, {critical} with a critical alert"


def _diagnosis(replayed: Replay) -> Iterator[str]:
    facts, seen = replayed.recording.facts, len(replayed.history.epochs)
    planned = f" of {facts.planned_epochs}" if facts.planned_epochs else ""
    fired = _fired(replayed)
    counted = [alert for alert in fired if alert.severity is not Severity.INFO]
    verdict = counted[0].finding.what if counted else "nothing found"
    yield f"{replayed.recording.name}: {seen}{planned} epochs. {sentence(verdict)}."
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
    values = ", ".join(f"{name} {readable(value)}" for name, value in evidence.values.items())
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
    for loss in replayed.recording.lost:
        yield from _paragraph("lost", loss)


def _clean(line: str) -> str:
    """Take out what could steer a terminal: names and errors come from elsewhere."""
    return _CONTROL.sub("\ufffd", line)


def _as_json(replayed: Replay) -> dict[str, Any]:
    state = replayed.state.to_json()
    return {
        "run": replayed.recording.name,
        "epochs": len(replayed.history.epochs),
        "planned_epochs": replayed.recording.facts.planned_epochs,
        "lost": list(replayed.recording.lost),
        "alerts": [alert for alert in state["alerts"] if alert["phase"] != Phase.PENDING.value],
        "verdicts": state["verdicts"],
    }
