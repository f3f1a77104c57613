"""What the rules say of runs that were just imported: asked until they have said it."""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.reach import ServerProblem, reach
from epochwatch_server.settings import WrongSettings

MAX_RUNS = 50  # asked about; more are on the page
_WAIT_SECONDS = 10.0  # for all of them
_PAUSE_SECONDS = 0.1
_QUIET_ANSWERS = 3  # the same in a row: nothing more is being said
_SHOWN_ALERTS = 3  # of a run, the worst first


def alert_lines(runs: Sequence[Mapping[str, Any]], given: argparse.Namespace) -> Iterator[str]:
    """Say of each run what would have fired, and when; nothing when the server cannot be asked."""
    deadline = time.monotonic() + _WAIT_SECONDS
    try:
        server = reach(given)
        for run in runs[:MAX_RUNS]:
            yield from _lines(run, _settled(server, run["run"], deadline))
    except (ServerProblem, WrongSettings):
        return


def _settled(server: Any, run_id: str, deadline: float) -> Sequence[Mapping[str, Any]]:
    before: Any = None
    same = 0
    while True:
        health = server.ask("GET", f"/api/runs/{quote(run_id, safe='')}/health")
        same = same + 1 if health == before and _was_asked(health) else 0
        before = health
        if same >= _QUIET_ANSWERS or time.monotonic() >= deadline:
            return list(health["alerts"])
        time.sleep(_PAUSE_SECONDS)


def _was_asked(health: Mapping[str, Any]) -> bool:
    return any(chip["state"] != "not_checked" for chip in health["chips"])


def _lines(run: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    told = [alert for alert in alerts if alert["severity"] != "info"]
    if not told:
        return
    yield printable(f"{run['name']}: what would have fired")
    ranked = sorted(told, key=lambda alert: (alert["severity"] != "critical", alert["fired_epoch"]))
    for alert in ranked[:_SHOWN_ALERTS]:
        yield printable(f"  {alert['severity']:<8s} {alert['rule']} @ epoch {alert['fired_epoch']}: {alert['what']}")
    if len(ranked) > _SHOWN_ALERTS:
        yield f"  and {len(ranked) - _SHOWN_ALERTS} more"
