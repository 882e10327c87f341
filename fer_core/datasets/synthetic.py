"""The synthetic faces: a data set drawn by a program, so that a first start with nothing has something true to show.

Nobody is shown in it. Expressions are the prototypes of EMFACS (Friesen and Ekman, 1983) in action units of the Facial Action
Coding System (Ekman and Friesen, 1978), at a known intensity, on invented people; see `fer_core.datasets.drawing`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from fer_core.datasets.drawing.action_units import Activation, activation, sample_activation
from fer_core.datasets.drawing.face import render
from fer_core.datasets.drawing.identity import Identity, sample_identity
from fer_core.datasets.drawing.scene import Scene, sample_scene
from fer_core.datasets.drawing.traits import traits_of
from fer_core.datasets.store import Dataset
from fer_core.datasets.traits import coded
from fer_core.datasets.writing import require_free, write_dataset
from fer_core.errors import InputError
from fer_core.labels import FIVE
from fer_core.progress import Progress, silent
from fer_core.settings import FACE_SIZE

NAME_DEFAULT = "Synthetic faces"
"""Name of the data set that is made at a first start."""

COUNT, SEED = 3000, 0
"""How many faces that data set has, and the seed with which they are drawn."""

COUNT_LIMIT = 100_000
"""The most faces that are drawn in one go."""

NOTE = (
    "These faces are drawn by a program: no person is shown, and nothing in them was photographed. Each expression is a set of "
    "facial action units at a known intensity. What a network scores on them says nothing about real faces."
)

SHARES: dict[str, float] = {"angry": 3995, "disgust": 436, "fear": 4097, "happy": 7215, "neutral": 4965}
"""Relative frequency of each class: the counts of FER2013's training split (Goodfellow et al. 2013, arXiv:1307.0414)."""

_PEOPLE_PER_BLOCK, _FACES_PER_BLOCK = 10, 60
_GOLDEN = (5**0.5 - 1) / 2
_CHUNK = 20
_SPLIT_TRIALS = 64


@dataclass(frozen=True)
class SyntheticFaces:
    """Faces that were drawn.

    Attributes:
        images: (N, 48, 48) uint8.
        labels: the emotion of each face.
        intensity: (N,) float32, 0 to 1; 0 for neutral.
        identity: (N,) int64, the number of the invented person.
        traits: a row a face, columns as from `traits.known`.
    """

    images: np.ndarray
    labels: list[str]
    intensity: np.ndarray
    identity: np.ndarray
    traits: pd.DataFrame


def draw_face(
    identity_seed: int,
    expression: str,
    intensity: float,
    *,
    size: int = 192,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    units: Mapping[int, float] | None = None,
    scene: Scene | None = None,
) -> np.ndarray:
    """One face in quiet light, its expression the pure prototype.

    Args:
        identity_seed: which invented person; 0 or more.
        expression: angry, disgust, fear, happy, sad, surprise or neutral.
        intensity: 0 to 1.
        size: pixels along one side, 16 to 1024.
        yaw: degrees to the right of the picture, -35 to 35.
        pitch: degrees upwards, -25 to 25.
        roll: degrees clockwise, -45 to 45.
        units: strength 0 to 1 by action unit, in place of the prototype's.
        scene: camera and light in place of the quiet ones; yaw, pitch and roll are then its own.

    Returns:
        (size, size) uint8.

    Raises:
        InputError: an argument is outside what is allowed.
    """
    if identity_seed < 0:
        raise InputError(f"The seed of an identity must be 0 or more; got {identity_seed}.")
    if not 16 <= size <= 1024:
        raise InputError(f"The size of a face must lie between 16 and 1024 pixels; got {size}.")
    for word, value, limit in (("Yaw", yaw, 35), ("Pitch", pitch, 25), ("Roll", roll, 45)):
        if not -limit <= value <= limit:
            raise InputError(f"{word} must lie between -{limit} and {limit} degrees; got {value}.")
    moved = activation(expression, intensity, override=units)
    shot = scene or Scene(yaw=float(np.deg2rad(yaw)), pitch=float(np.deg2rad(pitch)), roll=float(np.deg2rad(roll)))
    return render(
        sample_identity(np.random.default_rng(identity_seed)), moved, shot, size=size, oversampling=4 if size < 96 else 2
    )


def make_faces(count: int, seed: int, *, progress: Progress = silent, workers: int | None = None) -> SyntheticFaces:
    """Draw faces; face i is the same for every `count` and every number of workers.

    Args:
        count: how many, 1 to `COUNT_LIMIT`.
        seed: 0 or more.
        progress: called now and then with the fraction that is done, 0 to 1, and a sentence.
        workers: threads that draw; as many as there are processors when None.

    Raises:
        InputError: an argument is outside what is allowed.
    """
    if not 1 <= count <= COUNT_LIMIT:
        raise InputError(f"The number of faces must lie between 1 and {COUNT_LIMIT:,}; got {count}.")
    if seed < 0:
        raise InputError(f"The seed must be 0 or more; got {seed}.")
    labels, identity = _labels(count, seed), _identities(count)
    people = [sample_identity(_generator(seed, 0, person)) for person in range(int(identity.max()) + 1)]
    images = np.empty((count, FACE_SIZE, FACE_SIZE), np.uint8)
    intensity = np.empty(count, np.float32)
    traits: list[dict[str, str]] = [{}] * count

    def draw(start: int) -> int:
        stop = min(start + _CHUNK, count)
        for index in range(start, stop):
            who, rng = people[identity[index]], _generator(seed, 1, index)
            intensity[index], units, scene = _sample(who, labels[index], rng)
            images[index], traits[index] = render(who, units, scene, size=FACE_SIZE), traits_of(who, scene)
        return stop - start

    done = 0
    with _single_threaded_cv2(), ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for drawn in pool.map(draw, range(0, count, _CHUNK)):
            done += drawn
            progress(done / count, f"Drew {done:,} of {count:,} faces")
    return SyntheticFaces(images, labels, intensity, identity, pd.DataFrame(traits))


