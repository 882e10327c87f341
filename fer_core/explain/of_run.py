"""Explanations of a run's answers: without TensorFlow, whose import takes seconds, where a map can be had without gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.explain import cam, methods
from fer_core.explain.contrast import selection
from fer_core.explain.methods import BATCH, Effort, Explanation
from fer_core.predictor import Predictor


def has_closed_form(predictor: Predictor, method: str, layer: str | None) -> bool:
    """Whether a map needs no gradients: Grad-CAM on the map that is averaged for the answer.

    Args:
        predictor: the run's.
        method: one of `methods.METHODS`.
        layer: a layer's name; None or empty for the default one.

    Raises:
        InputError: no layer was named, and the network has none with a map.
    """
    network = predictor.network
    return method == "gradcam" and (layer or cam.default_layer(network)) == network.averaged_map


def explain_faces(
    predictor: Predictor,
    faces: NDArray[np.uint8],
    *,
    method: str = "gradcam",
    targets: NDArray[np.int64],
    against: ArrayLike | None = None,
    layer: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Explanation]:
    """Explain a run's answer for each of several faces, in the order given.

    Grad-CAM on the last map has a closed form (`cam.averaged_gradcam`) and is made by ONNX Runtime; everything else is made from
    the run's Keras model.

    Args:
        predictor: the run's.
        faces: (N, 48, 48) uint8.
        method: one of `methods.METHODS`.
        targets: (N,) index of the class of each face, 0 to C-1.
        against: index of another class, one for all faces or (N,) one for each; None to explain the targets alone.
        layer: a layer's name; None for the last one whose map is at least 6x6. Of no meaning to methods outside `LAYERED`.
        progress: called with the number of faces done, whenever some more are.

    Raises:
        InputError: an array has another shape or dtype, or method, target, against or layer is not one of those allowed.
        RunError: the run's file is not the one any more that the answers are of.
    """
    methods.check(faces, method)
    network = predictor.network
    if has_closed_form(predictor, method, layer):
        choice = cam.check_layer(network, layer or cam.default_layer(network))
        kernel = network.weights[network.output]["kernel"]
        weights = selection(targets, against, faces=len(faces), classes=len(predictor.classes))
        made: list[Explanation] = []
        for start in range(0, len(faces), BATCH):
            part = slice(start, start + BATCH)
            maps = cam.averaged_gradcam(predictor.averaged_map(np.asarray(faces[part])), kernel, weights[part])
            made += methods.explanations(maps, weights[part], method, choice, Effort())
            if progress is not None:
                progress(len(made))
        return made
    return methods.explain_all(
        predictor.model,
        faces,
        method=method,
        targets=targets,
        against=against,
        layer=layer,
        progress=progress,
    )
