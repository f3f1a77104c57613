"""Turn any image that a training script has at hand into pixels, or into the file it already is."""

from __future__ import annotations

import ctypes
import hashlib
import os
import stat
import struct
import sys
from collections.abc import Container
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epochwatch.collectors.image_files import size_of_image_file
from epochwatch.collectors.png import encode_png

__all__ = ["Pixels", "encode_png", "to_pixels"]

_MOST_PIXELS_A_SIDE = 4096
_MOST_RAW_BYTES = 64 << 20
_MOST_FILE_BYTES = 4 << 20  # what the server takes of one image
_FULL_SCALE_ABOVE = 1.5  # a float image beyond is meant as 0..255; a little above 1 is still 0..1 (ringing, noise)
_STANDARDISED_BELOW = 32.0  # with negative values and none this large, it is an image normalised for a network
_CHANNELS = (1, 3, 4)
_EXPECTED = "expected an image of shape (height, width), (height, width, channels) or (channels, height, width)"
_PIL_MODES = {"L": 1, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image, ready to be kept or sent.

    key: 16 bytes that only the same image has.
    channels: 1 grey, 3 RGB, 4 RGBA; 0 for a file.
    raw: height x width x channels bytes, or the file as given when `ready`; empty when the key was known.
    """

    key: bytes
    channels: int
    width: int
    height: int
    raw: bytes
    ready: bool


def to_pixels(image: object, known: Container[bytes] = ()) -> Pixels:
    """Turn an image into pixels.

    Args:
        image: a numpy array or torch tensor (one on a device is waited for), channels first or last or none; a PIL
            image; the path or the bytes of a PNG, JPEG, GIF or WebP file, which is passed on undecoded. Where both
            ends could be the channels, a tensor has them first and an array last.
            Integers are 0..255 (uint16: 0..65535), bools black and white. Floats are 0..1, or 0..255 when any is above
            1.5 (but not in an image normalised to mean 0, which has negative values); what lies outside is clipped,
            and NaN is black.
        known: keys of images that are not needed again: `raw` is left empty for these, which saves the copy.

    Raises:
        TypeError, ValueError: not such an image, or too large; the message says what to do.
        OSError: the file cannot be read.
    """
    if isinstance(image, bytes | bytearray | memoryview):
        return _of_file(bytes(image), known)
    if isinstance(image, str | os.PathLike):
        return _of_file(_read_file(Path(image)), known)
    if (
        callable(getattr(image, "tobytes", None))
        and hasattr(image, "mode")
        and callable(getattr(image, "convert", None))
    ):
        return _of_pil(image, known)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "Tensor") and isinstance(image, torch.Tensor):
        return _of_array(_squeezed(image.detach()), torch, known, is_tensor=True)
    import numpy

    return _of_array(_squeezed(numpy.asarray(image)), numpy, known, is_tensor=False)


def _of_array(array: Any, xp: Any, known: Container[bytes], *, is_tensor: bool) -> Pixels:
    height, width, channels, is_first = _layout(tuple(array.shape), is_tensor=is_tensor)
    _check_size(width, height, channels)
    levels = _to_bytes(array, xp, is_tensor=is_tensor)
    if is_first and array.ndim == 3:
        levels = levels.permute(1, 2, 0) if is_tensor else levels.transpose(1, 2, 0)
    if not is_tensor:
        return _made(width, height, channels, xp.ascontiguousarray(levels).data, known)
    levels = levels.contiguous().cpu()
    # numpy may not be there, and a tensor has no other quick way to bytes
    memory = (ctypes.c_char * levels.numel()).from_address(levels.data_ptr())
    return _made(width, height, channels, memory, known)


def _squeezed(array: Any) -> Any:
    """Take a single image out of a batch of one."""
    return array[0] if array.ndim == 4 and array.shape[0] == 1 else array


def _layout(shape: tuple[int, ...], *, is_tensor: bool) -> tuple[int, int, int, bool]:
    """Return height, width, channels, and whether the channels come first."""
    if len(shape) == 2 and min(shape) > 0:
        return shape[0], shape[1], 1, False
    if len(shape) != 3 or min(shape) == 0 or not (shape[0] in _CHANNELS or shape[2] in _CHANNELS):
        batch = "; give the images of a batch as a list" if len(shape) == 4 else ""
        raise ValueError(f"given shape {shape}, {_EXPECTED} with 1, 3 or 4 channels{batch}")
    if shape[0] in _CHANNELS and (is_tensor or shape[2] not in _CHANNELS):
        return shape[1], shape[2], shape[0], True
    return shape[0], shape[1], shape[2], False


def _to_bytes(array: Any, xp: Any, *, is_tensor: bool) -> Any:
    """Bring values to uint8, where the array is."""

    def cast(values: Any, dtype: Any) -> Any:
        return values.to(dtype) if is_tensor else values.astype(dtype)

    if array.dtype == xp.uint8:
        return array
    if array.dtype == (xp.bool if is_tensor else xp.bool_):
        return cast(array, xp.uint8) * 255
    is_float = array.dtype.is_floating_point if is_tensor else array.dtype.kind == "f"
    if not is_float and (array.dtype.is_complex if is_tensor else array.dtype.kind not in "iu"):
        raise TypeError(f"given an array of {array.dtype}, {_EXPECTED} of numbers")
    if not is_float:
        wide = cast(array, xp.int64)
        return cast(xp.clip(wide // 257 if str(array.dtype).endswith("uint16") else wide, 0, 255), xp.uint8)
    with nullcontext() if is_tensor else xp.errstate(all="ignore"):  # a huge value is clipped like any other
        values = xp.nan_to_num(cast(array, xp.float32), nan=0.0, posinf=1.0, neginf=0.0)
        top = 255.0 if _is_full_scale(float(values.min()), float(values.max())) else 1.0
        return cast(xp.clip(values, 0.0, top) * (255.0 / top) + 0.5, xp.uint8)


def _is_full_scale(lowest: float, highest: float) -> bool:
    return highest > _FULL_SCALE_ABOVE and (lowest >= 0 or highest >= _STANDARDISED_BELOW)


def _of_pil(image: Any, known: Container[bytes]) -> Pixels:
    width, height = image.size
    if image.mode not in _PIL_MODES:
        has_alpha = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in getattr(image, "info", {})
        image = image.convert("RGBA" if has_alpha else "L" if image.mode == "1" else "RGB")
    _check_size(width, height, _PIL_MODES[image.mode])
    return _made(width, height, _PIL_MODES[image.mode], image.tobytes(), known)


def _of_file(data: bytes, known: Container[bytes]) -> Pixels:
    if len(data) > _MOST_FILE_BYTES:
        raise ValueError(
            f"given an image file of {len(data)} bytes, expected at most {_MOST_FILE_BYTES}: make it smaller"
        )
    width, height = size_of_image_file(data)
    _check_size(width, height, 1)
    key = hashlib.blake2b(data, digest_size=16).digest()
    return Pixels(key, 0, width, height, b"" if key in known else data, ready=True)


def _read_file(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe would wait for its other end
        raise ValueError(f"given {path}, expected the path of an image file")
    with path.open("rb") as file:
        return file.read(_MOST_FILE_BYTES + 1)


def _check_size(width: int, height: int, channels: int) -> None:
    is_too_large = max(width, height) > _MOST_PIXELS_A_SIDE or width * height * channels > _MOST_RAW_BYTES
    if is_too_large or min(width, height) < 1:
        raise ValueError(
            f"given an image of {width} x {height} pixels, expected 1 to {_MOST_PIXELS_A_SIDE} a side and at most "
            f"{_MOST_RAW_BYTES >> 20} MiB of pixels: scale it down before it is logged, image[::2, ::2] halves it"
        )


def _made(width: int, height: int, channels: int, memory: Any, known: Container[bytes]) -> Pixels:
    """Hash and copy the bytes of an image; `memory` is anything with a buffer."""
    shape = struct.pack(">HHB", width, height, channels)
    key = hashlib.blake2b(memory, digest_size=16, salt=shape).digest()
    return Pixels(key, channels, width, height, b"" if key in known else bytes(memory), ready=False)
