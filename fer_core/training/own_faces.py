"""Faces that were recorded on the page Teach it, once their owner keeps them: a data set, and the recipe of a run on it.

What is learned and what judges were recorded apart, and stay apart: the one becomes train and validation, the other test. Frames
of a burst resemble each other, so that validation is its last part and no random choice.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets import writing
from fer_core.datasets.naming import class_name
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.runs import Run
from fer_core.runs.config import RunConfig, preset_config
from fer_core.settings import FACE_SIZE

Part = Literal["learn", "judge"]
Start = Literal["run", "imagenet"]

KIND = "teach it"
"""What the data set says of its layout."""

MOST_CLASSES, MOST_FACES = 8, 30
"""Classes, and faces of each class in each part, that a page keeps."""

LEAST_FACES = 5
"""Faces of each class that there must be to learn it."""

VALIDATION = 0.2
"""Share of what is learned that judges the epochs: the last frames of each class."""

LONGEST_NAME = 40


@dataclass(frozen=True)
class OwnFace:
    """A face that was recorded.

    Attributes:
        label: its class.
        part: whether it is to be learned, or was recorded apart to judge.
        second: when, from the first face of all on.
        pixels: (48, 48) uint8.
    """

    label: str
    part: Part
    second: float
    pixels: NDArray[np.uint8]


def read_sent(sent: object) -> list[OwnFace]:
    """Faces as the browser sends them: {"classes": [name], "faces": [[class number, part, second, base64 of the pixels]]}.

    Raises:
        InputError: it is something else, more than a page keeps, or too little to learn from.
    """
    try:
        given: Any = sent
        names = [class_name(name) for name in given["classes"]]
        rows = list(given["faces"])
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InputError("What the browser sent are no faces; reload the page and record them again.") from error
    if not 2 <= len(names) <= MOST_CLASSES or len({name.casefold() for name in names}) < len(names):
        raise InputError(f"There must be 2 to {MOST_CLASSES} classes, each with a name of its own; got {', '.join(names)}.")
    if not all(0 < len(name) <= LONGEST_NAME for name in names):
        raise InputError(f"A class's name has 1 to {LONGEST_NAME} letters; got {', '.join(names)}.")
    if len(rows) > 2 * MOST_CLASSES * MOST_FACES:
        raise InputError(
            f"At most {MOST_FACES} faces of a class are kept to learn, and as many to judge; got {len(rows)} in all."
        )
    faces = [_face(row, names) for row in rows]
    for name in names:
        count = sum(face.label == name and face.part == "learn" for face in faces)
        if not LEAST_FACES <= count <= MOST_FACES:
            raise InputError(f"{LEAST_FACES} to {MOST_FACES} faces of each class can be learned; got {count} of '{name}'.")
    return faces


def _face(row: Any, names: Sequence[str]) -> OwnFace:
    try:
        number, part, second, text = row
        pixels = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
        label = names[number] if type(number) is int and number >= 0 else ""
        if part in ("learn", "judge") and label and pixels.size == FACE_SIZE**2 and np.isfinite(float(second)):
            return OwnFace(label, part, float(second), pixels.reshape(FACE_SIZE, FACE_SIZE))
    except (TypeError, ValueError, IndexError, binascii.Error):
        pass
    raise InputError("A face that the browser sent is damaged; record its class again.")


def keep(faces: Sequence[OwnFace], name: str, *, drawn: bool = False) -> Dataset:
    """Write faces as a data set: what is learned as train and validation, what judges as test.

    Args:
        faces: of at least two classes.
        name: of the data set.
        drawn: no real person is among them.

    Raises:
        InputError: it cannot be a name.
        NameTakenError: there is one of that name.
        DatasetError: the disk is full.
    """
    ordered = sorted(faces, key=lambda face: (face.part != "learn", face.second))
    rows = pd.DataFrame(
        {
            "label": [face.label for face in ordered],
            "usage": ["to learn" if face.part == "learn" else "to judge" for face in ordered],
            "file": [f"{face.part}/{face.label}/{face.second:.2f} s" for face in ordered],
        }
    )
    rows["split"] = _splits(rows)
    return writing.write_dataset(
        name,
        np.stack([face.pixels for face in ordered]),
        rows,
        classes=tuple(dict.fromkeys(face.label for face in faces)),
        kind=KIND,
        source="drawn faces, held in the browser" if drawn else "camera, held in the browser",
        drawn=drawn,
        decisions=[
            f"Train is what was recorded to learn; of each class its last {VALIDATION:.0%}, in time, is validation. Test is what "
            "was recorded apart to judge.",
            "Who is shown is not known: the same person may be in train and test, and frames of a burst resemble each other.",
        ],
        note="Recorded on Teach it, and kept with the consent that was given there.",
    )


def _splits(rows: pd.DataFrame) -> list[str]:
    """Splits of rows in order of time, blocks of time within each class."""
    splits = np.where(rows["usage"] == "to learn", "train", "test").astype(object)
    for _, learned in rows[rows["usage"] == "to learn"].groupby("label"):
        last = max(1, round(VALIDATION * len(learned)))
        splits[learned.index[-last:]] = "validation"
    return [str(split) for split in splits]


def recipe(dataset: str, run: Run, start: Start) -> RunConfig:
    """The recipe of a run on such faces: a head on the features that the page learned on, by the preset `frozen`.

    Args:
        dataset: name of the data set.
        run: whose network gives the features.
        start: as it was trained, or with the weights of ImageNet.
    """
    config = run.config()
    return preset_config(
        dataset,
        "frozen",
        backbone=config.backbone,
        resolution=config.resolution,
        fine_map=config.fine_map,
        weights_file=str(run.model_file.resolve()) if start == "run" else None,
        # As the page does: each face as it is, and all of them; in small batches and larger steps, as there are few.
        flip=False,
        drop_duplicates=False,
        batch_size=16,
        head_epochs=20,
        head_learning_rate=5e-3,
        early_stopping=0,
        monitor="loss",
    )
