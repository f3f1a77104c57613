"""Norms of gradients, and of what a step changed, taken where the tensors are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MOST_PARAMETERS = 200_000_000  # weights are copied for one step to see what it changed; beyond, memory is dearer
_CHUNK_ELEMENTS = 1 << 23  # weights compared at a time: 32 MiB of float32


def norms_by_module(gradients: Mapping[str, list[torch.Tensor]]) -> dict[str, float | torch.Tensor]:
    """Return the 2-norm of the gradients of every module, and of all together as `grad_norm`.

    Args:
        gradients: by the module's name, see `usable_gradient`.

    Returns:
        `grad_norm` and `grad_norm/<module>`; floats when the gradients are on the CPU, else 0-d tensors on the
        device of the first of them: nothing is waited for.
    """
    import torch

    norms = {name: _norm(tensors) for name, tensors in gradients.items() if tensors}
    if not norms:
        return {}
    parts = list(norms.values())
    every = torch.stack([part.to(parts[0].device) for part in (_together(parts), *parts)])
    names = ["grad_norm", *(f"grad_norm/{name}" for name in norms)]
    return dict(zip(names, every.tolist() if every.is_cpu else every.unbind(), strict=True))


def usable_gradient(gradient: torch.Tensor) -> torch.Tensor | None:
    """Return the gradient as a dense tensor with the same norm, None where that would make the training wait.

    Of a sharded gradient it is this rank's shard: the whole would need all ranks. A sparse gradient on a device is
    left out unless it is coalesced already.
    """
    local = gradient.to_local() if hasattr(gradient, "to_local") else gradient
    local = local.detach()
    if not local.is_sparse:
        return local
    if not (local.is_cpu or local.is_coalesced()):
        return None
    return local.coalesce().values()


class WeightSnapshot:
    """A copy of the weights before a step, to tell afterwards how far the step went. Used once."""

    def __init__(self, parameters: list[torch.Tensor]) -> None:
        self._before = [(chunk, _flat(chunk)) for chunk in _chunks(parameters)]
        self._norms = [_vector_norm(flat) for _, flat in self._before]

    def ratio(self) -> float | torch.Tensor | None:
        """Return the norm of the change over the norm of the weights before it, None when these were all zero.

        A float on the CPU; on a device a 0-d tensor, nothing is waited for, and infinite when they were all zero.
        """
        changes = [_vector_norm(flat.sub_(_flat(chunk))) for chunk, flat in self._before]
        self._before = []
        if not changes:
            return None
        change, weight = _together(changes), _together(self._norms)
        if not change.is_cpu:
            return change / weight
        return float(change) / float(weight) if weight else None


def _norm(tensors: list[torch.Tensor]) -> torch.Tensor:
    import torch.nn.utils

    is_low = any(tensor.dtype in (torch.float16, torch.bfloat16) for tensor in tensors)
    if not is_low and hasattr(torch.nn.utils, "get_total_norm"):  # since torch 2.6
        total: torch.Tensor = torch.nn.utils.get_total_norm(tensors)
        return total
    return _together([_vector_norm(tensor) for tensor in tensors])


def _together(norms: list[torch.Tensor]) -> torch.Tensor:
    """Take the norm of everything from the norms of its parts, which may lie on several devices."""
    import torch

    norm: torch.Tensor = torch.linalg.vector_norm(torch.stack([part.to(norms[0].device) for part in norms]))
    return norm


def _vector_norm(tensor: torch.Tensor) -> torch.Tensor:
    """Take a norm in at least float32: half precision overflows at 65504, which a healthy gradient may reach."""
    import torch

    is_low = tensor.dtype in (torch.float16, torch.bfloat16)
    norm: torch.Tensor = torch.linalg.vector_norm(tensor, dtype=torch.float32 if is_low else None)
    return norm


def _chunks(parameters: Iterable[torch.Tensor]) -> list[list[torch.Tensor]]:
    """Group weights of one device and type into chunks that are copied by one operation."""
    groups: dict[tuple[Any, Any], list[list[torch.Tensor]]] = {}
    room: dict[tuple[Any, Any], int] = {}
    for parameter in parameters:
        local = (parameter.to_local() if hasattr(parameter, "to_local") else parameter).detach()
        if not local.is_floating_point():
            continue
        key = (local.device, local.dtype)
        if room.get(key, 0) < local.numel():
            groups.setdefault(key, []).append([])
            room[key] = _CHUNK_ELEMENTS
        groups[key][-1].append(local)
        room[key] -= local.numel()
    return [chunk for chunks in groups.values() for chunk in chunks]


def _flat(chunk: list[torch.Tensor]) -> torch.Tensor:
    import torch

    return torch.cat([tensor.reshape(-1) for tensor in chunk])
