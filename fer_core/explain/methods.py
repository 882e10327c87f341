"""The table of methods that say where in a face the evidence for a class lies.

A method is a row of `METHODS` and a function; the command line, the pages, the benchmarks and the tests read the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain import cam, gradients, masking
from fer_core.explain.contrast import selection
from fer_core.progress import Progress, silent
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

BATCH = 16
"""Faces explained at once: gradients need every activation, which are some ten MB per face (MobileNet, 96x96)."""

QUICK_SECONDS = 0.2
"""Seconds per face up to which a method is quick: pages choose it at first, and make its saliency maps before those of others."""

ClosedForm = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Feature maps (N, K, h, w), kernel (K, C) of the last layer and weights (N, C) of the logits in, evidence (N, h, w) out."""


@dataclass(frozen=True)
class Method:
    """A way to ask a network where in a face it saw evidence.

    Attributes:
        name: key in `METHODS`, on the command line and in a page's address.
        title: name for a page.
        description: what it computes, in a sentence or two.
        function: takes the model, faces (N, 48, 48) uint8 and weights (N, C) float32 of the logits when `together`, one face
            (48, 48) and weights (C,) when not, then the layer's name when `on_layer`; returns evidence (N, h, w) or (h, w)
            float32, of which only what is above 0 is shown.
        closed_form: the same evidence without gradients, on the layer whose feature maps, averaged over their places, give the
            logits; None where there is no such formula.
        on_layer: whether it is made on a layer and is as fine as that layer; the others look at the pixels.
        together: whether the function takes many faces at once; the others take one.
        needs_gradients: whether it computes gradients; the others try many changed faces.
        seconds: what a saliency map takes, warm, with MobileNet at 96x96 on two idle cores (benchmarks/RESULTS.md).
        channels: the strongest channels of the layer that are tried; None for all of them.
    """

    name: str
    title: str
    description: str
    function: Callable[..., NDArray[np.float32]]
    closed_form: ClosedForm | None
    on_layer: bool
    together: bool
    needs_gradients: bool
    seconds: float
    channels: int | None

    @property
    def quick(self) -> bool:
        """Whether a saliency map takes no more than `QUICK_SECONDS`."""
        return self.seconds <= QUICK_SECONDS

    @property
    def batch(self) -> int:
        """How many faces are explained at once."""
        return BATCH if self.together else 1

    def evidence(
        self, model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str
    ) -> NDArray[np.float32]:
        """Compute evidence (N, h, w) float32 for faces (N, 48, 48) uint8, N at least 1, and weights (N, C) of the logits."""
        where = (layer,) if self.on_layer else ()
        if self.together:
            return self.function(model, faces, weights, *where)
        return np.stack([self.function(model, face, row, *where) for face, row in zip(faces, weights, strict=True)])


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
    progress: Progress = silent,
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
        progress: called whenever some more faces are done.

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
        progress(len(made) / len(faces), f"{len(made):,} of {len(faces):,} faces")
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
}
"""{name: method}, in the order in which pages show them; the first is the default."""

DEFAULT = next(iter(METHODS))


def find_method(name: str) -> Method:
    """Look a method up by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"The method must be one of {', '.join(METHODS)}; got '{name}'.")
    return METHODS[name]
