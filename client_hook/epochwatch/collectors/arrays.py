"""Bring predictions and targets of any kind to one place: numpy, or torch on one device."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from epochwatch.collectors.device import widest_float


@dataclass(frozen=True, slots=True)
class Home:
    """Where the sums of an epoch live.

    library: the module numpy or torch; the functions used here have the same names and arguments in both.
    device: the torch device, None for numpy.
    on_host: the numbers may be looked at at once; on a device that would make the training wait.
    """

    library: Any
    device: Any
    on_host: bool

    @property
    def float_type(self) -> Any:
        """The type that sums are kept in: float64, but for devices that lack it."""
        return self.library.float64 if self.device is None else widest_float(self.device)

    def zeros(self, *shape: int) -> Any:
        """Return int64 zeros of a shape."""
        if self.device is None:
            return self.library.zeros(shape, dtype=self.library.int64)
        return self.library.zeros(shape, dtype=self.library.int64, device=self.device)

    def counted(self, start: int, stop: int) -> Any:
        """Return int64 numbers start .. stop - 1."""
        if self.device is None:
            return self.library.arange(start, stop, dtype=self.library.int64)
        return self.library.arange(start, stop, dtype=self.library.int64, device=self.device)

    def as_float(self, array: Any) -> Any:
        """Return an array of the home in `float_type`."""
        return array.astype(self.float_type, copy=False) if self.device is None else array.to(self.float_type)

    def as_integer(self, array: Any) -> Any:
        """Return an array of the home as int64; fractions are cut off."""
        return array.astype(self.library.int64, copy=False) if self.device is None else array.to(self.library.int64)

    def filled(self, array: Any, mask: Any, value: float) -> Any:
        """Return the array with `value` where the mask is true."""
        if self.device is None:
            return self.library.where(mask, array.dtype.type(value), array)
        return array.masked_fill(mask, value)  # torch.where would copy the value to the device, and wait for that

    def top(self, array: Any, axis: int) -> tuple[Any, Any]:
        """Return the largest values along an axis and their indices; NaN is larger than everything."""
        if self.device is None:
            return self.library.amax(array, axis=axis), array.argmax(axis=axis)
        values, indices = array.max(axis)  # one pass; torch's argmax alone takes six times as long on a CPU
        return values, indices

    def count(self, index: Any, weight: Any, size: int) -> Any:
        """Count how often each of 0..size-1 stands in `index` where `weight` is true.

        Args:
            index: int64 (n,); where `weight` is true within 0..size-1, elsewhere anything.
            weight: bool (n,).

        Returns:
            int64 (size,). Nothing is read from a device, and nothing out of range can fault there.
        """
        if self.on_host:
            return self.library.bincount(index[weight], minlength=size)
        safe = self.filled(index, ~weight, 0)  # bincount would wait for the largest index
        return self.zeros(size).index_add_(0, safe, weight.to(self.library.int64))


def read_pair(prediction: object, target: object, home: Home | None) -> tuple[Home, Any, Any]:
    """Bring a prediction and its target to `home`, or to the place that suits them when there is none yet.

    Args:
        prediction, target: tensors, arrays, numbers or nested lists of numbers.
        home: where the sums of this epoch already are.

    Returns:
        The home, and both as its arrays, without gradient history; tensors on a device are not waited for.
    """
    prediction, target = _joined(prediction), _joined(target)
    home = home or _home_of(prediction, target)
    if home.device is None:
        return home, _as_numpy(prediction, home), _as_numpy(target, home)
    return home, _as_tensor(prediction, home), _as_tensor(target, home)


def kind_of(array: Any) -> str:
    """Return "float", "integer" or "bool" for an array of either library.

    Raises:
        TypeError: it holds anything else.
    """
    if not hasattr(array.dtype, "kind"):  # a torch dtype
        if array.dtype.is_complex:
            raise TypeError("given complex numbers, expected real ones")
        return "float" if array.dtype.is_floating_point else "bool" if str(array.dtype) == "torch.bool" else "integer"
    kinds = {"f": "float", "i": "integer", "u": "integer", "b": "bool"}
    if array.dtype.kind not in kinds:
        raise TypeError(f"given an array of {array.dtype}, expected numbers (class names: pass their indices)")
    return kinds[array.dtype.kind]


def _joined(value: object) -> object:
    """Stack a list of tensors, which both libraries would read number by number."""
    if isinstance(value, list | tuple) and value and all(_is_tensor(part) for part in value):
        joined: object = sys.modules["torch"].stack([part.detach() for part in value])
        return joined
    return value


def _home_of(*values: object) -> Home:
    torch = sys.modules.get("torch")
    tensors: list[Any] = [value for value in values if _is_tensor(value)]
    if torch is not None and tensors:
        device = next((tensor.device for tensor in tensors if not tensor.is_cpu), tensors[0].device)
        return Home(torch, device, on_host=device.type == "cpu")
    try:
        import numpy
    except ImportError:
        if torch is None:
            raise TypeError(f"given {type(values[0]).__name__}, expected tensors or arrays: install numpy") from None
        return Home(torch, torch.device("cpu"), on_host=True)
    return Home(numpy, None, on_host=True)


def _is_tensor(value: object) -> Any:
    tensor_type = getattr(sys.modules.get("torch"), "Tensor", None)
    return tensor_type is not None and isinstance(value, tensor_type)


def _as_numpy(value: Any, home: Home) -> Any:
    if not _is_tensor(value):
        array = home.library.asarray(value)
        # bfloat16 of ml_dtypes, as jax hands it out, is a void type to numpy
        return array.astype("float32") if array.dtype.name == "bfloat16" else array
    if not value.is_cpu:
        raise ValueError(f"given a tensor on {value.device} after arrays in numpy, expected one kind within an epoch")
    value = value.detach()
    return (value.float() if value.is_floating_point() else value).numpy()


def _as_tensor(value: Any, home: Home) -> Any:
    torch = home.library
    if not _is_tensor(value):
        # A copy, since a read-only array would make torch warn; on the CPU, whatever the default device is.
        value = torch.tensor(value.copy() if hasattr(value, "dtype") else value, device="cpu")
    if hasattr(value, "to_local"):
        value = value.to_local()  # the rank's own part of a distributed tensor: to gather would be a collective
    value = value.detach()
    if value.device == home.device:
        return value
    if home.on_host:
        raise ValueError(f"given a tensor on {value.device} after tensors on the CPU, expected one device an epoch")
    if value.is_cpu and home.device.type == "cuda":
        value = value.pin_memory()  # from ordinary memory the copy would wait for the device
    return value.to(home.device, non_blocking=True)
