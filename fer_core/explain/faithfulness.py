"""Whether saliency maps are faithful: deletion and insertion curves (Petsiuk et al. 2018, arXiv:1806.07421) against random ones.

Deletion removes the pixels that are most salient first, and watches the probability of the class fall; insertion puts them
into a blurred face, and watches it rise. A saliency map that shows what the network uses falls sooner and rises sooner than
maps that were drawn at random. Random maps have the grain of the map under test: single random pixels spoil a picture faster
than any patch does, so that they would be no fair opponent of a map of 6x6 patches.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.evaluation.intervals import mean_interval, wilson
from fer_core.explain.of_run import explain_faces
from fer_core.explain.saliency import Explanation, normalised
from fer_core.photos.frame import frame_of
from fer_core.predictor import Predictor
from fer_core.progress import Progress, part, silent
from fer_core.settings import FACE_SIZE

Answers = Callable[[NDArray[np.uint8]], NDArray[np.floating]]
"""Faces in, (N, C) probabilities out."""

STEPS = 24
"""Steps of a curve: at each one more twenty-fourth of the pixels is changed."""

BLUR = 6.0
"""Deviation in pixels of 48 of the blur from which insertion starts: eyes and mouth, some 6 pixels high, cannot be told then."""

_MAPS = 0.2
"""Share of the time that the saliency maps themselves take; the curves take the rest."""


@dataclass(frozen=True)
class Comparison:
    """Curves of saliency maps and of random ones for the same faces; probabilities of the explained class, 0 to 1.

    Attributes:
        changed: (S,) float32, share of the pixels that are changed, from 0 to 1.
        deletion: (N, S) float32, for the maps.
        insertion: (N, S) float32, for the maps.
        random_deletion: (N, R, S) float32, for R random maps per face.
        random_insertion: (N, R, S) float32, for R random maps per face.
    """

    changed: NDArray[np.float32]
    deletion: NDArray[np.float32]
    insertion: NDArray[np.float32]
    random_deletion: NDArray[np.float32]
    random_insertion: NDArray[np.float32]


@dataclass(frozen=True)
class AreaSummary:
    """Area under the curves of one kind, 0 to 1, averaged over faces, with 95 % intervals over faces.

    Attributes:
        n: faces.
        area: (mean, low, high) for the maps; the limits are NaN for one face.
        random: the same for random maps, each face by the mean of its random maps.
        gain: the same for how much better the maps are than random ones, face by face: positive when they fall or rise sooner.
        better: faces whose map is better than the mean of its random maps.
        better_interval: Wilson interval of that share.
    """

    n: int
    area: tuple[float, float, float]
    random: tuple[float, float, float]
    gain: tuple[float, float, float]
    better: int
    better_interval: tuple[float, float]


def as_shown(predictor: Predictor) -> Answers:
    """Return a run's calibrated probabilities of faces without their mirror images: what is explained is the face itself."""
    unmirrored = copy.copy(predictor)
    unmirrored.calibration = predictor.calibration.model_copy(update={"flip": False})
    return lambda faces: unmirrored.probabilities(unmirrored.logits(faces))


