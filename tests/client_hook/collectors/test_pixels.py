"""Any image at hand becomes the same pixels; what is too large or no image is refused with what to do."""

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epochwatch.collectors.pixels import Pixels, encode_png, to_pixels

Bytes = NDArray[np.uint8]


def picture(height: int = 5, width: int = 7, channels: int = 3) -> Bytes:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def levels(pixels: Pixels) -> Bytes:
    return np.frombuffer(pixels.raw, np.uint8).reshape(pixels.height, pixels.width, pixels.channels)


class FakePil:
    """Has what a PIL image has, as far as it is needed; PIL itself is not a dependency."""

    def __init__(self, array: Bytes, mode: str, info: dict[str, Any] | None = None) -> None:
        self.array, self.mode, self.info = array, mode, info or {}
        self.size = (array.shape[1], array.shape[0])

    def tobytes(self) -> bytes:
        return self.array.tobytes()

    def convert(self, mode: str) -> "FakePil":
        channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
        return FakePil(np.full((*self.array.shape[:2], channels), 9, np.uint8), mode)


def files() -> dict[str, bytes]:
    """Return the headers of image files of 300 x 200 pixels."""
    jpeg_tables = b"\xff\xdb" + struct.pack(">H", 67) + bytes(65)
    jpeg_frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 11, 8, 200, 300, 1) + bytes(3)
    vp8 = b"VP8 " + struct.pack("<I", 20) + b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 300, 200)
    vp8l = b"VP8L" + struct.pack("<I", 20) + b"\x2f" + struct.pack("<I", 299 | 199 << 14)
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (299).to_bytes(3, "little") + (199).to_bytes(3, "little")
    return {
        "png": encode_png(300, 200, 1, bytes(60000)),
        "gif": b"GIF89a" + struct.pack("<HH", 300, 200) + bytes(4),
        "jpeg": b"\xff\xd8" + b"\xff\xe0" + struct.pack(">H", 4) + b"JF" + jpeg_tables + jpeg_frame,
        **{
            name: b"RIFF" + struct.pack("<I", 30) + b"WEBP" + body
            for name, body in zip("abc", (vp8, vp8l, vp8x), strict=True)
        },
    }