def create_synthetic(
    name: str, count: int = COUNT, seed: int = SEED, *, overwrite: bool = False, progress: Progress = silent
) -> Dataset:
    """Draw faces and store them as a data set; nobody is in more than one split.

    Args:
        name: of the data set.
        count: how many faces, 1 to `COUNT_LIMIT`.
        seed: 0 or more.
        overwrite: replace a data set of the same name.
        progress: called now and then with the fraction that is done, 0 to 1, and a sentence.

    Raises:
        InputError: an argument is outside what is allowed.
        NameTakenError: the name is taken and `overwrite` is false.
        DatasetError: it could not be written, or the old one is in use.
    """
    clean = require_free(name, overwrite=overwrite)
    faces = make_faces(count, seed, progress=progress)
    rows = zip(faces.identity, faces.labels, faces.intensity, strict=True)
    samples = pd.DataFrame(
        {
            "label": faces.labels,
            "split": _splits(faces.identity, faces.labels, seed),
            "file": [f"person-{who:04d}_{label}_{much:.2f}_{index:05d}.png" for index, (who, label, much) in enumerate(rows)],
            "intensity": faces.intensity,
            **coded(faces.traits),
        }
    )
    return write_drawn(clean, faces.images, samples, seed, overwrite=overwrite)


def write_drawn(name: str, images: np.ndarray, samples: pd.DataFrame, seed: int, *, overwrite: bool = False) -> Dataset:
    """Store faces that were drawn, with the words that say so.

    Args:
        name: of the data set.
        images: (N, 48, 48) uint8.
        samples: N rows with label, split, file, intensity and what is known of the faces (`traits.coded`).
        seed: with which they were drawn.
        overwrite: replace a data set of the same name.

    Raises:
        NameTakenError: the name is taken and `overwrite` is false.
        DatasetError: it could not be written, or the old one is in use.
    """
    return write_dataset(
        name,
        images,
        samples,
        classes=FIVE,
        kind="synthetic",
        source=f"drawn by FER Lab with seed {seed}",
        drawn=True,
        note=NOTE,
        overwrite=overwrite,
    )


def _generator(seed: int, kind: int, index: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(kind, index)))


def _sample(who: Identity, label: str, rng: np.random.Generator) -> tuple[float, Activation, Scene]:
    """Intensity, what the face does, and the shot."""
    clear, tail, choice = rng.uniform(0.5, 1.0), rng.uniform(0.15, 0.5), rng.random()
    intensity = 0.0 if label == "neutral" else float(tail if choice < 0.12 else clear)
    units = sample_activation(label, intensity, rng, resting_brow=who.resting_brow, lopsided=who.lopsided)
    return intensity, units, sample_scene(rng)


def _labels(count: int, seed: int) -> list[str]:
    """A label for each face: multiples of the golden ratio fill the classes evenly, however many there are."""
    bounds = np.cumsum(np.array(list(SHARES.values())) / sum(SHARES.values()))[:-1]
    start = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,))).random()
    place = (start + np.arange(count) * _GOLDEN) % 1
    return [FIVE[index] for index in np.searchsorted(bounds, place, side="right")]


def _identities(count: int) -> np.ndarray:
    """Six faces for each person, ten people by turns."""
    index = np.arange(count, dtype=np.int64)
    return _PEOPLE_PER_BLOCK * (index // _FACES_PER_BLOCK) + index % _PEOPLE_PER_BLOCK


def _splits(identity: np.ndarray, labels: list[str], seed: int) -> np.ndarray:
    """70 % of the people to train, 10 % to validation, 20 % to test: of some random ways the one that keeps class shares best."""
    people, owner = np.unique(identity, return_inverse=True)
    held = np.zeros((len(people), len(FIVE)))
    np.add.at(held, (owner, np.array([FIVE.index(label) for label in labels])), 1)
    test = round(0.2 * len(people)) or int(len(people) > 1)
    validation = round(0.1 * len(people)) or int(len(people) > 2)
    parts = np.repeat(["test", "validation", "train"], [test, validation, len(people) - test - validation])
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    best, least = parts, np.inf
    for _ in range(_SPLIT_TRIALS):
        trial = rng.permutation(parts)
        error = 0.0
        for part in ("test", "validation", "train"):
            expected = held.sum(axis=0) * np.mean(parts == part)
            error += float((((held[trial == part].sum(axis=0) - expected) ** 2) / (expected + 0.5)).sum())
        if error < least:
            best, least = trial, error
    return best[owner]


@contextmanager
def _single_threaded_cv2() -> Iterator[None]:
    """OpenCV's own threads only get in the way of ours on pictures as small as these."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
