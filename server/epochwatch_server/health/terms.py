"""What the names of a loss's terms say about the loss: whose it is, and whether a quantity is part of one only."""

import re
from collections.abc import Iterable

import numpy as np

from epochwatch_server.domain.roles import spelled
from epochwatch_server.health.signals import Signal
from epochwatch_server.health.track import Track

DISCRIMINATORS = frozenset({"d", "disc", "discriminator", "critic"})
GENERATORS = frozenset({"g", "gen", "generator"})
ACTORS = frozenset({"actor", "policy", "pg"})
CRITICS = frozenset({"critic", "entropy"})  # a value beside a policy may be supervised as well


def words_of(terms: Iterable[Signal]) -> frozenset[str]:
    """Return the words in the names of a loss's terms: `loss_D_real` has d and real."""
    names = (spelled(signal.component or "").lower() for signal in terms)
    return frozenset(word for name in names for word in re.split(r"[/_.\- ]", name))


def is_only_a_term(track: Track) -> bool:
    """Say whether a quantity is part of a loss only (a divergence), or a bound that is to rise (an ELBO below 0)."""
    stem = spelled(track.signal.stem).lower()
    if "elbo" in stem and "neg" not in stem:
        return bool(np.nanmax(track.values, initial=-np.inf) < 0)
    return track.signal.is_regulariser
