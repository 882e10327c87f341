"""A kernel on its way over a face: small pictures, kernels that are known by name, and the map that comes out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.lesson.convolution import depthwise_convolution

SIDE = 24
"""Pixels a side of the small face: few enough to follow the kernel, enough to know a face by."""


@dataclass(frozen=True)
class Kernel:
    """One kernel.

    Attributes:
        name: how it is chosen.
        finds: what its map shows, as the end of a sentence that begins "It finds".
        weights: its rows, of equal length.
    """

    name: str
    finds: str
    weights: tuple[tuple[float, ...], ...]

    @property
    def array(self) -> NDArray[np.float64]:
        """(K, K)."""
        return np.array(self.weights, np.float64)


KERNELS: tuple[Kernel, ...] = (
    Kernel("Upright edges", "edges that stand upright: dark left and bright right is positive", ((-1, 0, 1),) * 3),
    Kernel("Level edges", "edges that lie level: dark above and bright below is positive", ((-1,) * 3, (0,) * 3, (1,) * 3)),
    Kernel("Spots", "places brighter than those around them", ((0, -1, 0), (-1, 4, -1), (0, -1, 0))),
    Kernel("Sharpen", "the picture again, with its edges made stronger", ((0, -1, 0), (-1, 5, -1), (0, -1, 0))),
    Kernel("Blur", "the mean of nine neighbours: the picture again, without its edges", ((1 / 9,) * 3,) * 3),
)


def small_face(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a grey face, (H, W) uint8, to (24, 24): each pixel is the mean of those that it stands for.

    Raises:
        InputError: the face has another shape or dtype, or is smaller.
    """
    if face.ndim != 2 or face.dtype != np.uint8 or min(face.shape) < SIDE:
        raise InputError(f"A face must be (H, W) uint8 with sides of {SIDE} or more; got {face.shape} {face.dtype}.")
    return np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def slide(picture: NDArray[np.uint8], kernel: Kernel) -> NDArray[np.float64]:
    """Move a kernel over a picture, one place at a time and not past its edge: (H, W) gives (H-K+1, W-K+1).

    At each place the pixels under the kernel are multiplied by its weights and added up; the kernel is not mirrored.

    Raises:
        InputError: the kernel is larger than the picture.
    """
    return depthwise_convolution(picture[:, :, None].astype(np.float64), kernel.array[:, :, None])[:, :, 0]
