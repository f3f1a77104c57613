"""Whether validation is computed on the training data: the same digits in both splits, epoch after epoch."""

import numpy as np

from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Track, Window


def same_as_training(window: Window, evaluations: int = 5) -> Track | None:
    """Return a validation score that equals its training twin wherever both are, and changes from epoch to epoch."""
    judged, found = 0, None
    for track in (t.finite() for t in window.scores("val") if t.signal.role in SHARE_ROLES | {"r2", "error"}):
        twin = next((t for t in window.find(track.signal.role, "train") if t.signal.stem == track.signal.stem), None)
        if twin is None or len(track) < evaluations or len(np.unique(track.values)) < evaluations - 1:
            continue
        judged += 1
        known = dict(zip(twin.epochs.tolist(), twin.values.tolist(), strict=True))
        pairs = zip(track.epochs.tolist(), track.values.tolist(), strict=True)
        if not all(known.get(epoch) == value for epoch, value in pairs):
            return None
        found = found or track
    return found if judged else None
