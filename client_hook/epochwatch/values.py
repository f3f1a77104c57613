"""From what a loop hands to `log` to names and numbers; what cannot be a number is told once and left out."""

import operator
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from epochwatch.arguments import MAX_WHOLE
from epochwatch.guard import shown, try_call, warn_once
from epochwatch.settings import name_problem

MAX_STEP = 2**53  # beyond it a browser's numbers are no longer whole
MAX_NAMES = 10_000  # what the server keeps of a run
MAX_DEPTH = 16
EXPECTED = "a number, or a tensor or array of one element"


class Reader:
    """Reads the mappings given to `log`. Knows the names of the run, so that they cannot grow without bound."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def read(self, data: object) -> tuple[list[str], list[Any], list[int]]:
        """Take a mapping apart.

        Returns:
            The names, their values as floats, and the positions of values that are tensors on a device, as given.
        """
        names: list[str] = []
        values: list[Any] = []
        on_device: list[int] = []
        if not isinstance(data, Mapping):
            warn_once("log data", f"log: given {type(data).__name__}, expected a dictionary {{name: number}}.")
            return names, values, on_device
        for name, value in _flatten(data, "", 0):
            if name not in self.names and not self._admit(name):
                continue
            if type(value) is float:
                values.append(value)
            elif _lies_on_device(value):
                if not _is_one_number(name, value):
                    continue
                on_device.append(len(values))
                values.append(value)
            else:
                number = _as_float(name, value)
                if number is None:
                    continue
                values.append(number)
            names.append(name)
        return names, values, on_device

    def _admit(self, name: str) -> bool:
        problem = name_problem(name)
        if problem is not None:
            warn_once(f"name {name[:40]!r}", f"log: given the name {name[:40]!r}, expected {problem}; it is left out.")
            return False
        if len(self.names) >= MAX_NAMES:
            warn_once("names", f"log: a run keeps at most {MAX_NAMES:,} names; {name!r} and others are left out.")
            return False
        self.names.add(name)
        return True


def as_step(given: object) -> int | None:
    """Read a step, or a count of epochs; None, told once, when it is none."""
    number, _ = try_call(partial(_whole, given))
    if number is None or not -MAX_STEP <= number <= MAX_STEP:
        warn_once("step", f"step: given {shown(given, 60)}, expected a whole number up to 2**53.")
        return None
    return number


def as_epoch(given: object) -> int | None:
    """Read the number of an epoch; None, told once, when it is none."""
    number, _ = try_call(partial(_whole, given))
    if number is None or not 0 <= number <= MAX_WHOLE:
        warn_once("epoch", f"epoch: given {shown(given, 60)}, expected a whole number from 0 to {MAX_WHOLE:,}.")
        return None
    return number


def _flatten(data: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            yield from _flatten(value, f"{name}/", depth + 1)
        else:
            yield name, value


def _lies_on_device(value: object) -> bool:
    if type(value).__module__.partition(".")[0] in ("builtins", "numpy"):
        return False
    from epochwatch.collectors.device import is_device_tensor

    return is_device_tensor(value)


def _is_one_number(name: str, tensor: Any) -> bool:
    """Say whether a tensor on a device will be one real number when it is read; here nothing is read yet."""
    is_plain = not (tensor.is_meta or tensor.is_complex() or hasattr(tensor, "placements"))
    if is_plain and tensor.numel() == 1:
        return True
    from epochwatch.collectors.device import one_element

    _, error = try_call(partial(one_element, tensor))
    if error is not None:
        _tell_no_number(name, tensor, error)
    return error is None


def _as_float(name: str, value: object) -> float | None:
    number, error = try_call(partial(_number, value))
    if error is not None:
        _tell_no_number(name, value, error)
    return number


def _tell_no_number(name: str, value: object, error: Exception) -> None:
    told = shown(error, 200)
    if not told.startswith("given"):
        told = f"given {type(value).__name__} ({type(error).__name__}: {told[:120]}), expected {EXPECTED}"
    warn_once(f"value {name}", f"log: {name!r}: {told}; it is left out.")


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    from epochwatch.collectors.device import to_float

    return to_float(value)


def _whole(given: object) -> int:
    try:
        return operator.index(given)  # type: ignore[arg-type]  # it raises for what has no index
    except TypeError:
        number = _number(given)
    if number != int(number):
        raise ValueError("not whole")
    return int(number)
