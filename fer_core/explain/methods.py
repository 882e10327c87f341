"""The methods that say where in a face the evidence for a class lies, behind one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError
from fer_core.explain import cam, gradients, masking
from fer_core.explain.contrast import selection
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

METHODS: tuple[str, ...] = ("gradcam", "gradcam++", "layercam", "scorecam", "smoothgrad", "integrated-gradients", "occlusion")
"""Every method's name on the command line and in a page's address."""

TITLES: dict[str, str] = dict(
    zip(
        METHODS,
        ("Grad-CAM", "Grad-CAM++", "Layer-CAM", "Score-CAM", "SmoothGrad", "Integrated gradients", "Occlusion"),
        strict=True,
    )
)
"""{method: its name on a page}."""

LAYERED: frozenset[str] = frozenset({"gradcam", "gradcam++", "layercam", "scorecam"})
"""The methods that are made on a layer; the others look at the pixels, and a layer changes nothing."""

QUICK: frozenset[str] = frozenset(METHODS) - {"scorecam", "occlusion"}
"""The methods that take some gradients; the others try a hundred changed faces for each map."""

_TOGETHER = {"gradcam": cam.gradcam, "gradcam++": cam.gradcam_plus_plus, "layercam": cam.layercam}

BATCH = 16
"""Faces explained at once: a method that keeps every activation for its gradients needs some ten MB a face (MobileNet, 96x96)."""

OUTLIERS = 1.0
"""Per cent of the pixels of a pixel map that are shown as full evidence: one single pixel would leave the rest dark."""


@dataclass(frozen=True)
class Effort:
    """How much work the thorough methods put into one map.

    Attributes:
        channels: channels that Score-CAM tries, at most as many as the layer has.
        samples: noisy copies for SmoothGrad.
        steps: points on the path of integrated gradients.
    """

    channels: int = 64
    samples: int = 24
    steps: int = 24


@dataclass(frozen=True)
class Explanation:
    """Where the evidence for one class lies in one face.

    Attributes:
        map: (48, 48) float32, 0 to 1; the largest value is 1 unless the map is empty.
        layer: name of the layer that it was made on; empty for a method that looks at the pixels.
        target: index of the logit that is explained.
        method: one of `METHODS`.
        size: rows and columns of the map before it was enlarged.
        empty: True when nothing in this face speaks for the class at this layer; the map is then 0 everywhere.
        against: index of the logit that was taken off ("why target and not against"); None for the target alone.
        channels: (tried, of how many in the layer) for Score-CAM; None for the others.
    """

    map: NDArray[np.float32]
    layer: str
    target: int
    method: str
    size: tuple[int, int]
    empty: bool
    against: int | None = None
    channels: tuple[int, int] | None = None


def explain(
    model: keras.Model,
    face: NDArray[np.uint8],
    *,
    method: str = "gradcam",
    target: int,
    against: int | None = None,
    layer: str | None = None,
    effort: Effort = Effort(),
) -> Explanation:
    """Explain one logit, or the difference of two, for one face.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        face: (48, 48) uint8.
        method: one of `METHODS`.
        target: index of the class, 0 to C-1.
        against: index of another class: why the target and not this one; None to explain the target alone.
        layer: a layer's name; None for the last one whose map is at least 6x6. Of no meaning to methods outside `LAYERED`.
        effort: how thorough the slow methods are.

    Raises:
        InputError: the face has another shape or dtype, or method, target, against or layer is not one of those allowed.
    """
    if face.shape != (FACE_SIZE, FACE_SIZE) or face.dtype != np.uint8:
        raise InputError(f"A face must be ({FACE_SIZE}, {FACE_SIZE}) uint8; got {face.shape} {face.dtype}.")
    targets = np.array([target])
    return explain_all(model, face[None], method=method, targets=targets, against=against, layer=layer, effort=effort)[0]


def explain_all(
    model: keras.Model,
    faces: NDArray[np.uint8],
    *,
    method: str = "gradcam",
    targets: NDArray[np.int64],
    against: ArrayLike | None = None,
    layer: str | None = None,
    effort: Effort = Effort(),
    progress: Callable[[int], None] | None = None,
) -> list[Explanation]:
    """Explain one logit, or the difference of two, for each of several faces, in the order given.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        faces: (N, 48, 48) uint8.
        method: one of `METHODS`.
        targets: (N,) index of the class of each face, 0 to C-1.
        against: index of another class, one for all faces or (N,) one for each; None to explain the targets alone.
        layer: a layer's name; None for the last one whose map is at least 6x6. Of no meaning to methods outside `LAYERED`.
        effort: how thorough the slow methods are.
        progress: called with the number of faces done, whenever some more are.

    Raises:
        InputError: an array has another shape or dtype, or method, target, against or layer is not one of those allowed.
    """
    check(faces, method)
    weights = selection(targets, against, faces=len(faces), classes=int(model.output_shape[-1]))
    choice = cam.check_layer(model, layer or cam.default_layer(model)) if method in LAYERED else None
    made: list[Explanation] = []
    size = BATCH if method in _TOGETHER else 1
    for start in range(0, len(faces), size):
        part = slice(start, start + size)
        maps = _evidence(model, faces[part], weights[part], method, choice, effort)
        made += explanations(maps, weights[part], method, choice, effort)
        if progress is not None:
            progress(len(made))
    return made


def check(faces: NDArray[np.uint8], method: str) -> None:
    """Refuse faces of another shape or dtype, and a method that there is not.

    Raises:
        InputError: with what is allowed.
    """
    if faces.ndim != 3 or faces.shape[1:] != (FACE_SIZE, FACE_SIZE) or faces.dtype != np.uint8:
        raise InputError(f"Faces must be (N, {FACE_SIZE}, {FACE_SIZE}) uint8; got {faces.shape} {faces.dtype}.")
    if method not in METHODS:
        raise InputError(f"The method must be one of {', '.join(METHODS)}; got '{method}'.")


def normalised(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evidence of any size as a (48, 48) map from 0 to 1; one without positive evidence stays 0.

    A smaller map is enlarged smoothly, and cells keep their place: the middle of cell i of n lies at (i + 0.5) / n of the side.
    In a map of pixels the strongest `OUTLIERS` per cent are 1.
    """
    positive = np.maximum(np.nan_to_num(np.asarray(evidence, np.float32), nan=0.0, posinf=0.0), 0)
    peak = float(positive.max(initial=0.0))
    if peak <= np.finfo(np.float32).tiny:
        return np.zeros((FACE_SIZE, FACE_SIZE), np.float32)
    scaled = positive / peak
    if scaled.shape == (FACE_SIZE, FACE_SIZE):
        return np.asarray(np.minimum(scaled / (np.percentile(scaled, 100 - OUTLIERS) or 1.0), 1), np.float32)
    smooth = np.maximum(np.asarray(cv2.resize(scaled, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_CUBIC), np.float32), 0)
    return np.asarray(smooth / smooth.max(), np.float32)


