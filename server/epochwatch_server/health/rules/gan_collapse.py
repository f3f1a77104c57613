"""One of two adversaries wins, or the generator repeats itself.

What it sees
    The losses of discriminator and generator, the discriminator's outputs for real and made samples, the number of
    modes covered, the spread of the samples.

Why it matters
    A discriminator that is always right teaches nothing; a generator that found one convincing sample makes no
    others.

How it decides
    Only for a loss of two adversaries. After the warm-up plus two epochs: for three epochs the discriminator's loss
    is below 0.1 and a tenth of the generator's, which is above `gain`; or the number of modes was never above `modes`
    and does not grow, nor is there progress otherwise; or the discriminator's output for made samples swings from
    epoch to epoch by more than `swing`, at each of the last epochs: the generator hops from one mode to the next.

What to do
    Balance the rates of both, add noise to the discriminator's inputs, show the discriminator several samples at
    once.

Source
    Goodfellow 2016 (tutorial on GANs); Salimans et al. 2016 (minibatch discrimination).
"""

import numpy as np

from epochwatch_server.health.learning import makes_progress
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.terms import DISCRIMINATORS, GENERATORS
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a pair of adversaries that lost its balance."""
    players = _players(window)
    if players is None:
        return NotChecked("the loss is no pair of adversaries")
    if window.epochs_seen <= window.warm_up + 2:
        return []
    discriminator, generator = players
    why = _one_wins(discriminator, generator, limits) or _few_modes(window, limits) or _hops(window, limits)
    if not why:
        return []
    return [
        Finding(
            Severity.WARNING,
            why,
            Evidence(
                {discriminator.metric: discriminator.last, generator.metric: generator.last},
                "see the rule's page",
                window.epochs_ago(3),
                (discriminator.metric, generator.metric),
            ),
            "one player learns faster than the other, and the slower one gets no useful gradient",
            (
                "balance the rates of both players",
                "add noise to the discriminator's inputs",
                "let the discriminator see several samples at once",
            ),
        )
    ]


def _players(window: Window) -> tuple[Track, Track] | None:
    for split in ("train", "val"):
        terms = {
            (t.signal.component or "").lower(): t.finite() for t in window.find("component", split) if len(t.finite())
        }
        first = next((t for name, t in terms.items() if name in DISCRIMINATORS), None)
        second = next((t for name, t in terms.items() if name in GENERATORS), None)
        if first is not None and second is not None:
            return first, second
    return None


def _one_wins(discriminator: Track, generator: Track, limits: Limits) -> str:
    won = (
        np.all(discriminator.values[-3:] < 0.1) and discriminator.values[-3:].max() < 0.1 * generator.values[-3:].min()
    )
    lost = np.all(generator.values[-3:] > limits["gain"])
    if len(generator) >= 3 and won and lost:
        return f"the discriminator wins: its loss is {discriminator.last:.3g}, the generator's {generator.last:.3g}"
    return ""


def _few_modes(window: Window, limits: Limits) -> str:
    modes = window.one("mode_count", "val") or window.one("mode_count", "train")
    if modes is None or len(modes.finite()) < 5:
        return ""
    values = modes.finite().values
    grows = np.median(values[-3:]) > np.median(values[1:4]) + 1
    if values.max() <= limits["modes"] and not grows and not makes_progress(window) and not _spreads(window):
        return f"{modes.metric} is {values[-1]:g} and was never above {values.max():g} in {len(values)} epochs"
    return ""


def _spreads(window: Window) -> bool:
    """Say whether the samples spread out, towards the spread of the real ones: modes are yet to be reached."""
    made, real = window.one("sample_std", "val"), window.one("real_std", "val")
    if made is None or real is None or len(made.finite()) < 5 or not len(real.finite()):
        return False
    values = made.finite().values
    return float(values[-1]) < float(real.finite().last) and float(values[-2:].mean()) > 1.1 * float(
        values[-5:-3].mean()
    )


def _hops(window: Window, limits: Limits) -> str:
    made = window.one("d_fake", "val") or window.one("d_fake", "train")
    if made is None or len(made.finite()) < 6:
        return ""
    swings = np.abs(np.diff(made.finite().values[-6:]))
    if float(np.median(swings)) > limits["swing"]:
        return f"{made.metric} swings by {np.median(swings):.2f} from epoch to epoch: the generator hops between modes"
    return ""


RULE = Rule(
    id="gan_collapse",
    title="Adversaries out of balance",
    check=check,
    page=__doc__ or "",
    thresholds={
        "gain": Threshold(3, 1.2, 100, "", "loss of the generator while the discriminator wins"),
        "modes": Threshold(3, 1, 100, "modes", "modes covered that are too few"),
        "swing": Threshold(0.12, 0.01, 1, "", "swing of the discriminator's output"),
    },
)
