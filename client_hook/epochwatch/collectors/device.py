"""Read scalars off an accelerator without making the training wait for it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

_EXPECTED = "expected a number, a 0-d tensor or an array of one element"
_FIRST_PAUSE_SECONDS = 50e-6  # a copy of a few scalars takes about that long once the work before it is done
_LONGEST_PAUSE_SECONDS = 2e-3
_SLAB_NUMBERS = 4096  # pinned at a time: 32 KiB, enough for 400 calls of ten scalars


class _Event(Protocol):
    """What is needed of `torch.cuda.Event` and `torch.Event`."""

    def query(self) -> bool: ...


@dataclass(slots=True)
class Arrival:
    """The scalars of one device: where they belong among the values, and where they are arriving."""

    positions: list[int]
    host: torch.Tensor
    event: _Event | None  # None: the copy was made at once


class PendingCopy:
    """Values on their way from a device. Made in the training thread, then read by one other thread."""

    def __init__(self, values: list[float], parts: list[Arrival]) -> None:
        self._values = values
        self._parts = parts
        self._failure: RuntimeError | None = None

    def ready(self) -> bool:
        """Say whether all values have arrived (or never will, see `values`); never blocks."""
        while self._parts and self._failure is None:
            part = self._parts[-1]
            try:
                if part.event is not None and not part.event.query():
                    return False
            except RuntimeError as error:  # the device failed under the training: this copy will never arrive
                self._failure = error
                break
            for position, number in zip(part.positions, part.host.tolist(), strict=True):
                self._values[position] = float(number)
            self._parts.pop()
        return True

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until the values have arrived, at most `timeout_seconds`; say whether they have."""
        deadline = time.monotonic() + timeout_seconds
        pause = _FIRST_PAUSE_SECONDS
        while not self.ready():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return True

    def values(self) -> list[float]:
        """Return the values in the order given to `start_copy`.

        Raises:
            RuntimeError: they have not arrived yet, or the device failed before they could.
        """
        if not self.ready():
            raise RuntimeError("the values have not arrived yet; wait until ready() is true")
        if self._failure is not None:
            raise RuntimeError(f"the device failed before the values arrived: {self._failure}") from self._failure
        return list(self._values)


def is_device_tensor(value: object) -> bool:
    """Say whether `value` is a torch tensor that does not lie in the CPU's memory."""
    tensor_type = getattr(sys.modules.get("torch"), "Tensor", None)  # None too while torch is only half imported
    return tensor_type is not None and isinstance(value, tensor_type) and not value.is_cpu


def start_copy(values: Sequence[object]) -> PendingCopy | None:
    """Begin to copy scalars to the CPU, in the order of the current stream, without waiting for any of them.

    What happens to the tensors afterwards, in place or by deletion, no longer matters.

    Args:
        values: numbers and tensors of one element, on any devices.

    Returns:
        The copy under way, or None while a CUDA graph is being captured: nothing can be read then.

    Raises:
        TypeError, ValueError: a value is not one real number.
    """
    numbers = [0.0] * len(values)
    by_device: dict[torch.device, tuple[list[int], list[torch.Tensor]]] = {}
    for position, value in enumerate(values):
        if is_device_tensor(value):
            tensor = one_element(value)
            positions, tensors = by_device.setdefault(tensor.device, ([], []))
            positions.append(position)
            tensors.append(tensor)
        else:
            numbers[position] = to_float(value)
    if by_device and is_capturing():
        return None
    return PendingCopy(numbers, [Arrival(places, *copy_to_host(tensors)) for places, tensors in by_device.values()])


def copy_to_host(tensors: list[torch.Tensor]) -> tuple[torch.Tensor, _Event | None]:
    """Gather 1-element tensors of one device and start their copy to the CPU.

    Returns:
        The CPU tensor (n,) they arrive in, and the event after which it may be read; None: it may be read now.
    """
    import torch

    device = tensors[0].device
    if len({tensor.dtype for tensor in tensors}) > 1:
        tensors = [tensor.to(widest_float(device)) for tensor in tensors]
    gathered = torch.cat(tensors)  # a copy on the device: an in-place change after this line is not seen
    host = _host_memory.take(len(gathered), gathered.dtype)
    host.copy_(gathered, non_blocking=True)
    event = _record_event(device)
    return (gathered.cpu(), None) if event is None else (host, event)


