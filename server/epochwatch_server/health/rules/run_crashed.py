"""An exception ended the run.

What it sees
    The end of the run and its error.

Why it matters
    The run is over and its plan is not.

How it decides
    The run ended with an error after at least one epoch. Before the first epoch it never started, which is another
    rule's.

What to do
    The error is in the evidence; resume from the last checkpoint.

Source
    Post-mortem 003.
"""

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, Outcome, Rule, Severity
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report an exception that ended the run."""
    ending = window.ending
    if ending is None or ending.status != "crashed" or window.epochs_seen == 0:
        return []
    error = (ending.error or "unknown").strip()
    last = error.splitlines()[-1][:300]
    memory = "memory" in last.lower()
    planned = window.facts.planned_epochs
    how_far = f" after {window.epochs_seen} of {planned} epochs" if planned else ""
    return [
        Finding(
            Severity.CRITICAL,
            f"crashed{how_far}: {last}",
            Evidence({"error": last, "epochs": float(window.epochs_seen)}, "an exception ended the run", window.epoch),
            "memory ran out" if memory else "see the traceback",
            (
                "resume from the last checkpoint",
                *(("lower the batch size, or free what grows from epoch to epoch",) if memory else ()),
            ),
        )
    ]


RULE = Rule(
    id="run_crashed",
    title="Crashed",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.END}),
    clear=0,
)
