"""Pixels of a loaded picture as 8-bit RGB, strip by strip, so that no second copy of the whole is made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STRIP = 512
"""Rows of a strip."""


def strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Cut a loaded picture into strips of full width, each with the row that it begins at, so that none is converted whole."""
    width, height = image.size
    for top in range(0, height, _STRIP):
        yield top, image if height <= _STRIP else image.crop((0, top, width, min(height, top + _STRIP)))


def rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a loaded picture to (H, W, 3) uint8 RGB, whatever mode the decoder gave; transparency is laid on white."""
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    is_deep = image.mode.startswith(("I", "F"))
    spans = [_span(np.asarray(strip)) for _, strip in strips(image)] if is_deep else []
    for top, strip in strips(image):
        rows = slice(top, top + strip.size[1])
        if is_deep:
            pixels[rows] = _eight_bit(np.asarray(strip), min(low for low, _ in spans), max(high for _, high in spans))[..., None]
            continue
        if strip.has_transparency_data:
            layers = strip.convert("RGBA")
            strip = Image.alpha_composite(Image.new("RGBA", layers.size, (255, 255, 255, 255)), layers)
        pixels[rows] = np.asarray(strip.convert("RGB"))
    return pixels


def _numbers(values: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _span(values: NDArray[np.generic]) -> tuple[float, float]:
    numbers = _numbers(values)
    return float(numbers.min()), float(numbers.max())


def _eight_bit(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Grey values of more than 8 bit as uint8: 0..65535 by 257, otherwise what the numbers of the whole picture span.

    Whole numbers up to 255 are kept, up to 65535 divided by 257 (the ratio of the two full scales); fractions up to 1 are
    multiplied by 255; anything else is stretched from its smallest to its largest value. Not-a-number becomes 0.
    """
    numbers = _numbers(values)
    if values.dtype == np.uint16:
        numbers = numbers / 257
    elif low < 0 or high > 65535:
        numbers = (numbers - low) * (255 / max(high - low, 1e-12))
    elif high > 255:
        numbers = numbers / 257
    elif np.issubdtype(values.dtype, np.floating) and high <= 1:
        numbers = numbers * 255
    return np.clip(np.rint(numbers), 0, 255).astype(np.uint8)
