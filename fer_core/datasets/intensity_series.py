"""Drawn faces to measure subtle expressions on: each person shows each expression from faint to full, all else being equal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core.datasets.drawing.action_units import sample_activation
from fer_core.datasets.drawing.face import render
from fer_core.datasets.drawing.identity import sample_identity
from fer_core.datasets.drawing.scene import sample_scene
from fer_core.datasets.store import Dataset
from fer_core.datasets.writing import require_free, write_dataset
from fer_core.errors import InputError
from fer_core.labels import FIVE
from fer_core.progress import Progress, silent
from fer_core.settings import FACE_SIZE

NAME_DEFAULT = "Subtle faces"

LEVELS: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Intensities at which each expression is drawn."""

PEOPLE = 30
"""Invented persons in a series that is not asked to be otherwise: 1,320 faces, 300 of each expression."""

NOTE = (
    "These faces are drawn by a program: no person is shown. Each invented person shows each expression at ten intensities, and "
    "none, in the same light. The set is made for measuring how faint an expression may be; what a network scores on it says "
    "nothing about real faces."
)

_NEUTRAL = "neutral"
_MOST_PEOPLE = 500


def draw_series(
    name: str = NAME_DEFAULT,
    people: int = PEOPLE,
    seed: int = 0,
    *,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Draw the faces and store them as a data set, all of them test.

    The persons are none of the synthetic faces, whatever the seeds, so that a run trained on those has not met them.

    Args:
        name: of the data set.
        people: invented persons, 1 to 500; each is drawn 44 times.
        seed: 0 or more.
        overwrite: replace a data set of the same name.
        progress: called now and then with the share that is done, 0 to 1, and a sentence.

    Raises:
        InputError: an argument is outside what is allowed.
        NameTakenError: the name is taken and `overwrite` is false.
        DatasetError: it could not be written, or the old one is in use.
    """
    if not 1 <= people <= _MOST_PEOPLE:
        raise InputError(f"The number of persons must lie between 1 and {_MOST_PEOPLE}; got {people}.")
    if seed < 0:
        raise InputError(f"The seed must be 0 or more; got {seed}.")
    clean = require_free(name, overwrite=overwrite)
    expressions = [label for label in FIVE if label != _NEUTRAL]
    images, rows = [], []
    for person in range(people):
        who = sample_identity(_generator(seed, person, 0))
        for number, label in enumerate(expressions, start=1):
            scene = sample_scene(_generator(seed, person, number))
            for intensity in (0.0, *LEVELS):
                shown = label if intensity else _NEUTRAL
                # The same generator for every level: the habits of a person do not change with the intensity.
                habits = _generator(seed, person, 10 + number)
                units = sample_activation(shown, intensity, habits, resting_brow=who.resting_brow, lopsided=who.lopsided)
                images.append(render(who, units, scene, size=FACE_SIZE))
                file = f"person-{person:04d}_{label}_{intensity:.2f}.png"
                rows.append({"label": shown, "split": "test", "file": file, "intensity": np.float32(intensity)})
        progress((person + 1) / people, f"Drew {len(images):,} of {people * len(images) // (person + 1):,} faces")
    return write_dataset(
        clean,
        np.stack(images),
        pd.DataFrame(rows),
        classes=FIVE,
        kind="synthetic",
        source=f"series drawn by FER Lab with seed {seed}",
        drawn=True,
        note=NOTE,
        overwrite=overwrite,
    )


def _generator(seed: int, person: int, part: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7, person, part)))
