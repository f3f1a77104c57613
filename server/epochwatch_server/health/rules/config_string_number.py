"""A number in the configuration is text.

What it sees
    The configuration, also nested and in lists.

Why it matters
    YAML reads 1e-5 as text (it wants 1.0e-5). The optimiser then fails to start, or compares text with numbers.

How it decides
    A value that reads as a number, is text, and whose key is a hyper-parameter (rate, size, decay, clip, epochs,
    weight, dropout, momentum, betas, seed and the like). Identifiers, versions, dates, tags, names, devices and
    precision may be text. Said before the first epoch.

What to do
    Write 1.0e-5, or convert when reading.

Source
    Post-mortem 003 ('<=' between float and str).
"""

import re

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, Outcome, Rule, Severity
from epochwatch_server.health.text_numbers import is_text_number
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report hyper-parameters that are text."""
    texts = [(path, value) for path, value in flatten(window.facts.config) if is_text_number(path, value)]
    if not texts:
        return []
    listed = ", ".join(f"{path} = {value!r}" for path, value in texts[:6])
    return [
        Finding(
            Severity.WARNING if window.epochs_seen else Severity.CRITICAL,
            f"text where a number belongs: {listed}",
            Evidence(
                {path: value for path, value in texts[:12]},
                "text that reads as a number, under a hyper-parameter's key",
            ),
            "YAML takes 1e-5 for text; it wants 1.0e-5",
            tuple(f"write {path}: {_as_number(value)}" for path, value in texts[:4]),
        )
    ]


def _as_number(value: str) -> str:
    text = value.strip()
    return re.sub(r"^([+-]?\d+)e", r"\1.0e", text, flags=re.IGNORECASE)


RULE = Rule(
    id="config_string_number",
    title="A number is text",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.START}),
    clear=0,
)
