"""Learning rates of an optimizer's groups, under names that stay the same through a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from epochwatch.collectors.device import PendingCopy, is_device_tensor, start_copy, to_float


class LearningRates:
    """Reads `lr` of the groups of one optimizer. Called from the training thread only."""

    def __init__(self) -> None:
        self._have_differed = False
        self._pending: dict[int, PendingCopy] = {}
        self._arrived: dict[int, float] = {}

    def read(self, groups: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Return {"lr": rate}, or {"lr/<name or index>": rate} per group from the first time that they differ.

        A rate kept on a device is the one of an earlier call, since nothing is waited for; until it has arrived the
        group is absent. Two groups of one name are told apart by their index.
        """
        rates = {index: self._rate_of(index, group["lr"]) for index, group in enumerate(groups) if "lr" in group}
        known = {index: rate for index, rate in rates.items() if rate is not None}
        self._have_differed = self._have_differed or len(set(known.values())) > 1
        if not self._have_differed:
            return {"lr": next(iter(known.values()))} if known else {}
        names = [str(group.get("name", index)) for index, group in enumerate(groups)]
        unique = [name if names.count(name) == 1 else f"{name} ({index})" for index, name in enumerate(names)]
        return {f"lr/{unique[index]}": rate for index, rate in known.items()}

    def _rate_of(self, index: int, rate: object) -> float | None:
        if not is_device_tensor(rate):
            return to_float(rate)
        pending = self._pending.get(index)
        if pending is None or pending.ready():
            if pending is not None:
                self._arrived[index] = pending.values()[0]
            copy = start_copy([rate])
            if copy is not None:
                self._pending[index] = copy
        return self._arrived.get(index)
