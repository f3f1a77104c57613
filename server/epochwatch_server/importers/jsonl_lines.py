"""One line of a recording, or of any log of JSON objects, as what it tells of the run."""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from epochwatch_server.importers.imported import EpochRow, Happening, Picture, Row, Spread, Told
from epochwatch_server.importers.table import read_number

_STEP_KEYS = ("step", "global_step", "_step", "iteration", "iter")
_TIME_KEYS = ("time", "timestamp", "_timestamp", "wall_time")
_WORDS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}  # as a hook's event spells them
_NOT_OF_THE_SAMPLE = frozenset({"type", "time", "split", "epoch", "step", "width", "height", "image"})
_MAX_STEP = 2**53
Clock = Callable[[float | None], float]


def items_of(line: Mapping[str, Any], clock: Clock, place: int) -> Iterator[Told]:
    """Yield what a line tells; nothing for a header or an end, which are read elsewhere.

    Args:
        clock: turns the time that a line tells, if any, into seconds since 1970.
        place: of the line, for a log that counts no steps.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: The line is not what its type says.
    """
    kind = line.get("type")
    if kind == "step":
        epoch = line.get("epoch")
        yield Row(_step(line["step"]), None if epoch is None else int(epoch), _time(line, clock), _metrics(line))
    elif kind == "epoch":
        yield _epoch(line, clock)
    elif kind == "event":
        told = {name: line.get(name) for name in ("epoch", "step") if line.get(name) is not None}
        data = {name: spelled(value) for name, value in (line.get("data") or {}).items()}
        yield Happening(str(line["event"]), _time(line, clock), {**data, **told})
    elif kind == "image":
        file = base64.b64decode(line["data"], validate=True)
        yield Picture(hashlib.sha256(file).digest()[:16], file)
    elif kind == "sample":
        yield _sample(line, clock)
    elif kind is None or not isinstance(kind, str) or kind not in ("run", "end", "clock"):
        yield from _loose(line, clock, place)


def spelled(value: Any) -> Any:
    """Spell what is no number as a hook's event does."""
    if isinstance(value, str):
        return _WORDS.get(value, value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {name: spelled(inner) for name, inner in value.items()}
    return [spelled(inner) for inner in value] if isinstance(value, list) else value


def _epoch(line: Mapping[str, Any], clock: Clock) -> EpochRow:
    stats, epoch = line.get("stats") or {}, int(line["epoch"])
    metrics: dict[str, float | Spread] = {}
    for name, value in _metrics(line).items():
        given = stats.get(name)
        if given is None:
            metrics[name] = value
            continue
        n, std, low, high, nonfinite = given
        metrics[name] = (int(n), value, _float(std), _float(low), _float(high), int(nonfinite))
    return EpochRow(epoch, _step(line.get("step", epoch)), _time(line, clock), metrics)


def _sample(line: Mapping[str, Any], clock: Clock) -> Happening:
    shown = {name: spelled(value) for name, value in line.items() if name not in _NOT_OF_THE_SAMPLE}
    if line.get("image"):
        shown["image"] = str(line["image"])[:32]  # the beginning of the same hash that names the image
    place = {"split": line["split"], "epoch": int(line["epoch"]), "step": _step(line.get("step", 0))}
    return Happening("samples", _time(line, clock), {**place, "samples": [shown]})


def _loose(line: Mapping[str, Any], clock: Clock, place: int) -> Iterator[Row]:
    """Read an object without a type, as many loops write one for each step: every number in it is a metric."""
    metrics = dict(_numbers(line, ""))
    step = next((metrics.pop(name) for name in _STEP_KEYS if name in metrics), None)
    told = next((metrics.pop(name) for name in _TIME_KEYS if name in metrics), None)
    epoch = line.get("epoch")
    is_whole = isinstance(epoch, int) and not isinstance(epoch, bool) and epoch >= 0
    if is_whole:
        metrics.pop("epoch", None)
    if metrics:
        counted = place if step is None or not math.isfinite(step) else _step(step)
        yield Row(counted, epoch if is_whole else None, clock(told), metrics)


def _numbers(line: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in line.items():
        if isinstance(value, Mapping) and not prefix:
            yield from _numbers(value, f"{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", float(value)
        elif isinstance(value, str) and value in _WORDS:
            yield f"{prefix}{name}", float(_WORDS[value])


def _metrics(line: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in (line.get("metrics") or {}).items():
        number = read_number(value) if isinstance(value, str) else value
        if number is not None and not isinstance(number, bool):
            found[str(name)] = float(number)
    return found


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _step(value: Any) -> int:
    step = int(value)
    if abs(step) > _MAX_STEP:
        raise ValueError(f"step {step} is larger than 2**53")
    return step


def _time(line: Mapping[str, Any], clock: Clock) -> float:
    value = line.get("time")
    return clock(float(value) if isinstance(value, int | float) and math.isfinite(value) else None)


WRONG_LINE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, binascii.Error)
