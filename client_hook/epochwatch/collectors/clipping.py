"""Hear of every gradient clipping by norm, which happens between backward and step where no hook of torch's is."""

from __future__ import annotations

import functools
import math
import operator
import threading
from collections.abc import Callable
from typing import Any, Protocol

from epochwatch.collectors.device import is_device_tensor
from epochwatch.guard import guarded

_MOST_WAITING = 256  # truths on a device before they are added up there


class Listener(Protocol):
    """Told of each clipping, before the gradients are scaled."""

    def before_clipping(self, parameters: list[Any]) -> None:
        """Hear that the gradients of these parameters are about to be clipped."""

    def clipping(self, parameters: list[Any], total_norm: Any, max_norm: float) -> None:
        """Hear the norm of their gradients together, and what it is cut down to."""


_listeners: list[Listener] = []
_replaced: list[tuple[Any, str, Any, Any]] = []  # module, name, torch's own function, ours
_lock = threading.Lock()


class ClipCounter:
    """Counts the optimizer's steps, and those whose gradients were clipped, for an epoch; never waits for a device."""

    def __init__(self) -> None:
        self._steps = 0
        self._clipped = 0
        self._waiting: list[Any] = []  # truths on a device, one per step
        self._is_used = False
        self._begun: set[int] = set()  # the first weight of each clipping since the last step
        self._flags: list[Any] = []  # what these clippings found: bools, or 0-d tensors on a device

    @property
    def has_begun(self) -> bool:
        """Say whether gradients were clipped since the last step."""
        return bool(self._begun)

    def begin(self, first_weight: int) -> bool:
        """Note a clipping of the weights that begin with this one; say whether these were clipped before in this step.

        Then it is another attempt: a GradScaler skipped the step in between, or gradients were accumulated.
        """
        is_repeated = first_weight in self._begun
        if is_repeated:
            self._begun.clear()
            self._flags.clear()
        self._begun.add(first_weight)
        return is_repeated

    def add(self, total_norm: Any, max_norm: float) -> None:
        """Note whether a norm is cut; an infinite limit only measures, and of a sharded norm nobody has all."""
        if not math.isinf(max_norm) and not hasattr(total_norm, "to_local"):
            is_cut = total_norm > max_norm
            self._flags.append(is_cut if is_device_tensor(is_cut) else bool(is_cut))

    def end_step(self) -> None:
        """Count a step; it was clipped if any of its clippings cut something."""
        self._steps += 1
        if self._flags:
            self._is_used = True
            is_cut = functools.reduce(operator.or_, self._flags)
            if isinstance(is_cut, bool):
                self._clipped += is_cut
            else:
                self._waiting.append(is_cut)
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting = [_total(self._waiting)]
        self._begun.clear()
        self._flags = []

    def end_epoch(self) -> dict[str, float]:
        """Return `clip_fraction`, clipped over all steps, if any step came to a clipping; reads from the device."""
        clipped = self._clipped + (int(_total(self._waiting)) if self._waiting else 0)
        fraction = {"clip_fraction": clipped / self._steps} if self._is_used else {}
        self._steps, self._clipped, self._waiting, self._is_used = 0, 0, [], False
        return fraction


def _total(truths: list[Any]) -> Any:
    import torch

    return torch.stack([truth.to(torch.int64) for truth in truths]).sum()


def start_listening(listener: Listener) -> None:
    """Tell `listener` of clippings until `stop_listening`; torch's functions are wrapped while anybody listens.

    Since torch 2.6 every call of `clip_grad_norm_` is heard, under whatever name it was imported. With an older
    torch only calls through the module are: `torch.nn.utils.clip_grad_norm_(...)`.
    """
    with _lock:
        _listeners.append(listener)
        if len(_listeners) == 1:
            _wrap(places_to_wrap())


def stop_listening(listener: Listener) -> None:
    """Forget `listener`; the last one gone, torch's functions are put back."""
    with _lock:
        if listener in _listeners:
            _listeners.remove(listener)
        if not _listeners:
            _restore()


def places_to_wrap() -> list[tuple[Any, str, Callable[[Any], Any]]]:
    """Return module, name and wrapper of the functions of this torch through which all clipping goes."""
    import torch.nn.utils

    module = torch.nn.utils.clip_grad
    if hasattr(module, "_clip_grads_with_norm_"):  # `clip_grad_norm_` looks it up here at each call
        places = [
            (module, "_clip_grads_with_norm_", wrap_scaling),
            (torch.nn.utils, "clip_grads_with_norm_", wrap_scaling),
        ]
    else:
        places = [(module, "clip_grad_norm_", wrap_whole), (torch.nn.utils, "clip_grad_norm_", wrap_whole)]
    return [place for place in places if hasattr(place[0], place[1])]


def _wrap(places: list[tuple[Any, str, Callable[[Any], Any]]]) -> None:
    for module, name, wrapper in places:
        original = getattr(module, name)
        ours = wrapper(original)
        setattr(module, name, ours)
        _replaced.append((module, name, original, ours))


def _restore() -> None:
    while _replaced:
        module, name, original, ours = _replaced.pop()
        if (
            getattr(module, name, None) is ours
        ):  # somebody may have wrapped ours since: then it stays, and only passes on
            setattr(module, name, original)


def wrap_scaling(original: Any) -> Any:
    """Wrap the function that scales gradients by a norm already taken: (parameters, max_norm, total_norm, ...)."""

    @functools.wraps(original)
    def scale(parameters: Any, max_norm: Any, total_norm: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_heard():
            parameters = _as_list(parameters)
            _announce(parameters)
            _tell(parameters, total_norm, max_norm)
        return original(parameters, max_norm, total_norm, *args, **kwargs)

    return scale


def wrap_whole(original: Any) -> Any:
    """Wrap the function that takes the norm and scales by it: (parameters, max_norm, ...)."""

    @functools.wraps(original)
    def clip(parameters: Any, max_norm: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_heard():
            return original(parameters, max_norm, *args, **kwargs)
        parameters = _as_list(parameters)
        _announce(parameters)
        total_norm = original(parameters, max_norm, *args, **kwargs)
        _tell(parameters, total_norm, max_norm)
        return total_norm

    return clip


def _is_heard() -> bool:
    import torch

    return bool(_listeners) and not torch.compiler.is_compiling()  # a compiler would trace the listeners too


def _as_list(parameters: Any) -> list[Any]:
    """Hold on to the parameters: they usually come as a generator, which can be walked only once."""
    return [parameters] if hasattr(parameters, "grad") else list(parameters)


@guarded(None)
def _announce(parameters: list[Any]) -> None:
    for listener in tuple(_listeners):
        listener.before_clipping(parameters)


@guarded(None)
def _tell(parameters: list[Any], total_norm: Any, max_norm: Any) -> None:
    for listener in tuple(_listeners):
        listener.clipping(parameters, total_norm, float(max_norm))
