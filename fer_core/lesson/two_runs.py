"""Better labels, same network: what two runs answer to the same faces, and on which of them they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import InputError

LOOKED_AT = 80
"""Faces that both runs are asked about: some seconds on a laptop."""


@dataclass(frozen=True)
class Disputed:
    """Faces on which two runs part.

    Attributes:
        n: faces that both were asked about.
        places: of those on which they part, in the order in which they were asked.
        first_is_label: of these, on how many the first run gives the label.
        second_is_label: the same of the second run.
    """

    n: int
    places: tuple[int, ...]
    first_is_label: int
    second_is_label: int


def asked(samples: pd.DataFrame, classes: Sequence[str], *, seed: int = 0) -> pd.DataFrame:
    """Draw at most `LOOKED_AT` faces of the classes, of the test split where it has as many.

    Args:
        samples: columns id, label, split.
        classes: that both runs know.
        seed: of the draw.

    Raises:
        InputError: there is no face of these classes.
    """
    rows = samples[samples["label"].isin(list(classes))]
    if rows.empty:
        raise InputError("This data set has no face of the classes of these runs; choose another one.")
    test = rows[rows["split"] == "test"]
    pool = test if len(test) >= LOOKED_AT else rows
    places = np.random.default_rng(seed).permutation(len(pool))[:LOOKED_AT]
    return pool.iloc[places]


def disputed(labels: Sequence[str], first: NDArray[np.str_], second: NDArray[np.str_]) -> Disputed:
    """Find the faces on which two runs part.

    Args:
        labels: of the faces.
        first: (N,) answers of one run.
        second: (N,) answers of the other.

    Raises:
        InputError: there is not one answer of each run for each label.
    """
    if not len(labels) == len(first) == len(second):
        raise InputError(f"There must be an answer of each run for {len(labels)} faces; got {len(first)} and {len(second)}.")
    truth = np.array(labels)
    parts = first != second
    return Disputed(
        n=len(truth),
        places=tuple(np.flatnonzero(parts).tolist()),
        first_is_label=int((first[parts] == truth[parts]).sum()),
        second_is_label=int((second[parts] == truth[parts]).sum()),
    )
