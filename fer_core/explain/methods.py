"""The methods that say where in a face the evidence for a class lies, behind one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain import cam
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

Maps = Callable[["keras.Model", NDArray[np.uint8], NDArray[np.int64], str], NDArray[np.float32]]
"""(model, faces (N, 48, 48), targets (N,), layer) -> (N, h, w) evidence, 0 or more."""

METHODS: tuple[str, ...] = ("gradcam", "gradcam++", "layercam", "scorecam", "smoothgrad", "integrated-gradients", "occlusion")
"""Every method's name on the command line and in a page's address."""

BATCH = 16
"""Faces explained at once: a method that keeps every activation for its gradients needs some ten MB a face (MobileNet, 96x96)."""

_TABLE: dict[str, Maps] = {"gradcam": cam.gradcam}

AVAILABLE: tuple[str, ...] = tuple(name for name in METHODS if name in _TABLE)
"""The methods that can be used."""


@dataclass(frozen=True)
class Explanation:
    """Where the evidence for one class lies in one face.

    Attributes:
        map: (48, 48) float32, 0 to 1; the largest value is 1 unless the map is empty.
        layer: name of the layer that it was made on.
        target: index of the logit that is explained.
        method: one of `METHODS`.
        size: rows and columns of the map before it was enlarged.
        empty: True when nothing in this face speaks for the class at this layer; the map is then 0 everywhere.
    """

    map: NDArray[np.float32]
    layer: str
    target: int
    method: str
    size: tuple[int, int]
    empty: bool


def explain(
    model: keras.Model, face: NDArray[np.uint8], *, method: str = "gradcam", target: int, layer: str | None = None
) -> Explanation:
    """Explain one logit for one face.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        face: (48, 48) uint8.
        method: one of `AVAILABLE`.
        target: index of the class, 0 to C-1.
        layer: a layer's name; None for the last one whose map is at least 6x6.

    Raises:
        InputError: the face has another shape or dtype, or method, target or layer is not one of those allowed.
    """
    if face.shape != (FACE_SIZE, FACE_SIZE) or face.dtype != np.uint8:
        raise InputError(f"A face must be ({FACE_SIZE}, {FACE_SIZE}) uint8; got {face.shape} {face.dtype}.")
    return explain_all(model, face[None], method=method, targets=np.array([target]), layer=layer)[0]


def explain_all(
    model: keras.Model, faces: NDArray[np.uint8], *, method: str = "gradcam", targets: NDArray[np.int64], layer: str | None = None
) -> list[Explanation]:
    """Explain one logit for each of several faces, in the order given.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        faces: (N, 48, 48) uint8.
        method: one of `AVAILABLE`.
        targets: (N,) index of the class of each face, 0 to C-1.
        layer: a layer's name; None for the last one whose map is at least 6x6.

    Raises:
        InputError: an array has another shape or dtype, or method, target or layer is not one of those allowed.
    """
    if faces.ndim != 3 or faces.shape[1:] != (FACE_SIZE, FACE_SIZE) or faces.dtype != np.uint8:
        raise InputError(f"Faces must be (N, {FACE_SIZE}, {FACE_SIZE}) uint8; got {faces.shape} {faces.dtype}.")
    if method not in AVAILABLE:
        raise InputError(f"The method must be one of {', '.join(AVAILABLE)}; got '{method}'.")
    classes = int(model.output_shape[-1])
    wanted = np.asarray(targets)
    if wanted.shape != (len(faces),) or not np.issubdtype(wanted.dtype, np.integer):
        raise InputError(
            f"There must be one whole number as target for each of {len(faces)} faces; got {wanted.shape} {wanted.dtype}."
        )
    outside = [int(number) for number in wanted if not 0 <= number < classes]
    if outside:
        raise InputError(f"The target must be a class number from 0 to {classes - 1}; got {outside[0]}.")
    choice = cam.check_layer(model, layer or cam.default_layer(model))
    made: list[Explanation] = []
    for start in range(0, len(faces), BATCH):
        part = slice(start, start + BATCH)
        maps = _TABLE[method](model, faces[part], wanted[part].astype(np.int64), choice.name)
        numbers = zip(maps, wanted[part], strict=True)
        made += [_explanation(evidence, choice.name, int(number), method) for evidence, number in numbers]
    return made


def normalised(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evidence of any size as a smooth (48, 48) map from 0 to 1; one without positive evidence stays 0.

    Cells keep their place: the middle of cell i of n lies at (i + 0.5) / n of the side.
    """
    positive = np.maximum(np.nan_to_num(np.asarray(evidence, np.float32), nan=0.0, posinf=0.0), 0)
    peak = float(positive.max(initial=0.0))
    if peak <= np.finfo(np.float32).tiny:
        return np.zeros((FACE_SIZE, FACE_SIZE), np.float32)
    enlarged = cv2.resize(positive / peak, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_CUBIC)
    smooth = np.maximum(np.asarray(enlarged, np.float32), 0)
    return np.asarray(smooth / smooth.max(), np.float32)


def _explanation(evidence: NDArray[np.float32], layer: str, target: int, method: str) -> Explanation:
    made = normalised(evidence)
    return Explanation(made, layer, target, method, (int(evidence.shape[0]), int(evidence.shape[1])), not made.any())
