"""Saliency maps: where the evidence for a class lies in a face, by any method of the table.

TensorFlow is imported when a saliency map is made, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError
from fer_core.explain import cam
from fer_core.explain.contrast import selection
from fer_core.explain.methods import DEFAULT, Method, find_method
from fer_core.photos.frame import FER, frame_of, frame_of_input
from fer_core.progress import Progress, silent

if TYPE_CHECKING:
    import keras

OUTLIERS = 1.0
"""Per cent of the pixels of a saliency map of pixels that are shown as full evidence: a single one would leave the rest dark."""


@dataclass(frozen=True)
class Explanation:
    """Where the evidence for one class lies in one face.

    Attributes:
        saliency: (S, S) float32 in the frame of the face, 0 to 1; the largest value is 1 unless the saliency map is empty.
        layer: name of the layer that it was made on; empty for a method that looks at the pixels.
        target: index of the logit that is explained.
        method: a name in `METHODS`.
        size: rows and columns of the saliency map before it was enlarged.
        empty: True when nothing in this face speaks for the class at this layer; the saliency map is then 0 everywhere.
        against: index of the logit that was subtracted ("why target and not against"); None for the target alone.
        channels: (tried, of how many in the layer) for a method that tries some only; None for the others.
    """

    saliency: NDArray[np.float32]
    layer: str
    target: int
    method: str
    size: tuple[int, int]
    empty: bool
    against: int | None = None
    channels: tuple[int, int] | None = None


def explain(
    model: keras.Model,
    faces: NDArray[np.uint8],
    *,
    method: str = DEFAULT,
    targets: NDArray[np.int64],
    against: ArrayLike | None = None,
    layer: str | None = None,
    progress: Progress = silent,
) -> list[Explanation]:
    """Explain one logit, or the difference of two, for each of several faces, in the order given.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        faces: (N, S, S) or (N, S, S, 3) uint8, in the frame that the model takes.
        method: a name in `METHODS`.
        targets: (N,) index of the class of each face, 0 to C-1.
        against: index of another class, one for all faces or (N,) one for each; None to explain the targets alone.
        layer: a layer's name; None for the last one whose output is at least 6x6. Methods that look at the pixels ignore it.
        progress: called whenever some more faces are done.

    Raises:
        InputError: an array has another shape or dtype, or method, target, against or layer is not one of those allowed.
    """
    row = find_method(method)
    side = check_faces(model, faces)
    weights = selection(targets, against, faces=len(faces), classes=int(model.output_shape[-1]))
    choice = cam.check_layer(model, layer or cam.default_layer(model)) if row.on_layer else None
    explained: list[Explanation] = []
    for start in range(0, len(faces), row.batch):
        part = slice(start, start + row.batch)
        evidence = row.evidence(model, faces[part], weights[part], choice.name if choice else "")
        explained += explanations(evidence, weights[part], row, choice, side)
        progress(len(explained) / len(faces), f"{len(explained):,} of {len(faces):,} faces")
    return explained


def check_faces(model: keras.Model, faces: NDArray[np.uint8]) -> int:
    """Refuse what is no array of faces in the frame that a model takes, and return their side.

    Raises:
        InputError: with what is allowed.
    """
    frame, taken = frame_of(faces), frame_of_input(tuple(model.input_shape[1:]))
    if taken is not None and taken != frame:
        raise InputError(f"This network takes faces of {taken.words}; got {frame.words}.")
    return frame.size


def normalised(evidence: NDArray[np.float32], side: int = FER.size) -> NDArray[np.float32]:
    """Scale evidence of any size to a (side, side) saliency map from 0 to 1; one without positive evidence stays 0.

    Smaller evidence is enlarged smoothly, and cells keep their place: the middle of cell i of n lies at (i + 0.5) / n of the
    side. Where there is a value per pixel, the strongest `OUTLIERS` per cent are 1.
    """
    positive = np.maximum(np.nan_to_num(np.asarray(evidence, np.float32), nan=0.0, posinf=0.0), 0)
    peak = float(positive.max(initial=0.0))
    if peak <= np.finfo(np.float32).tiny:
        return np.zeros((side, side), np.float32)
    scaled = positive / peak
    if scaled.shape == (side, side):
        return np.asarray(np.minimum(scaled / (np.percentile(scaled, 100 - OUTLIERS) or 1.0), 1), np.float32)
    smooth = np.maximum(np.asarray(cv2.resize(scaled, (side, side), interpolation=cv2.INTER_CUBIC), np.float32), 0)
    return np.asarray(smooth / smooth.max(), np.float32)


def explanations(
    evidence: NDArray[np.float32], weights: NDArray[np.float32], method: Method, choice: cam.LayerChoice | None, side: int
) -> list[Explanation]:
    """Turn evidence (N, height, width) and the weights (N, C) of the logits that it is for into explanations of `side` pixels."""
    return [_explanation(values, row, method, choice, side) for values, row in zip(evidence, weights, strict=True)]


def _explanation(
    evidence: NDArray[np.float32], weights: NDArray[np.float32], method: Method, choice: cam.LayerChoice | None, side: int
) -> Explanation:
    saliency = normalised(evidence, side)
    tried = method.channels if choice else None
    return Explanation(
        saliency=saliency,
        layer=choice.name if choice else "",
        target=int(weights.argmax()),
        method=method.name,
        size=(int(evidence.shape[0]), int(evidence.shape[1])),
        empty=not saliency.any(),
        against=int(weights.argmin()) if weights.min() < 0 else None,
        channels=(min(tried, choice.channels), choice.channels) if choice and tried else None,
    )
