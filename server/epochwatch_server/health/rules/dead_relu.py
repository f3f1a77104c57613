"""Units that are off for every input.

What it sees
    The share of units per layer that were never active.

Why it matters
    A rectifier that outputs 0 for all inputs gets no gradient and never comes back. A layer of such units passes
    nothing on.

How it decides
    A layer with more than `most` of its units dead for two epochs is a warning, critical while the run is stuck. A
    layer with more than `many` is a warning only while the run is stuck without having learned: many healthy networks
    live with half of their units off.

What to do
    Lower the rate, use a leaky activation, initialise biases at a small positive value.

Source
    SageMaker Debugger DeadRelu; AutoTrainer (dying ReLU, 70 %).
"""

import numpy as np

from epochwatch_server.health.learning import has_learned, is_stuck
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report layers whose units are off."""
    layers = [track.finite() for track in window.find("dead_fraction") if len(track.finite())]
    if not layers:
        return NotChecked("no share of dead units is logged")
    if window.epochs_seen < 2:
        return []
    worst = max(layers, key=lambda track: track.last)
    stuck = is_stuck(window, 2) and not has_learned(window)
    share = float(np.min(worst.values[-2:]))
    if share < (limits["many"] if stuck and window.epochs_seen > window.warm_up else limits["most"]):
        return []
    severity = Severity.CRITICAL if stuck and share >= limits["most"] else Severity.WARNING
    since = int(worst.epochs[int(np.argmax(worst.values > limits["many"]))])
    return [
        Finding(
            severity,
            f"{worst.last:.0%} of the units of {worst.signal.part} are off for every input",
            Evidence(
                {track.metric: track.last for track in layers[:6]},
                f"more than {limits['most']:.0%}",
                since,
                tuple(track.metric for track in layers[:4]),
            ),
            "large steps or negative biases pushed the units where a rectifier has no gradient",
            ("lower the rate", "use a leaky rectifier", "start biases at a small positive value"),
        )
    ]


RULE = Rule(
    id="dead_relu",
    title="Dead units",
    check=check,
    page=__doc__ or "",
    thresholds={
        "many": Threshold(0.6, 0.05, 1, "share", "dead units of a layer while nothing moves"),
        "most": Threshold(0.9, 0.1, 1, "share", "dead units of a layer"),
    },
)