def compare(
    answers: Answers,
    faces: NDArray[np.uint8],
    maps: NDArray[np.float32],
    targets: NDArray[np.int64],
    *,
    grain: tuple[int, int],
    randoms: int = 5,
    steps: int = STEPS,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Compute deletion and insertion curves of saliency maps and of random ones.

    Args:
        answers: the network.
        faces: (N, S, S) or (N, S, S, 3) uint8.
        maps: (N, S, S) floats, saliency, the larger the more important.
        targets: (N,) index of the explained class.
        grain: rows and columns of the maps before they were enlarged; random maps are drawn with as many.
        randoms: random maps per face, at least 1.
        steps: steps of a curve, at least 2.
        seed: of the random maps, and of the order among pixels of equal importance.
        progress: called after each map.

    Raises:
        InputError: shapes do not fit, there is no face, or a number is out of range.
    """
    _check(faces, maps, targets)
    if randoms < 1 or steps < 2:
        raise InputError(f"There must be at least 1 random map and 2 steps; got {randoms} and {steps}.")
    draw = np.random.default_rng(seed)
    deletion, insertion = (np.empty((len(faces), 1 + randoms, steps + 1), np.float32) for _ in range(2))
    for number, (face, saliency, target) in enumerate(zip(faces, maps, targets, strict=True)):
        for place, rival in enumerate([saliency, *random_maps(randoms, grain, draw, side=faces.shape[1])]):
            changed = np.concatenate(altered(face, rival, steps=steps, draw=draw))
            values = answers(changed)[:, int(target)]
            deletion[number, place], insertion[number, place] = values[: steps + 1], values[steps + 1 :]
            share = (number + (place + 1) / (1 + randoms)) / len(faces)
            progress(share, f"Face {number + 1} of {len(faces)}: map {place + 1} of {1 + randoms}")
    return Comparison(
        np.linspace(0, 1, steps + 1, dtype=np.float32), deletion[:, 0], insertion[:, 0], deletion[:, 1:], insertion[:, 1:]
    )


def measure(
    predictor: Predictor,
    faces: NDArray[np.uint8],
    *,
    targets: NDArray[np.int64],
    method: str,
    layer: str | None,
    randoms: int = 5,
    progress: Progress = silent,
) -> tuple[list[Explanation], Comparison]:
    """Explain faces, and compare their saliency maps with random ones.

    Args:
        predictor: the run.
        faces: (N, S, S) or (N, S, S, 3) uint8; converted where the run takes others.
        targets: (N,) index of the explained class.
        method: a name in `methods.METHODS`.
        layer: see `explain_faces`.
        randoms: random maps per face.
        progress: called now and then.

    Raises:
        InputError: see `explain_faces` and `compare`.
    """
    faces = predictor.fitted(faces)
    explained = explain_faces(
        predictor,
        faces,
        method=method,
        targets=targets,
        layer=layer,
        progress=part(progress, 0.0, _MAPS),
    )
    maps = np.stack([one.saliency for one in explained])
    return explained, compare(
        as_shown(predictor),
        faces,
        maps,
        targets,
        grain=explained[0].size,
        randoms=randoms,
        progress=part(progress, _MAPS, 1.0),
    )


def random_maps(count: int, grain: tuple[int, int], draw: np.random.Generator, *, side: int = FACE_SIZE) -> NDArray[np.float32]:
    """Draw maps of noise with `grain` rows and columns, enlarged as saliency maps are: (count, side, side) float32, 0 to 1."""
    return np.stack([normalised(draw.random(grain, dtype=np.float32), side) for _ in range(count)])


def altered(
    face: NDArray[np.uint8], saliency: NDArray[np.floating], *, steps: int, draw: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Remove more and more of a face's most salient pixels, and put them into the blurred face.

    Args:
        face: (S, S) or (S, S, 3) uint8.
        saliency: (S, S) floats, the larger the more important.
        steps: steps of each way.
        draw: orders pixels of equal importance, as where the saliency is 0.

    Returns:
        Deletion, from the face to the grey or colour that it has on average, and insertion, from the blurred face to the face:
        steps + 1 faces each.
    """
    blurred = cv2.GaussianBlur(face, (0, 0), BLUR * len(face) / FACE_SIZE, borderType=cv2.BORDER_REPLICATE)
    mean = np.rint(face.mean(axis=(0, 1))).astype(np.uint8)
    place = np.empty(saliency.size, np.int64)
    place[np.lexsort((draw.random(saliency.size), -saliency.ravel()))] = np.arange(place.size)
    taken = place[None] < np.rint(np.linspace(0, place.size, steps + 1))[:, None]
    taken = taken.reshape(steps + 1, *saliency.shape, *[1] * (face.ndim - 2))
    return np.where(taken, mean, face), np.where(taken, face, blurred)


def area(changed: NDArray[np.floating], curve: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute the area under curves by trapezia: (S,) shares from 0 to 1 and (..., S) values in, (...) areas out."""
    values = np.asarray(curve, np.float64)
    return np.asarray(((values[..., 1:] + values[..., :-1]) / 2 * np.diff(changed)).sum(axis=-1))


def summarise(comparison: Comparison) -> tuple[AreaSummary, AreaSummary]:
    """Summarise the areas of deletion and of insertion; less is better for deletion, more for insertion."""
    return (
        _summary(comparison.changed, comparison.deletion, comparison.random_deletion, sign=-1),
        _summary(comparison.changed, comparison.insertion, comparison.random_insertion, sign=1),
    )


def _summary(
    changed: NDArray[np.float32], curves: NDArray[np.float32], randoms: NDArray[np.float32], *, sign: int
) -> AreaSummary:
    own, random = area(changed, curves), area(changed, randoms).mean(axis=1)
    gain = sign * (own - random)
    better = int((gain > 0).sum())
    return AreaSummary(len(own), _limits(own), _limits(random), _limits(gain), better, wilson(better, len(own)))


def _limits(values: NDArray[np.float64]) -> tuple[float, float, float]:
    mean, low, high = mean_interval(values)
    return float(mean), float(low), float(high)


def _check(faces: NDArray[np.uint8], maps: NDArray[np.floating], targets: NDArray[np.int64]) -> None:
    frame = frame_of(faces)
    if not len(faces):
        raise InputError("There must be at least one face; got none.")
    if maps.shape != (len(faces), frame.size, frame.size) or np.shape(targets) != (len(faces),):
        raise InputError(f"There must be one saliency map and one target per face; got {maps.shape} and {np.shape(targets)}.")
