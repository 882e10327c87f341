"""The sanity check of Adebayo et al. 2018 (arXiv:1810.03292): what explains a network must change with its weights.

The weights are made random again from the output down, stage after stage, and the saliency maps are made anew. A method whose
saliency maps stay as they were shows edges of the picture rather than what the network has learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain.faithfulness import random_maps
from fer_core.explain.methods import DEFAULT
from fer_core.explain.saliency import explain
from fer_core.progress import Progress, silent

if TYPE_CHECKING:
    import keras

TRAINED = "trained"
"""Name of the first step, at which nothing is random yet."""


@dataclass(frozen=True)
class Cascade:
    """Saliency maps while the weights are made random from the output down.

    Attributes:
        steps: (K,) what was made random last; `TRAINED` first.
        maps: (K, N, S, S) float32, 0 to 1.
        ssim: (K, N) float64, structural similarity with the trained network's, 1 at the first step.
        rank: (K, N) float64, Spearman's rank correlation of the pixels with the trained network's.
        chance_ssim: (N,) float64, similarity of the trained network's with random ones of its grain.
        chance_rank: (N,) float64, rank correlation with the same random ones.
    """

    steps: tuple[str, ...]
    maps: NDArray[np.float32]
    ssim: NDArray[np.float64]
    rank: NDArray[np.float64]
    chance_ssim: NDArray[np.float64]
    chance_rank: NDArray[np.float64]

    def of_first_face(self) -> Cascade:
        """Keep the maps of the first face alone, which is what is shown: (K, 1, S, S)."""
        return replace(self, maps=self.maps[:, :1])


def stages(model: keras.Model, blocks: Mapping[str, str] | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """Group the layers with weights, from the output down: [(stage, names of its layers)].

    Args:
        model: a flat classifier.
        blocks: {layer: stage}, as `classifier.layer_blocks` gives it; a layer that is not named is a stage of its own.
    """
    groups: dict[str, list[str]] = {}
    for layer in reversed(model.layers):
        if layer.weights:
            groups.setdefault((blocks or {}).get(layer.name, layer.name), []).append(layer.name)
    return [(stage, tuple(names)) for stage, names in groups.items()]


def cascade(
    model: keras.Model,
    faces: NDArray[np.uint8],
    targets: NDArray[np.int64],
    *,
    method: str = DEFAULT,
    layer: str | None = None,
    blocks: Mapping[str, str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Cascade:
    """Explain a network whose weights are made random from the output down; the model itself is left as it is.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        faces: (N, S, S) or (N, S, S, 3) uint8, in the frame that the model takes.
        targets: (N,) index of the explained class.
        method: a name in `methods.METHODS`.
        layer: to explain on; None for the default.
        blocks: see `stages`.
        seed: of the random saliency maps that similarity is compared with; random weights are drawn anew at each call.
        progress: called after each step.

    Raises:
        InputError: see `saliency.explain`; or there is no face.
    """
    import keras

    if not len(faces):
        raise InputError("The check needs at least one face; got none.")
    order = stages(model, blocks)
    random, copy = keras.models.clone_model(model), keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    explained_steps, grain = [], (1, 1)
    for number, names in enumerate([(), *(names for _, names in order)]):
        for name in names:
            copy.get_layer(name).set_weights(random.get_layer(name).get_weights())
        explained = explain(copy, faces, method=method, targets=targets, layer=layer)
        explained_steps.append(np.stack([one.saliency for one in explained]))
        grain = explained[0].size
        progress((number + 1) / (len(order) + 1), f"{number} of {len(order)} stages made random")
    maps = np.stack(explained_steps)
    rivals = random_maps(8, grain, np.random.default_rng(seed), side=maps.shape[-1])
    return Cascade(
        (TRAINED, *(stage for stage, _ in order)),
        maps,
        _each(ssim, maps),
        _each(rank_correlation, maps),
        np.array([np.mean([ssim(first, rival) for rival in rivals]) for first in maps[0]]),
        np.array([np.mean([rank_correlation(first, rival) for rival in rivals]) for first in maps[0]]),
    )


def ssim(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Measure the mean structural similarity of two saliency maps, -1 to 1 (Wang et al. 2004, doi:10.1109/TIP.2003.819861).

    Args:
        first: (h, w) floats, 0 to 1.
        second: the same shape.

    Raises:
        InputError: the shapes differ.
    """
    if first.ndim != 2 or first.shape != second.shape:
        raise InputError(f"Two saliency maps must have one shape (h, w); got {first.shape} and {second.shape}.")
    a, b = first.astype(np.float64), second.astype(np.float64)
    mean_a, mean_b = _window(a), _window(b)
    spread = _window(a * a) - mean_a**2 + _window(b * b) - mean_b**2
    common = _window(a * b) - mean_a * mean_b
    # The paper's constants K1 = 0.01 and K2 = 0.03, for values from 0 to 1.
    light, contrast = 0.01**2, 0.03**2
    top = (2 * mean_a * mean_b + light) * (2 * common + contrast)
    return float((top / ((mean_a**2 + mean_b**2 + light) * (spread + contrast))).mean())


def rank_correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Compute Spearman's rank correlation of the pixels of two saliency maps, -1 to 1; 0 where one has no order, being flat."""
    one, other = (pd.Series(values.ravel()).rank() for values in (first, second))
    if one.nunique() < 2 or other.nunique() < 2:
        return 0.0
    return float(np.corrcoef(one.to_numpy(), other.to_numpy())[0, 1])


def _window(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT))


def _each(measure: Callable[[NDArray[np.float32], NDArray[np.float32]], float], maps: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.array([[measure(first, now) for first, now in zip(maps[0], step, strict=True)] for step in maps])
