"""The few validation faces whose answers a run keeps at each epoch, so that one can watch it learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.runs import moments
from fer_core.runs.moments import Moment

FACES = 12
"""Faces that are watched, where validation has so many."""


def choose(rows: pd.DataFrame, classes: tuple[str, ...], seed: int, count: int = FACES) -> NDArray[np.int64]:
    """Choose faces of all classes in turn, the same ones for the same rows and seed.

    Args:
        rows: samples with the column label; at least one.
        classes: class names, in the order in which they take turns.
        seed: of the choice within each class.
        count: the most faces.

    Returns:
        Positions among the rows, at most `count`: first one face of each class, then a second one, and so on.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    names = rows["label"].to_numpy()
    turns = [[place for place in order if names[place] == name] for name in classes]
    mixed = [mine[turn] for turn in range(count) for mine in turns if turn < len(mine)]
    return np.array(mixed[:count], np.int64)


class Watch:
    """Turns the answers of a validation pass into what is kept of them.

    Args:
        rows: validation faces with the columns id and label.
        labels: (N,) their class indices.
        classes: C class names.
        seed: of the choice of faces.
    """

    def __init__(self, rows: pd.DataFrame, labels: NDArray[np.int64], classes: tuple[str, ...], seed: int) -> None:
        self._labels, self._classes = labels, len(classes)
        self._chosen = choose(rows, classes, seed)
        self._faces = tuple(int(face) for face in rows["id"].to_numpy()[self._chosen])

    def moment(self, epoch: float, logits: NDArray[np.float32]) -> Moment:
        """What is kept of the logits (N, C) of all validation faces at a position in epochs."""
        return Moment(
            epoch=epoch,
            faces=self._faces,
            labels=tuple(map(int, self._labels[self._chosen])),
            probabilities=moments.softmax(logits[self._chosen]),
            confusion=moments.counts(self._labels, logits.argmax(axis=1), self._classes),
        )
