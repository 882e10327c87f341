"""What a network in training answered at one moment after the other: the file `moments.jsonl` of a run.

It holds positions in the data set and answers, never pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core.files import replace

_DIGITS = 4


class Moment(BaseModel):
    """Answers of a network at one moment of its training, before any calibration and without the mirrored face.

    Attributes:
        epoch: position in epochs over all phases: 0 before the first batch, 1 after the first epoch.
        faces: positions in the data set of the few faces that are watched.
        labels: their class indices.
        probabilities: softmax of their logits, a row a face.
        confusion: of all validation faces: counts, rows true, columns predicted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: float
    faces: tuple[int, ...]
    labels: tuple[int, ...]
    probabilities: tuple[tuple[float, ...], ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """Validation faces."""
        return sum(map(sum, self.confusion))

    @property
    def right(self) -> int:
        """Validation faces that were answered with their label."""
        return sum(row[place] for place, row in enumerate(self.confusion))


def softmax(logits: NDArray[np.floating]) -> tuple[tuple[float, ...], ...]:
    """Probabilities of (N, C) logits as rows of rounded numbers, as a moment holds them."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    rows = (raised / raised.sum(axis=1, keepdims=True)).round(_DIGITS)
    return tuple(tuple(map(float, row)) for row in rows)


def counts(labels: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> tuple[tuple[int, ...], ...]:
    """Confusion matrix of class indices as rows of counts, as a moment holds it: rows true, columns predicted."""
    flat = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return tuple(tuple(map(int, row)) for row in flat.reshape(classes, classes))


def append(path: Path, moment: Moment) -> None:
    """Add one line.

    Raises:
        OSError: the disk is full or may not be written.
    """
    with path.open("a") as file:
        file.write(moment.model_dump_json() + "\n")


def read(path: Path) -> list[Moment]:
    """The whole lines in order; empty where there is no such file, as for runs from before it was kept."""
    moments: list[Moment] = []
    with suppress(OSError):
        for line in path.read_text(errors="replace").splitlines():
            with suppress(ValidationError):
                moments.append(Moment.model_validate_json(line))
    return moments


def cut(path: Path, last: int) -> None:
    """Drop what is torn or comes after the end of epoch `last`; without a line that stays, the file goes.

    Raises:
        OSError: the disk is full or may not be written; the file is as it was.
    """
    kept: Sequence[Moment] = [moment for moment in read(path) if moment.epoch <= last]
    if not kept:
        path.unlink(missing_ok=True)
        return
    replace(path, lambda temporary: temporary.write_text("".join(moment.model_dump_json() + "\n" for moment in kept)))
