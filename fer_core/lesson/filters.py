"""The first convolution of MobileNet as ImageNet left it: its filters in colour, and what they find in a face; no TensorFlow.

Shapes and the order of the steps are those of `keras.applications.MobileNet`: 3x3, stride 2, zeros on the right and below,
batch normalisation with epsilon 0.001, ReLU6.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import WeightsError
from fer_core.lesson.feature_maps import CEILING
from fer_core.models.weights import BUNDLED_MOBILENET
from fer_core.photos.frame import FER, converted_one

SIDE = 96
"""Pixels a side that the first convolution sees here, as runs do by default."""

FAINT = 0.05
"""A filter without a larger weight than this sees nothing; the others' largest weights are 0.4 and more."""

_EPSILON = 1e-3
_KERNELS, _NORM = "layers/conv2d/vars/0", "layers/batch_normalization/vars"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class FirstLayer:
    """The first convolution and its batch normalisation.

    Attributes:
        kernels: (32, 3, 3, 3) float32: filter, row, column, colour (red, green, blue).
        scale: (32,) float32, what batch normalisation multiplies each filter's result by.
        offset: (32,) float32, what it adds to it afterwards.
    """

    kernels: Floats
    scale: Floats
    offset: Floats

    @property
    def grey(self) -> Floats:
        """(32, 3, 3): the filters on a picture without colour, where red, green and blue are one."""
        return self.kernels.sum(axis=3)

    @property
    def silent(self) -> NDArray[np.bool_]:
        """(32,) filters whose largest weight is below `FAINT`: in the training on ImageNet they were never needed."""
        return np.abs(self.kernels).max(axis=(1, 2, 3)) < FAINT

    @property
    def colour_share(self) -> Floats:
        """(32,) shares in [0, 1]: how much of a filter's strength (sum of squares) needs colour, and is lost on a grey face."""
        whole = (self.kernels**2).sum(axis=(1, 2, 3))
        kept = (self.grey**2).sum(axis=(1, 2)) / self.kernels.shape[3]
        return np.where(whole > 0, 1 - kept / np.maximum(whole, 1e-12), 0.0).astype(np.float32)


def first_layer(path: Path = BUNDLED_MOBILENET) -> FirstLayer:
    """The first layer from a file of weights as Keras 3 writes them.

    Raises:
        WeightsError: the file is missing or holds other weights.
    """
    try:
        with h5py.File(path) as file:
            kernels = np.asarray(file[_KERNELS], np.float32)
            gamma, beta, mean, variance = (np.asarray(file[f"{_NORM}/{place}"], np.float32) for place in range(4))
    except (OSError, KeyError) as error:
        raise WeightsError(
            f"The ImageNet weights that come with the project cannot be read; put {path.name} back into fer_core/assets."
        ) from error
    if kernels.ndim != 4 or kernels.shape[:3] != (3, 3, 3) or not gamma.shape == beta.shape == mean.shape == variance.shape:
        raise WeightsError(f"The file {path.name} does not hold the weights of MobileNet without its top.")
    scale = gamma / np.sqrt(variance + _EPSILON)
    return FirstLayer(np.ascontiguousarray(kernels.transpose(3, 0, 1, 2)), scale, beta - mean * scale)


def tiles(kernels: Floats, *, like: Floats | None = None) -> NDArray[np.uint8]:
    """Filters as pictures: no weight is middle grey, each filter is stretched up to its own largest weight, or to `FAINT`.

    Args:
        kernels: (N, rows, columns, 3), or (N, rows, columns) for grey ones.
        like: colour filters (N, rows, columns, 3) of which `kernels` are the sums over colours; white is then three times the
            largest weight of the colour filter, the most that its sum could be, so that what is lost looks pale.

    Returns:
        uint8 of the same shape.
    """
    top = np.abs(kernels if like is None else 3 * like).max(axis=tuple(range(1, (kernels if like is None else like).ndim)))
    top = np.maximum(top, FAINT).reshape(-1, *[1] * (kernels.ndim - 1))
    return np.rint(127.5 + 127.5 * kernels / top).astype(np.uint8)


def activations(layer: FirstLayer, face: NDArray[np.uint8]) -> Floats:
    """What each filter finds in a face, after batch normalisation and ReLU6.

    Args:
        layer: from `first_layer`.
        face: (S, S) or (S, S, 3) uint8; it is looked at as 48x48 grey.

    Returns:
        (32, 48, 48) float32, 0 to 6.

    Raises:
        InputError: the face has another shape or dtype.
    """
    seen = cv2.resize(converted_one(face, FER).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) / 127.5 - 1
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(seen, ((0, 1), (0, 1))), (3, 3))[::2, ::2]
    sums = np.einsum("rcij,nij->nrc", windows, layer.grey, optimize=True)
    scaled = sums * layer.scale[:, None, None] + layer.offset[:, None, None]
    return np.clip(scaled, 0, CEILING).astype(np.float32)
