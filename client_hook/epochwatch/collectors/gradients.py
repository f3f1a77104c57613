"""Watch a model learn: gradient norms, clipping, size of the updates and learning rates, sampled at the optimizer."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from epochwatch.collectors.clipping import ClipCounter, start_listening, stop_listening
from epochwatch.collectors.device import is_capturing
from epochwatch.collectors.environment import parameter_count
from epochwatch.collectors.learning_rates import LearningRates
from epochwatch.collectors.modules import parameters_by_module, unwrapped_optimizer
from epochwatch.collectors.norms import MOST_PARAMETERS, WeightSnapshot, norms_by_module, usable_gradient
from epochwatch.guard import attempt, guarded

if TYPE_CHECKING:
    import torch

_LARGE_NORM, _SMALL_NORM = 1000.0, 1.0  # the healthy band of a module's gradient in the first epoch
_MOST_SAMPLES = 512  # kept of the first epoch; then every second one is forgotten
_ELSEWHERE = ""  # weights of the optimizer outside the watched model: they count in the total only

Norms = Mapping[str, Any]


class GradientWatch:
    """Follows one optimizer of one model. All methods are called from the training thread.

    On every `every`-th step it hands `emit` the 2-norms of the gradients (`grad_norm`, `grad_norm/<top-level
    module>`) and `update_ratio`, the norm of what the step changed over the norm of the weights. Gradients are as the
    optimizer gets them, unscaled and reduced over ranks, but before `clip_grad_norm_`. Values are floats on the CPU,
    0-d tensors on a device; nothing is waited for. Modules without gradients in a step are absent.

    Not seen: clipping by `clip_grad_value_` or by a sharding wrapper's own method; steps that a GradScaler skips;
    steps inside a compiled function or a CUDA graph; of sharded weights, the other ranks' shards.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        every: int = 10,
        emit: Callable[[dict[str, object]], None],
        first_epoch_check: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"given every={every!r}, expected a whole number of steps, at least 1")
        optimizer = unwrapped_optimizer(optimizer)
        self._every = every
        self._emit = emit
        self._first_epoch = _FirstEpoch(first_epoch_check) if first_epoch_check is not None else None
        # Weakly, both: a run that nobody finishes must not keep a deleted model in memory.
        self._model = weakref.ref(model)
        self._optimizer = weakref.ref(optimizer)
        self._modules = {id(parameter): module for module, parameter in parameters_by_module(model)}
        self._learning_rates = LearningRates()
        self._clips = ClipCounter()
        self._steps = 0
        self._norms: Norms | None = None  # of the step in progress
        self._snapshot: WeightSnapshot | None = None
        self._has_room = True  # for a copy of the weights
        self._handles = [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
        ]
        start_listening(self)

    def describe(self) -> dict[str, Any]:
        """Return the number of parameters, how many of them are trainable, and the names of the top-level modules."""
        model = self._model()
        parameters, trainable = parameter_count(model) if model is not None else (0, 0)
        return {
            "parameters": parameters,
            "trainable": trainable,
            "modules": [name for name in dict.fromkeys(self._modules.values()) if name != _ELSEWHERE],
        }

    def learning_rates(self) -> dict[str, float]:
        """Return `lr`, or `lr/<name or index>` of every group once these have differed; nothing is waited for."""
        optimizer = self._optimizer()
        return self._learning_rates.read(optimizer.param_groups) if optimizer is not None else {}

    def end_epoch(self) -> dict[str, float]:
        """Return `clip_fraction`, the share of the epoch's steps that were clipped, if `clip_grad_norm_` was called.

        At the end of the first epoch the norms of its sampled steps are judged, see `judge`.
        """
        first_epoch, self._first_epoch = self._first_epoch, None
        if first_epoch is not None:
            first_epoch.end()
        return self._clips.end_epoch()

    def close(self) -> None:
        """Let go of the optimizer and of torch's functions; may be called twice."""
        while self._handles:
            self._handles.pop().remove()
        stop_listening(self)
        self._snapshot = self._norms = None

    @guarded(None)
    def before_clipping(self, parameters: list[Any]) -> None:
        """Measure the sampled step before its gradients are scaled."""
        first = next((id(parameter) for parameter in parameters if id(parameter) in self._modules), None)
        if first is None:
            return
        if self._clips.begin(first):
            self._norms = None
        if self._norms is None and self._is_due():
            self._norms = self._measure()

    @guarded(None)
    def clipping(self, parameters: list[Any], total_norm: Any, max_norm: float) -> None:
        """Count whether the gradients are cut."""
        if any(id(parameter) in self._modules for parameter in parameters):
            self._clips.add(total_norm, max_norm)

    @guarded(None)
    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> Any:
        if not self._is_due():
            return None
        self._snapshot = self._take_snapshot()
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if callable(closure):  # the gradients come into being only inside `step`
            self._norms = None
            closure = self._measuring(closure)
            if "closure" in kwargs:
                return args, {**kwargs, "closure": closure}
            return (args[0], closure, *args[2:]), kwargs
        if not self._clips.has_begun:
            self._norms = self._measure(getattr(optimizer, "grad_scale", None))
        return None

    @guarded(None)
    def _after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        norms, self._norms = self._norms, None
        snapshot, self._snapshot = self._snapshot, None
        self._steps += 1
        self._clips.end_step()
        if not norms:
            return
        if self._first_epoch is not None:
            self._first_epoch.add(norms)
        ratio = snapshot.ratio() if snapshot is not None else None
        self._emit({**norms, "update_ratio": ratio} if ratio is not None else dict(norms))

    def _is_due(self) -> bool:
        import torch

        return self._steps % self._every == 0 and not torch.compiler.is_compiling() and not is_capturing()

    def _measuring(self, closure: Callable[[], Any]) -> Callable[[], Any]:
        """Let a closure measure the gradients of its first call, unless a clipping inside it did."""
        nothing: Norms = {}

        def measured() -> Any:
            loss = closure()
            if self._norms is None:
                self._norms = attempt("GradientWatch", self._measure, nothing)
            return loss

        return measured

    def _measure(self, scale: Any = None) -> Norms:
        """Take the norms of all gradients. A GradScaler leaves its `scale` in when a fused step is to take it out."""
        gradients: dict[str, list[torch.Tensor]] = {}
        for weight in self._weights():
            gradient = usable_gradient(weight.grad) if weight.grad is not None else None
            if gradient is not None:
                gradients.setdefault(self._module_of(weight), []).append(gradient)
        norms = norms_by_module(gradients)
        norms.pop(f"grad_norm/{_ELSEWHERE}", None)
        return norms if scale is None else {name: norm / scale for name, norm in norms.items()}

    def _weights(self) -> Iterator[torch.Tensor]:
        optimizer = self._optimizer()
        for group in optimizer.param_groups if optimizer is not None else ():
            yield from group["params"]

    def _module_of(self, weight: torch.Tensor) -> str:
        model = self._model()
        if id(weight) not in self._modules and model is not None:  # new layers, or weights outside the model
            self._modules |= {id(parameter): module for module, parameter in parameters_by_module(model)}
        return self._modules.setdefault(id(weight), _ELSEWHERE)

    def _take_snapshot(self) -> WeightSnapshot | None:
        weights = [weight for weight in self._weights() if weight.requires_grad]
        if not self._has_room or sum(weight.numel() for weight in weights) > MOST_PARAMETERS:
            return None
        import torch

        try:
            return WeightSnapshot(weights)
        except torch.cuda.OutOfMemoryError:
            self._has_room = False
            return None


