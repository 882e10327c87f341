"""Saliency maps as pictures: one colour scale everywhere, alone or laid over a face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError

# matplotlib's Inferno by van der Walt and Smith, CC0: perceptually uniform, readable with every common colour-vision
# deficiency and in grey, and dark where there is nothing.
_SCALE = cv2.COLORMAP_INFERNO


def coloured(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Colour a saliency map.

    Args:
        values: (h, w) floats, 0 to 1; values outside are clipped.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    levels = np.rint(np.clip(np.asarray(values, np.float32), 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(levels, _SCALE)[:, :, ::-1], dtype=np.uint8)


def overlay(
    face: NDArray[np.uint8], saliency: NDArray[np.floating], *, strength: float = 0.6, side: int = 384
) -> NDArray[np.uint8]:
    """Lay a saliency map over a face.

    The colour covers in proportion to the evidence: where nothing speaks for the class the face stays as it is, and at the
    peak the colour covers it by `strength`.

    Args:
        face: (h, w) uint8 grey or (h, w, 3) uint8 RGB, in the frame of the saliency map.
        saliency: (h, w) floats, 0 to 1.
        strength: 0 shows the face alone; 1 covers it fully at the peak.
        side: side of the answer in pixels.

    Returns:
        (side, side, 3) uint8 RGB.

    Raises:
        InputError: an argument is outside what is allowed.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be 0 to 1; got {strength}.")
    if saliency.ndim != 2:
        raise InputError(f"A saliency map must be (h, w); got {saliency.shape}.")
    large = enlarged(face, side=side).astype(np.float32)
    fine = np.clip(_resized(np.asarray(saliency, np.float32), side), 0, 1)
    cover = (strength * fine)[:, :, None]
    return np.rint(large * (1 - cover) + coloured(fine).astype(np.float32) * cover).astype(np.uint8)


def enlarged(face: NDArray[np.uint8], *, side: int = 384) -> NDArray[np.uint8]:
    """Enlarge a face smoothly, or shrink it by area, to (side, side, 3) uint8 RGB.

    Args:
        face: (h, w) uint8 grey or (h, w, 3) uint8 RGB.
        side: side of the answer in pixels, 16 to 4096.

    Raises:
        InputError: the face has another shape or dtype, or the side is out of range.
    """
    if face.dtype != np.uint8 or not (face.ndim == 2 or (face.ndim == 3 and face.shape[2] == 3)):
        raise InputError(f"A face must be (h, w) or (h, w, 3) uint8; got {face.shape} {face.dtype}.")
    if not 16 <= side <= 4096:
        raise InputError(f"side must be 16 to 4096 pixels; got {side}.")
    colour = face if face.ndim == 3 else np.repeat(face[:, :, None], 3, axis=2)
    return np.asarray(_resized(np.ascontiguousarray(colour), side), np.uint8)


def stretched(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stretch the contrast of a grey picture (h, w) uint8: its darkest 1 % of pixels become black, its brightest 1 % white."""
    low, high = np.percentile(face, [1, 99])
    if high <= low:
        return face
    return np.asarray(np.rint(np.clip((face.astype(np.float32) - low) / (high - low), 0, 1) * 255), np.uint8)


def scale_image(*, width: int = 256, height: int = 16) -> NDArray[np.uint8]:
    """Draw the colour scale from 0 (left) to 1 (right) for a legend: (height, width, 3) uint8 RGB."""
    return coloured(np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1)))


def _resized(picture: NDArray[Any], side: int) -> NDArray[Any]:
    way = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (side, side), interpolation=way))
