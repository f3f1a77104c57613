"""The run ended without a test result.

What it sees
    The end of the run, its test values, the validation values.

Why it matters
    All choices were made on the validation set; a test score of 0.0000 in every run means that nobody measured.

How it decides
    The run finished and no test value is there; or a test score is exactly 0 while the same validation score is above
    0. An error of exactly 0 is a result. A run that crashed or was killed is not asked, nor one that never validated.

What to do
    Evaluate the best checkpoint on held-back data, and log it before the end.

Source
    Post-mortem 000 (test accuracy 0.0000 in all runs).
"""

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.signals import SHARE_ROLES, read_signal
from epochwatch_server.health.window import Window

_PLAIN = 0.05  # a score below this may honestly be 0 on another sample


def check(window: Window, limits: Limits) -> Outcome:
    """Report a finished run without test values, or with a test score of exactly 0."""
    ending = window.ending
    if ending is None or ending.status not in ("finished", "early_stopped"):
        return NotChecked("the run did not finish")
    if window.epochs_seen == 0:
        return NotChecked("the run never trained")
    tests = {name: value for name, value in ending.metrics.items() if read_signal(name).split == "test"}
    tests |= {t.metric: t.last for t in window.all_tracks() if t.signal.split == "test" and len(t)}
    if not tests and not any(track.signal.split == "val" and len(track) for track in window.all_tracks()):
        return NotChecked("nothing was validated, so nothing was chosen that a test would have to confirm")
    if not tests:
        return [_finding("the run finished without a test result", {"test values": "none"})]
    for name, value in tests.items():
        signal = read_signal(name)
        twin = next((t for t in window.scores("val") if t.signal.stem == signal.stem), None)
        if (
            value == 0.0
            and signal.role in SHARE_ROLES - {"min_recall", "class_recall", "f1_class"}
            and (twin is None or twin.finite().last > _PLAIN)
        ):
            return [
                _finding(
                    f"{name} is exactly 0" + (f" while {twin.metric} is {twin.last:.3g}" if twin else ""), {name: value}
                )
            ]
    return []


def _finding(what: str, values: dict[str, float | str]) -> Finding:
    return Finding(
        Severity.WARNING,
        what,
        Evidence(values, "no test value, or a score of exactly 0"),
        "the script has no test evaluation, or logs a value that was never set",
        ("evaluate the best checkpoint on held-back data and log it before the end",),
    )


RULE = Rule(
    id="test_eval_missing",
    title="No test result",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.END}),
    clear=0,
)