class _FirstEpoch:
    """The norms of the first epoch's sampled steps, thinned to bounded memory."""

    def __init__(self, check: Callable[[dict[str, Any]], None]) -> None:
        self._check = check
        self._samples: list[Norms] = []
        self._seen = 0
        self._stride = 1

    def add(self, norms: Norms) -> None:
        if self._seen % self._stride == 0:
            self._samples.append(norms)
        self._seen += 1
        if len(self._samples) >= _MOST_SAMPLES:
            self._samples = self._samples[::2]
            self._stride *= 2

    def end(self) -> None:
        if self._samples:
            self._check(judge(self._samples))


def judge(samples: Sequence[Norms]) -> dict[str, Any]:
    """Judge the gradients of the first epoch: good from 1 to 1000, large above (exploding), small below (not learning).

    Args:
        samples: norms of single steps as `norms_by_module` returns them.

    Returns:
        {"modules": {name: median norm}, "verdicts": {name: "good", "large" or "small"}}; a module whose gradients
        were never a number is large.
    """
    series: dict[str, list[Any]] = {}
    for norms in samples:
        for name, norm in norms.items():
            series.setdefault(name, []).append(norm)
    medians = {}
    for name, norms_of_one in series.items():
        if name.startswith("grad_norm/"):
            numbers = [norm for norm in _read(norms_of_one) if not math.isnan(norm)]
            medians[name.removeprefix("grad_norm/")] = _median(numbers)
    return {"modules": medians, "verdicts": {name: _verdict(median) for name, median in medians.items()}}


def _read(norms: list[Any]) -> list[float]:
    if isinstance(norms[0], float):
        return norms
    import torch

    numbers: list[float] = torch.stack(norms).tolist()
    return numbers


def _median(numbers: list[float]) -> float:
    if not numbers:
        return math.nan
    ranked, middle = sorted(numbers), len(numbers) // 2
    return ranked[middle] if len(numbers) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def _verdict(median: float) -> str:
    if median < _SMALL_NORM:
        return "small"
    return "good" if median <= _LARGE_NORM else "large"