def _evidence(
    model: keras.Model,
    faces: NDArray[np.uint8],
    weights: NDArray[np.float32],
    method: str,
    choice: cam.LayerChoice | None,
    effort: Effort,
) -> NDArray[np.float32]:
    """Evidence of `method` for some faces: (N, h, w); N is 1 for all but the gradient methods on a layer."""
    if method in _TOGETHER and choice is not None:
        return _TOGETHER[method](model, faces, weights, choice.name)
    face, wanted = faces[0], weights[0]
    if choice is not None:
        return masking.scorecam(model, face, wanted, choice.name, channels=effort.channels)[None]
    if method == "smoothgrad":
        return gradients.smoothgrad(model, face, wanted, samples=effort.samples)[None]
    if method == "integrated-gradients":
        return gradients.integrated_gradients(model, face, wanted, steps=effort.steps)[None]
    return masking.occlusion(model, face, wanted)[None]


def explanations(
    evidence: NDArray[np.float32], weights: NDArray[np.float32], method: str, choice: cam.LayerChoice | None, effort: Effort
) -> list[Explanation]:
    """Evidence (N, height, width) and the weights of the logits (N, C) that it is for, as explanations."""
    return [_explanation(found, row, method, choice, effort) for found, row in zip(evidence, weights, strict=True)]


def _explanation(
    evidence: NDArray[np.float32], weights: NDArray[np.float32], method: str, choice: cam.LayerChoice | None, effort: Effort
) -> Explanation:
    made = normalised(evidence)
    return Explanation(
        map=made,
        layer=choice.name if choice else "",
        target=int(weights.argmax()),
        method=method,
        size=(int(evidence.shape[0]), int(evidence.shape[1])),
        empty=not made.any(),
        against=int(weights.argmin()) if weights.min() < 0 else None,
        channels=(min(effort.channels, choice.channels), choice.channels) if choice and method == "scorecam" else None,
    )
