"""What `dataset.json` says of a data set."""

from __future__ import annotations

import math

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fer_core.errors import NotFoundError
from fer_core.photos.frame import LARGEST, SMALLEST, Colour, Frame
from fer_core.settings import FACE_SIZE

SPLITS: tuple[str, ...] = ("train", "validation", "test")
"""Names of the splits, in order."""


class Rejected(BaseModel):
    """A file of the source that could not become a face, and why."""

    model_config = ConfigDict(frozen=True)

    file: str
    reason: str


class DatasetMeta(BaseModel):
    """`dataset.json`: what a data set is, where it is from and what was left out.

    Attributes:
        name: the data set's name, which is its folder's.
        classes: class names in order.
        counts: number of samples {split: {class: n}}; every split and class is there, zeros too.
        n: number of samples.
        fingerprint: 16 hex digits of the hash of pixels, labels and splits; changes when any of them does.
        kind: "kaggle" (split and class folders), "folders", "csv", "parquet", "synthetic", or a layout's name
            (`formats.FORMATS`).
        source: name of the source, without its folder.
        created: time of the import, ISO 8601, UTC.
        skipped: samples of classes that were not chosen {class: n}.
        rejected: files that could not be used.
        validation_cut: True when validation was cut from train here.
        drawn: True for synthetic faces.
        note: one line for the viewer.
        votes: name of the table of annotators' votes; empty when there are none.
        decisions: sentences about what was decided at the import: how numbers were read, which folders are which split.
        mapping: the class, or `skip`, that each of the source's labels stands for {as written: class}.
        mean_faces: mean face {class: its levels 0 to 255, row by row}, of at most 64x64 pixels.
        size: pixels a side of the faces.
        colour: "grey", or "rgb".
        enlarged: faces whose picture was smaller than that.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    n: int
    fingerprint: str
    kind: str
    source: str
    created: str
    skipped: dict[str, int] = {}
    rejected: list[Rejected] = []
    validation_cut: bool = False
    drawn: bool = False
    note: str = ""
    votes: str = ""
    decisions: list[str] = []
    mapping: dict[str, str] = {}
    mean_faces: dict[str, list[int]] = {}
    size: int = Field(default=FACE_SIZE, ge=SMALLEST, le=LARGEST)
    colour: Colour = "grey"
    enlarged: int = 0

    @property
    def frame(self) -> Frame:
        """Size and colour of the faces."""
        return Frame(self.size, self.colour)

    @property
    def is_mapped(self) -> bool:
        """Whether a label of the source stands for something else than it says."""
        return any(written.lower() != label for written, label in self.mapping.items())

    def mean_face(self, name: str) -> np.ndarray:
        """Mean face of a class, (S, S) or (S, S, 3) uint8, S at most 64.

        Raises:
            NotFoundError: the data set has no such class.
        """
        if name not in self.mean_faces:
            raise NotFoundError(f"The data set '{self.name}' has no class '{name}'; it has {', '.join(self.classes)}.")
        levels = np.array(self.mean_faces[name], np.uint8)
        side = math.isqrt(levels.size // self.frame.channels)
        return levels.reshape(Frame(side, self.colour).shape)
