"""The run never reached its first epoch.

What it sees
    The end of the run, the clock, the configuration.

Why it matters
    "Does not converge" often means that it never ran: several starts, no epoch.

How it decides
    It ended with an error before the first epoch was complete and without a single training step; or nothing arrived
    for `minutes` minutes after the start. Numbers that are strings are named: they are the usual reason.

What to do
    The error is in the evidence.

Source
    Post-mortem 003 (0 epochs, repeated failed starts).
"""

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.text_numbers import is_text_number
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a run without an epoch."""
    if window.epochs_seen or window.steps_seen:
        return []
    ending = window.ending
    silent = window.now - window.started
    if ending is None and silent < 60 * limits["minutes"]:
        return []
    error = (
        (ending.error or ending.status).strip().splitlines()[-1][:300]
        if ending
        else f"silent for {silent / 60:.0f} minutes"
    )
    texts = [f"{path} = {value!r}" for path, value in flatten(window.facts.config) if is_text_number(path, value)]
    attempt = window.facts.config.get("attempt")
    values: dict[str, float | str] = {"error": error}
    if isinstance(attempt, int):
        values["attempt"] = float(attempt)
    advice = ["start with a single batch and no data workers to see the error at once"]
    if texts:
        advice.insert(0, f"make these numbers: {', '.join(texts[:5])}")
    return [
        Finding(
            Severity.CRITICAL,
            f"ended before its first epoch: {error}" if ending else f"no epoch and no step, {error}",
            Evidence(values, "no complete epoch, no step", None),
            "a number given as text" if texts and "str" in error else "the script failed while it was setting up",
            tuple(advice),
        )
    ]


RULE = Rule(
    id="run_never_started",
    title="Never started",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.CLOCK, Moment.EPOCH, Moment.END}),
    clear=1,
    thresholds={"minutes": Threshold(10, 1, 1440, "minutes", "silence before the first step")},
)
