"""Evidence from hiding parts of a face: occlusion and Score-CAM. TensorFlow is imported when one is called, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.explain import graphs
from fer_core.explain.contrast import calls
from fer_core.photos.frame import with_channels
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

CELLS = 12
"""Rows and columns of places that occlusion hides."""

WINDOW = 12
"""Side in pixels of 48 of the square that hides a part of the face: about an eye of an aligned face."""

CHANNELS = 64
"""Channels that Score-CAM tries, at most as many as the layer has."""

BATCH = 64
"""Masked faces that go through the network at once."""


def blank(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the face without anything on it: its own mean grey or colour, float32; what hidden pixels are replaced by.

    Black would do as well for a hidden part, but would be a mark of its own and say nothing about dark pixels.
    """
    mean = face.mean(axis=(0, 1), dtype=np.float64) if face.ndim == 3 else face.mean(dtype=np.float64)
    return np.full(face.shape, mean, np.float32)


def occlusion(model: keras.Model, face: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure how far the logit falls when a square around each cell is hidden (Zeiler and Fergus 2014, arXiv:1311.2901).

    Args:
        model: a flat classifier with one input (S, S, 1 or 3), values 0 to 255, and logits as its output.
        face: (S, S) or (S, S, 3) uint8.
        weights: (C,) weights of the logits, see `contrast.selection`.

    Returns:
        (CELLS, CELLS) float32: the fall; less than 0 where hiding the place raises the logit.
    """
    side = len(face)
    middles = (np.arange(CELLS) + 0.5) * side / CELLS
    inside = np.abs(np.arange(side) + 0.5 - middles[:, None]) < WINDOW * side / FACE_SIZE / 2
    hidden = _over(face, (inside[:, None, :, None] & inside[None, :, None, :]).reshape(-1, side, side))
    values = face.astype(np.float32)
    scores = _scores(model, np.concatenate([values[None], np.where(hidden, blank(face), values)]), weights)
    return (scores[0] - scores[1:]).reshape(CELLS, CELLS)


def scorecam(
    model: keras.Model, face: NDArray[np.uint8], weights: NDArray[np.float32], layer: str, *, channels: int = CHANNELS
) -> NDArray[np.float32]:
    """Compute Score-CAM (Wang et al. 2020, arXiv:1910.01279) on the channels that vary most over the face.

    Each channel, scaled to 0..1, is a mask that lets the face through. Its weight is what the logit gains over the blank face,
    or over the average channel where that is less than the blank face gets, which is no face and may get any logit; below
    that it is 0. The paper takes the softmax of the gains, which gives a channel that gains nothing nearly as much weight as
    the others. As channels are compared with each other, one of them wins even where the face speaks against the class.

    Args:
        model: a flat classifier with one input (S, S, 1 or 3), values 0 to 255, and logits as its output.
        face: (S, S) or (S, S, 3) uint8.
        weights: (C,) weights of the logits, see `contrast.selection`.
        layer: name of the layer, see `cam.layers`.
        channels: how many channels are tried.

    Returns:
        (height, width) float32, as fine as the layer, 0 or more.
    """
    activations = np.asarray(calls(model, layer)(_batch(face[None]))[0], np.float32)[0]
    strongest = np.argsort(-activations.std(axis=(0, 1)), kind="stable")[:channels]
    activations = activations[..., strongest][..., np.ptp(activations[..., strongest], axis=(0, 1)) > 0]
    if not activations.size:
        return np.zeros(activations.shape[:2], np.float32)
    low, high = activations.min(axis=(0, 1)), activations.max(axis=(0, 1))
    scaled = np.moveaxis((activations - low) / (high - low), -1, 0)
    enlarged = np.stack([cv2.resize(mask, face.shape[:2], interpolation=cv2.INTER_LINEAR) for mask in scaled])
    masks = _over(face, enlarged)
    nothing = blank(face)
    scores = _scores(model, np.concatenate([nothing[None], nothing + masks * (face - nothing)]), weights)
    gains = np.maximum(scores[1:] - min(scores[0], scores[1:].mean()), 0)
    if gains.max() <= 1e-6 * np.abs(scores).max():
        return np.zeros(activations.shape[:2], np.float32)
    return np.asarray(np.maximum(activations @ gains, 0), np.float32)


def _scores(model: keras.Model, faces: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the weighted logits of faces: (N,)."""
    network = graphs.logits(model)
    parts = [np.asarray(network(_batch(faces[n : n + BATCH])), np.float32) for n in range(0, len(faces), BATCH)]
    return np.concatenate(parts) @ weights


def _over(face: NDArray[np.uint8], masks: NDArray[Any]) -> NDArray[Any]:
    """Masks (N, S, S) as they lie over a face, for all its colours alike."""
    return masks if face.ndim == 2 else masks[..., None]


def _batch(faces: NDArray[np.generic]) -> NDArray[np.float32]:
    return with_channels(faces).astype(np.float32)
