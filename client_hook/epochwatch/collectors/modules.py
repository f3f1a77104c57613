"""Which part of a model a parameter belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MOST_MODULES = 64  # charts and names; what comes after is taken together
_REST = "(other modules)"

# Inserted into parameter names by torch.compile, FSDP and activation checkpointing: no part of the user's model.
_WRAPPERS = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})
_PARALLEL = frozenset({"DataParallel", "DistributedDataParallel", "FullyShardedDataParallel"})


def parameters_by_module(model: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """Yield the name of the top-level module of every parameter, and the parameter.

    A parameter that the model itself owns stands under its own name. One shared by two modules counts once, in the
    first of them.
    """
    known: set[str] = set()
    for name, parameter in unwrapped(model).named_parameters():
        module = next((part for part in name.split(".") if part not in _WRAPPERS), name)
        if module not in known and len(known) >= MOST_MODULES:
            module = _REST
        known.add(module)
        yield module, parameter


def unwrapped(model: Any) -> Any:
    """Take a model out of DataParallel, DistributedDataParallel, FSDP and torch.compile."""
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif type(model).__name__ in _PARALLEL and hasattr(model, "module"):
            model = model.module
        else:
            return model


def unwrapped_optimizer(optimizer: Any) -> Any:
    """Take an optimizer out of Lightning's and Accelerate's wrappers, whose own `step` runs no hook.

    Raises:
        TypeError: no torch optimizer inside.
    """
    import torch

    while isinstance(getattr(optimizer, "optimizer", None), torch.optim.Optimizer):
        optimizer = optimizer.optimizer
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"given an optimizer of type {type(optimizer).__name__}, expected a torch.optim.Optimizer")
    return optimizer