class _HostMemory:
    """Pinned memory cut from slabs: to pin some for every copy would mean a call to the driver each time.

    A slab lives as long as a copy into it. Any thread may take.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[torch.dtype, torch.Tensor] = {}

    def take(self, count: int, dtype: torch.dtype) -> torch.Tensor:
        """Return CPU memory for `count` numbers that nobody else writes to."""
        with self._lock:
            left = self._left.get(dtype)
            if left is None or len(left) < count:
                left = _new_slab(max(count, _SLAB_NUMBERS), dtype)
            self._left[dtype] = left[count:]
            return left[:count]


_host_memory = _HostMemory()


def _new_slab(count: int, dtype: torch.dtype) -> torch.Tensor:
    import torch

    # Memory born in inference mode could not be written to outside it; and the default device may be another.
    with torch.inference_mode(False):
        try:
            return torch.empty(count, dtype=dtype, device="cpu", pin_memory=True)
        except RuntimeError:  # a backend without pinned memory
            return torch.empty(count, dtype=dtype, device="cpu")


def is_capturing() -> bool:
    """Say whether the current stream is recording a CUDA graph, when every read from the device is forbidden."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_initialized() and bool(torch.cuda.is_current_stream_capturing())


def widest_float(device: torch.device) -> torch.dtype:
    """Return the widest floating type that the device has: Apple's has no float64."""
    import torch

    return torch.float32 if device.type == "mps" else torch.float64


def to_float(value: object) -> float:
    """Turn one number in the CPU's memory into a float: Python, numpy, torch, Decimal, Fraction and their like.

    Raises:
        TypeError: not a real number, or a tensor on a device (see `start_copy`).
        ValueError: not exactly one element, or too large for a float.
    """
    if isinstance(value, str | bytes | bytearray):  # "5e-5" is text: reading it as a number would hide the mistake
        raise TypeError(f"given {_describe(value)}, {_EXPECTED}")
    try:
        if not isinstance(value, int | float) and callable(getattr(value, "item", None)):
            value = _single(value)
        if isinstance(value, int | float) or hasattr(value, "__float__"):
            return float(value)
    except OverflowError as error:
        raise ValueError(f"given {_describe(value)} beyond the range of a float, {_EXPECTED}") from error
    raise TypeError(f"given {_describe(value)}, {_EXPECTED}")


def one_element(value: Any) -> torch.Tensor:
    """Return a tensor of one real number flat, detached and where it lies.

    Raises:
        TypeError, ValueError: it is none, or nobody could ever read it.
    """
    tensor: torch.Tensor = _without_mesh(value) if hasattr(value, "placements") else value
    if tensor.device.type == "meta" or tensor.is_complex():
        raise TypeError(f"given {_describe(value)}, {_EXPECTED}")
    if tensor.numel() != 1:
        raise ValueError(f"given {_describe(value)}, {_EXPECTED}")
    return tensor.detach().reshape(1)


def _single(value: Any) -> object:
    if is_device_tensor(value):
        raise TypeError(f"given {_describe(value)}, expected one in the CPU's memory: call .item() where you can wait")
    size = value.numel() if callable(getattr(value, "numel", None)) else getattr(value, "size", 1)
    if size != 1:
        raise ValueError(f"given {_describe(value)}, {_EXPECTED}")
    if hasattr(value, "placements"):
        value = _without_mesh(value)
    try:
        item: object = value.item()
    except RuntimeError as error:  # sparse, quantised or fake tensors
        raise TypeError(f"given {_describe(value)}, {_EXPECTED}") from error
    if isinstance(item, complex) or getattr(getattr(item, "dtype", None), "kind", "") == "c":  # numpy's longest stays
        raise TypeError(f"given {_describe(value)}, {_EXPECTED}")
    return item


def _without_mesh(value: Any) -> torch.Tensor:
    """Take the local value of a distributed tensor whose every rank holds all of it; anything else is a collective."""
    if not all(placement.is_replicate() for placement in value.placements):
        raise TypeError(f"given {_describe(value)} in shards, expected a whole one: call .full_tensor() on every rank")
    local: torch.Tensor = value.to_local()
    return local


def _record_event(device: torch.device) -> _Event | None:
    import torch

    if device.type == "cuda":
        cuda_event = torch.cuda.Event()  # type: ignore[no-untyped-call]  # as torch ships it
        cuda_event.record(torch.cuda.current_stream(device))
        return cuda_event
    if device.type == "cpu" or not (hasattr(torch, "accelerator") and hasattr(torch, "Event")):
        return None
    try:
        event = torch.Event(device)
        event.record(torch.accelerator.current_stream(device))
    except (RuntimeError, NotImplementedError):  # a backend without streams
        return None
    return event


def _describe(value: object) -> str:
    shape = getattr(value, "shape", None)
    where = f" on {getattr(value, 'device', '')}" if is_device_tensor(value) else ""
    return f"{type(value).__name__}" + (f" of shape {tuple(shape)}" if shape is not None else "") + where
