"""Explanations of a run's answers: without TensorFlow, whose import takes seconds, where no gradients are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.explain import cam
from fer_core.explain.contrast import selection
from fer_core.explain.methods import BATCH, DEFAULT, find_method
from fer_core.explain.saliency import Explanation, explain, explanations
from fer_core.predictor import Predictor
from fer_core.progress import Progress, silent

CLOSED_FORM_SECONDS = 0.004
"""What a closed form takes per face with MobileNet at 96x96 on two idle cores (benchmarks/RESULTS.md)."""


def has_closed_form(predictor: Predictor, method: str, layer: str | None) -> bool:
    """Say whether a method needs no gradients on a layer, as it has a closed form on the one that is averaged for the answer.

    Args:
        predictor: the run's.
        method: a name in `methods.METHODS`.
        layer: a layer's name; None or empty for the default one.

    Raises:
        InputError: there is no such method; or no layer was named, and the network has none with feature maps.
    """
    network = predictor.network
    return find_method(method).closed_form is not None and (layer or cam.default_layer(network)) == network.pooled_layer


def seconds_per_face(predictor: Predictor, method: str, layer: str | None) -> float:
    """Tell about how long one explanation takes on two idle cores; arguments and errors are those of `has_closed_form`."""
    return CLOSED_FORM_SECONDS if has_closed_form(predictor, method, layer) else find_method(method).seconds


def explain_faces(
    predictor: Predictor,
    faces: NDArray[np.uint8],
    *,
    targets: NDArray[np.int64],
    method: str = DEFAULT,
    layer: str | None = None,
    against: ArrayLike | None = None,
    progress: Progress = silent,
) -> list[Explanation]:
    """Explain a run's answer for each of several faces, in the order given.

    A method with a closed form on the layer is computed from what ONNX Runtime answers; everything else from the Keras model.

    Arguments and errors are those of `saliency.explain`, where the predictor's network stands for the model. Faces of another
    size or colour than the run's are converted; the maps are as fine as the run's faces.

    Raises:
        RunError: the run's file is not the one any more that the answers are of.
    """
    row = find_method(method)
    faces = predictor.fitted(faces)
    if row.closed_form is None or not has_closed_form(predictor, method, layer):
        return explain(predictor.model, faces, method=method, targets=targets, against=against, layer=layer, progress=progress)
    network = predictor.network
    choice = cam.check_layer(network, layer or cam.default_layer(network))
    kernel = network.weights[network.output]["kernel"]
    weights = selection(targets, against, faces=len(faces), classes=len(predictor.classes))
    explained: list[Explanation] = []
    for start in range(0, len(faces), BATCH):
        part = slice(start, start + BATCH)
        evidence = row.closed_form(predictor.feature_maps(np.asarray(faces[part])), kernel, weights[part])
        explained += explanations(evidence, weights[part], row, choice, predictor.frame.size)
        progress(len(explained) / len(faces), f"{len(explained):,} of {len(faces):,} faces")
    return explained
