"""Evidence per pixel from gradients: SmoothGrad and integrated gradients.

TensorFlow is imported when one is called, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.explain import graphs
from fer_core.explain.masking import blank
from fer_core.photos.frame import with_channels

if TYPE_CHECKING:
    import keras

NOISE = 0.15
"""Standard deviation of SmoothGrad's noise, as a share of the face's range of values; the paper recommends 0.1 to 0.2."""

SAMPLES = 24
"""Noisy copies of the face for SmoothGrad."""

STEPS = 24
"""Points on the path of integrated gradients."""

BATCH = 16
"""Variants of a face that go through the network at once: each keeps all its activations for the gradient."""


def smoothgrad(
    model: keras.Model, face: NDArray[np.uint8], weights: NDArray[np.float32], *, samples: int = SAMPLES
) -> NDArray[np.float32]:
    """Compute SmoothGrad (Smilkov et al. 2017, arXiv:1706.03825): the absolute mean gradient over noisy copies of the face.

    It says how sensitive the logit is to each pixel, whichever way. The noise is the same at every call.

    Args:
        model: a flat classifier with one input (S, S, 1 or 3), values 0 to 255, and logits as its output.
        face: (S, S) or (S, S, 3) uint8.
        weights: (C,) weights of the logits, see `contrast.selection`.
        samples: how many noisy copies.

    Returns:
        (S, S) float32, 0 or more; of red, green and blue the sum.
    """
    values = face.astype(np.float32)
    noise = np.random.default_rng(0).normal(size=(samples, *face.shape)).astype(np.float32)
    noisy = values + noise * np.float32(NOISE * max(float(np.ptp(values)), 1.0))
    return _over_colours(np.abs(_mean_gradient(model, noisy, weights)))


def integrated_gradients(
    model: keras.Model, face: NDArray[np.uint8], weights: NDArray[np.float32], *, steps: int = STEPS
) -> NDArray[np.float32]:
    """Integrate gradients (Sundararajan et al. 2017, arXiv:1703.01365) on the straight path from the blank face to the face.

    The integral is taken at the middle of each step. The values of all pixels add up to the logit of the face minus that of
    the blank face, as nearly as the steps allow.

    Args:
        model: a flat classifier with one input (S, S, 1 or 3), values 0 to 255, and logits as its output.
        face: (S, S) or (S, S, 3) uint8.
        weights: (C,) weights of the logits, see `contrast.selection`.
        steps: how many points of the path are used.

    Returns:
        (S, S) float32: what each pixel adds to the logit; less than 0 where it speaks against the class.
    """
    start = blank(face)
    change = face.astype(np.float32) - start
    shares = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
    path = start + shares.reshape(-1, *[1] * face.ndim) * change
    return _over_colours(change * _mean_gradient(model, path, weights))


def _over_colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values if values.ndim == 2 else np.asarray(values.sum(axis=2), np.float32)


def _mean_gradient(model: keras.Model, faces: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average the gradient of the weighted logits with respect to the pixels over faces (N, ...): (...)."""
    gradient = graphs.pixel_gradient(model)
    total = np.zeros(faces.shape[1:], np.float64)
    for start in range(0, len(faces), BATCH):
        slopes = np.asarray(gradient(with_channels(faces[start : start + BATCH]), weights))
        total += slopes.reshape(-1, *total.shape).sum(axis=0)
    return np.asarray(total / len(faces), np.float32)