FORMS: dict[str, Any] = {
    "numpy, channels last": lambda image: image,
    "numpy, channels first": lambda image: np.moveaxis(image, -1, 0),
    "numpy, not contiguous": lambda image: np.repeat(image, 2, axis=1)[:, ::2],
    "numpy, a batch of one": lambda image: image[None],
    "numpy floats 0..1": lambda image: image / 255,
    "numpy float16 0..1": lambda image: (image / 255).astype(np.float16),
    "numpy floats 0..255": lambda image: image.astype(np.float64),
    "numpy int64": lambda image: image.astype(np.int64),
    "numpy uint16": lambda image: image.astype(np.uint16) * 257,
    "nested lists": lambda image: image.tolist(),
    "torch, channels first": lambda image: torch.tensor(image).permute(2, 0, 1),
    "torch, channels last": torch.tensor,
    "torch floats 0..1": lambda image: (torch.tensor(image).permute(2, 0, 1) / 255).requires_grad_(),
    "torch floats 0..255": lambda image: torch.tensor(image).double(),
    "torch bfloat16": lambda image: torch.tensor(image // 16 * 16).bfloat16(),
    "torch int32": lambda image: torch.tensor(image).int(),
    "PIL": lambda image: FakePil(image, "RGB"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_image_gives_the_same_pixels_and_key(form: str) -> None:
    image = picture() if form != "torch bfloat16" else picture() // 16 * 16
    pixels = to_pixels(FORMS[form](image))
    assert (pixels.width, pixels.height, pixels.channels, pixels.ready) == (7, 5, 3, False)
    np.testing.assert_array_equal(levels(pixels), image)
    assert pixels.key == to_pixels(image).key
    assert len(pixels.key) == 16


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("convert", [lambda image: image, torch.tensor])
def test_grey_colour_and_transparency_are_kept(channels: int, convert: Any) -> None:
    image = picture(channels=channels)
    np.testing.assert_array_equal(levels(to_pixels(convert(image))), image)


def test_a_plain_matrix_is_a_grey_image() -> None:
    np.testing.assert_array_equal(levels(to_pixels(picture()[..., 0]))[..., 0], picture()[..., 0])
    np.testing.assert_array_equal(levels(to_pixels(torch.tensor([[True, False]]))).ravel(), [255, 0])
    np.testing.assert_array_equal(levels(to_pixels(np.array([[True, False]]))).ravel(), [255, 0])


def test_where_both_ends_could_be_channels_a_tensor_has_them_first_and_an_array_last() -> None:
    image = picture(3, 6, 3)
    np.testing.assert_array_equal(levels(to_pixels(image)), image)
    np.testing.assert_array_equal(levels(to_pixels(torch.tensor(image))), np.moveaxis(image, 0, -1))


@pytest.mark.parametrize("convert", [np.array, torch.tensor])
def test_floats_outside_are_clipped_and_nan_is_black(convert: Any) -> None:
    def grey(*values: float) -> list[int]:
        return levels(to_pixels(convert([list(values)]))).ravel().tolist()

    assert grey(-0.5, 0.0, 0.5, 1.0, 1.4) == [0, 0, 128, 255, 255]
    assert grey(0.0, 128.0, 255.0, 300.0) == [0, 128, 255, 255]
    assert grey(-2.1, 0.5, 2.6) == [0, 128, 255]  # normalised for a network: still 0..1, clipped
    assert grey(-3.0, 128.0, 258.0) == [0, 128, 255]  # a little beyond 0..255, as resizing leaves it
    assert grey(math.nan, math.inf, -math.inf, 1.0) == [0, 255, 0, 255]
    assert levels(to_pixels(convert([[-5, 0, 255, 999]]))).ravel().tolist() == [0, 0, 255, 255]


def test_numbers_beyond_float32_are_clipped_without_a_warning() -> None:
    assert levels(to_pixels(np.array([[1e300, 0.0]]))).ravel().tolist() == [255, 0]


def test_the_key_tells_images_apart_by_pixels_and_by_shape() -> None:
    image = picture(4, 6, 1)
    changed = image.copy()
    changed[3, 5] ^= 1
    keys = {to_pixels(one).key for one in (image, changed, image.reshape(6, 4), image.reshape(2, 4, 3))}
    assert len(keys) == 4


@pytest.mark.parametrize("convert", [lambda image: image, torch.tensor, lambda image: FakePil(image, "RGB")])
def test_an_image_that_is_known_is_not_copied_again(convert: Any) -> None:
    first = to_pixels(convert(picture()))
    again = to_pixels(convert(picture()), known={first.key})
    assert (again.key, again.raw) == (first.key, b"")


@pytest.mark.parametrize(
    ("mode", "info", "channels"),
    [
        ("1", {}, 1),
        ("P", {}, 3),
        ("P", {"transparency": 0}, 4),
        ("LA", {}, 4),
        ("CMYK", {}, 3),
        ("L", {}, 1),
        ("RGBA", {}, 4),
    ],
)
def test_pil_images_of_every_mode_are_taken(mode: str, info: dict[str, Any], channels: int) -> None:
    pixels = to_pixels(FakePil(picture(channels=max(channels, 1)), mode, info))
    assert pixels.channels == channels
    assert len(pixels.raw) == 5 * 7 * channels


@pytest.mark.parametrize("kind", files())
def test_image_files_are_passed_on_as_they_are(kind: str, tmp_path: Path) -> None:
    data = files()[kind]
    (tmp_path / "image").write_bytes(data)
    for given in (data, bytearray(data), memoryview(data), tmp_path / "image", str(tmp_path / "image")):
        pixels = to_pixels(given)
        assert (pixels.width, pixels.height, pixels.ready, pixels.raw) == (300, 200, True, data)
    assert to_pixels(data, known={to_pixels(data).key}).raw == b""


@pytest.mark.parametrize("kind", files())
def test_an_image_file_cut_off_anywhere_in_its_header_is_refused(kind: str) -> None:
    data = files()[kind]
    for length in range(min(len(data), 120)):
        try:
            size = to_pixels(data[:length]).width, to_pixels(data[:length]).height
        except ValueError as error:
            assert "given" in str(error)  # noqa: PT017 - a prefix may also be long enough
        else:
            assert size == (300, 200)


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"BM" + bytes(60), b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\x00\x00\x00\x00"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="given"):
        to_pixels(data)


def test_paths_that_are_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected the path of an image file"):
        to_pixels(tmp_path)
    with pytest.raises(FileNotFoundError):
        to_pixels(tmp_path / "missing.png")
    (tmp_path / "big.png").write_bytes(files()["png"] + bytes(5 << 20))
    with pytest.raises(ValueError, match="make it smaller"):
        to_pixels(tmp_path / "big.png")


@pytest.mark.parametrize(
    "image",
    [np.zeros((5000, 2), np.uint8), torch.zeros(3, 2, 5000), np.zeros((0, 4, 3)), encode_png(1, 1, 1, b"a").replace(
        struct.pack(">II", 1, 1), struct.pack(">II", 100_000, 1)
    )],
)  # fmt: skip
def test_images_too_large_or_empty_are_refused_with_what_to_do(image: Any) -> None:
    with pytest.raises(ValueError, match=r"given .*expected"):
        to_pixels(image)


@pytest.mark.parametrize("shape", [(3,), (5, 5, 2), (2, 3, 8, 8), (7, 8, 9), (1, 1, 1, 1, 1)])
def test_shapes_that_are_no_image_are_refused(shape: tuple[int, ...]) -> None:
    for image in (np.zeros(shape), torch.zeros(shape)):
        with pytest.raises(ValueError, match=r"given shape .*expected an image of shape"):
            to_pixels(image)


@pytest.mark.parametrize(
    "image", [np.array([["a", "b"]]), np.zeros((2, 2), complex), torch.zeros(2, 2, dtype=torch.complex64)]
)
def test_arrays_that_hold_no_numbers_are_refused(image: Any) -> None:
    with pytest.raises(TypeError, match="given an array of"):
        to_pixels(image)


def test_png_of_pixels_has_their_size_in_its_header() -> None:
    pixels = to_pixels(picture(30, 40))
    file = to_pixels(encode_png(pixels.width, pixels.height, pixels.channels, pixels.raw))
    assert (file.width, file.height, file.ready) == (40, 30, True)
    assert zlib.crc32(file.raw[12:29]) == struct.unpack(">I", file.raw[29:33])[0]
