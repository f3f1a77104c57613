"""What the configuration declares: meant so, and therefore no fault."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WARMUP = re.compile(r"warm_?up")
_RESTARTS = re.compile(r"restart|cyclic|cycle|sgdr|triangular")
_STARTED_FROM = re.compile(
    r"init_from|pre_?trained|fine_?tun|resume_from|load_from|checkpoint_path|from_checkpoint|base_model"
)
_VAL_EVERY = re.compile(
    r"(?:val|valid|validation|eval|check_val)\w*_every|every_n_(?:val|eval)|(?:val|eval)\w*_(?:interval|freq)"
)
_EPOCHS = re.compile(r"(?:^|\.)(?:(?:max|num|n|nb|total|num_train|train)_?)?epochs$")
_NOTHING = (None, False, 0, "", "none", "None", "scratch")


@dataclass(frozen=True, slots=True)
class Intent:
    """Read once from a configuration.

    starts: term or head -> first epoch at which it counts (a curriculum). frozen: parts that are not to move.
    """

    warms_up: bool
    restarts: bool
    scheduled: bool
    stops_itself: bool
    started_from_weights: bool
    frozen: tuple[str, ...]
    starts: Mapping[str, int]
    validates_every: int | None

    def freezes(self, part: str) -> bool:
        """Say whether a layer or head of this name is declared frozen."""
        return any(name in part or part in name for name in self.frozen)

    def start_of(self, part: str) -> int:
        """Return the epoch at which the curriculum lets this term or head begin; 0 without one."""
        named = [epoch for name, epoch in self.starts.items() if name and (name in part or part in name)]
        return max(named, default=0)


def read_intent(config: Mapping[str, Any]) -> Intent:
    """Read what a configuration declares, whatever the nesting of its keys."""
    leaves = [(path.lower(), value) for path, value in flatten(config)]
    schedule = " ".join(
        f"{path.rpartition('.')[2]} {value if isinstance(value, str) else ''}".lower()
        for path, value in leaves
        if ("sched" in path or "warm" in path or "restart" in path) and value not in _NOTHING
    )
    return Intent(
        warms_up=bool(_WARMUP.search(schedule)) or "one_cycle" in schedule or "onecycle" in schedule,
        restarts=bool(_RESTARTS.search(schedule)),
        scheduled=bool(schedule),
        stops_itself=any(re.search(r"early_?stop", path) and value not in _NOTHING for path, value in leaves),
        started_from_weights=any(_STARTED_FROM.search(path) and value not in _NOTHING for path, value in leaves),
        frozen=tuple(_frozen(leaves)),
        starts=_starts(leaves),
        validates_every=next(
            (int(value) for path, value in leaves if _VAL_EVERY.search(path) and _is_number(value) and value >= 1), None
        ),
    )


def planned_epochs(config: Mapping[str, Any]) -> int | None:
    """Return the number of epochs that a configuration plans; None when it names none, or several."""
    named = {value for path, value in flatten(config) if _EPOCHS.search(path.lower())}
    return named.pop() if len(named) == 1 and all(type(value) is int and value > 0 for value in named) else None


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, leaf) of a nested configuration; items of a list share the list's path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from flatten(inner, path)
    else:
        yield path, value


def _frozen(leaves: list[tuple[str, Any]]) -> Iterator[str]:
    for path, value in leaves:
        key = path.rpartition(".")[2]
        if not re.search(r"freeze|frozen", path) or value in _NOTHING:
            continue
        if isinstance(value, str):
            yield value.lower()
        elif re.search(r"freeze_|frozen_", key):
            yield re.sub(r"freeze_|frozen_", "", key)


def _starts(leaves: list[tuple[str, Any]]) -> dict[str, int]:
    found = {}
    for path, value in leaves:
        match = re.search(r"(?:^|\.)([^.]+?)_?start(?:_epoch)?$", path)
        if match and "curriculum" in path and _is_number(value):
            found[match.group(1)] = int(value)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
