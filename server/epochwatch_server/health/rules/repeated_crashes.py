"""The same experiment fails to start again and again.

What it sees
    Earlier attempts of the experiment that never reached an epoch, and how this one ended.

Why it matters
    Somebody, or a scheduler, restarts it without reading the error.

How it decides
    This run ended without an epoch, and at least `failures` - 1 earlier attempts did too: known to the server, or by
    the attempt number in the configuration.

What to do
    The errors are in the evidence: two different ones mean that each fix uncovered the next.

Source
    Post-mortem 003.
"""

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report failed starts in a row."""
    ending = window.ending
    if ending is None or ending.status != "crashed" or window.epochs_seen:
        return []
    attempt = window.facts.config.get("attempt")
    earlier = len(window.facts.failed_starts)
    if isinstance(attempt, int) and not isinstance(attempt, bool):
        earlier = max(earlier, attempt - 1)
    if earlier + 1 < limits["failures"]:
        return []
    errors = [*window.facts.failed_starts, ending.error or "unknown"]
    return [
        Finding(
            Severity.CRITICAL,
            f"failed to start {earlier + 1} times in a row: {errors[-1].splitlines()[-1][:200]}",
            Evidence(
                {f"error {number}": error[:200] for number, error in enumerate(errors, 1)},
                f"{limits['failures']:g} failed starts",
            ),
            "each start meets the same error, or the next one",
            ("run the script by hand once, to its first step, before it is started again",),
        )
    ]


RULE = Rule(
    id="repeated_crashes",
    title="Fails to start again and again",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.END}),
    clear=0,
    thresholds={"failures": Threshold(2, 2, 100, "starts", "failed starts in a row")},
)
