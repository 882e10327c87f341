"""The standard and the depthwise separable convolution on a picture small enough to be followed by hand, and what both cost.

Convolution here is what networks compute: the kernel is not mirrored, nothing is padded, and it moves one place at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError

SIDE, KERNEL, CHANNELS, OUTPUTS = 6, 3, 3, 2
"""The small example: its side, the kernel's side, channels that come in, and channels that go out."""
POSITIONS = (SIDE - KERNEL + 1) ** 2

Numbers = NDArray[np.float64]


def example_image() -> Numbers:
    """(6, 6, 3), whole numbers 0 to 9: an upright edge, a diagonal, and a spot."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    edge = np.where(columns < SIDE // 2, 1, 8)
    diagonal = np.where(np.abs(rows - columns) < 1, 9, 2)
    spot = np.maximum(0, 7 - 2 * (np.abs(rows - 3) + np.abs(columns - 2)))
    return np.stack([edge, diagonal, spot], axis=2).astype(np.float64)


def example_depthwise() -> Numbers:
    """(3, 3, 3), one kernel a channel in the last axis: upright edges, diagonals, and spots."""
    edge = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
    diagonal = [[1, 0, -1], [0, 1, 0], [-1, 0, 1]]
    spot = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
    return np.array([edge, diagonal, spot], np.float64).transpose(1, 2, 0)


def example_pointwise() -> Numbers:
    """(3, 2): the weight of each channel that comes in (rows) in each that goes out (columns)."""
    return np.array([[1, 0], [1, -1], [0, 2]], np.float64)


def combined(depthwise: Numbers, pointwise: Numbers) -> Numbers:
    """The standard kernels that do the same as a separable pair.

    Args:
        depthwise: (K, K, M).
        pointwise: (M, N).

    Returns:
        (K, K, M, N): each is a depthwise kernel times one pointwise weight.
    """
    return depthwise[..., None] * pointwise


def is_separable(standard: Numbers) -> bool:
    """Whether some depthwise and pointwise pair does the same as (K, K, M, N) standard kernels.

    It does when, for each channel that comes in, the kernels for all outputs are multiples of one: a matrix of rank 1 or 0.
    """
    side, _, channels, outputs = standard.shape
    ranks = [np.linalg.matrix_rank(standard[:, :, channel].reshape(side * side, outputs)) for channel in range(channels)]
    return max(ranks) <= 1


def standard_convolution(image: Numbers, kernels: Numbers) -> Numbers:
    """All outputs of a standard convolution: (H, W, M) and (K, K, M, N) give (H-K+1, W-K+1, N).

    Raises:
        InputError: the kernels do not fit the image.
    """
    _check(image, kernels.shape[:3])
    return np.einsum("rcmij,ijmn->rcn", _windows(image, kernels.shape[0]), kernels)


def depthwise_convolution(image: Numbers, kernels: Numbers) -> Numbers:
    """Each channel with its own kernel: (H, W, M) and (K, K, M) give (H-K+1, W-K+1, M).

    Raises:
        InputError: the kernels do not fit the image.
    """
    _check(image, kernels.shape)
    return np.einsum("rcmij,ijm->rcm", _windows(image, kernels.shape[0]), kernels)


def pointwise_convolution(maps: Numbers, weights: Numbers) -> Numbers:
    """A weighted sum of the channels at each place: (H, W, M) and (M, N) give (H, W, N).

    Raises:
        InputError: there are not as many rows of weights as channels.
    """
    if weights.shape[0] != maps.shape[2]:
        raise InputError(f"There must be weights for {maps.shape[2]} channels; got {weights.shape[0]}.")
    return maps @ weights


def window(position: int) -> tuple[int, int]:
    """Row and column of the kernel's upper left corner at a position of the small example, counted from 0 in reading order.

    Raises:
        InputError: there is no such position.
    """
    if not 0 <= position < POSITIONS:
        raise InputError(f"The position must lie between 0 and {POSITIONS - 1}; got {position}.")
    return divmod(position, SIDE - KERNEL + 1)


@dataclass(frozen=True)
class Cost:
    """Multiply-adds and weights of both kinds, without bias.

    Attributes:
        kernel: D_K, side of the kernel.
        inputs: M, channels that come in.
        outputs: N, channels that go out.
        side: D_F, side of the map that goes out.
    """

    kernel: int
    inputs: int
    outputs: int
    side: int

    def __post_init__(self) -> None:
        if min(self.kernel, self.inputs, self.outputs, self.side) < 1:
            raise InputError(f"Kernel, channels and side must be 1 or more; got {self}.")

    @property
    def standard(self) -> int:
        """D_K² M N D_F² (Howard et al. 2017, equation 2)."""
        return self.kernel**2 * self.inputs * self.outputs * self.side**2

    @property
    def depthwise(self) -> int:
        """D_K² M D_F² (equation 4)."""
        return self.kernel**2 * self.inputs * self.side**2

    @property
    def pointwise(self) -> int:
        """M N D_F²."""
        return self.inputs * self.outputs * self.side**2

    @property
    def separable(self) -> int:
        """Multiply-adds of the depthwise and the pointwise step together (equation 5)."""
        return self.depthwise + self.pointwise

    @property
    def ratio(self) -> float:
        """Separable to standard: 1/N + 1/D_K²."""
        return 1 / self.outputs + 1 / self.kernel**2


def _check(image: Numbers, kernel: tuple[int, ...]) -> None:
    side, wide, channels = kernel
    if side != wide or side > min(image.shape[:2]) or channels != image.shape[2]:
        raise InputError(f"Kernels of shape {kernel} do not fit an image of shape {image.shape}.")


def _windows(image: Numbers, side: int) -> Numbers:
    return np.lib.stride_tricks.sliding_window_view(image, (side, side), axis=(0, 1))
