"""From accuracy to macro F1 on the same answers, step by step: what changes is how much a class counts, and what counts in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.evaluation.intervals import bootstrap_interval

STEPS = 21
"""Points at which the way between both scores is drawn."""


def blended(matrix: NDArray[np.integer], place: float) -> NDArray[np.float64]:
    """The score at a place between accuracy and macro F1.

    It is the sum over the classes of weight times score, where the weight goes from the class's share of the faces to one equal
    for all, and the score from its recall to its F1: at 0 that is exactly the accuracy, at 1 exactly macro F1.

    Args:
        matrix: (..., C, C) counts, rows true, columns predicted.
        place: 0 (accuracy) to 1 (macro F1).

    Returns:
        (...) scores in [0, 1].

    Raises:
        InputError: `place` outside 0 to 1.
    """
    weights, scores = _parts(matrix, place)
    return (weights * scores).sum(axis=-1)


def by_class(matrix: NDArray[np.integer], classes: Sequence[str], place: float) -> pd.DataFrame:
    """What each class counts at a place, and what it is given.

    Returns:
        One row a class: class, n (true faces), weight (shares that sum to 1), score (0 to 1), part (weight times score).
    """
    weights, scores = _parts(matrix, place)
    return pd.DataFrame(
        {"class": list(classes), "n": matrix.sum(axis=1), "weight": weights, "score": scores, "part": weights * scores}
    )


def constant(matrix: NDArray[np.integer]) -> NDArray[np.int64]:
    """(C, C) counts of the same faces when every answer is the most frequent class."""
    true = matrix.sum(axis=1)
    answers = np.zeros_like(np.asarray(matrix, np.int64))
    answers[:, int(true.argmax())] = true
    return answers


def path(matrix: NDArray[np.integer]) -> pd.DataFrame:
    """Go from accuracy to macro F1 in small steps.

    Returns:
        Columns place, score, low, high (95 % percentile bootstrap), baseline (always the most frequent class).

    Raises:
        InputError: there is no sample.
    """
    answers = constant(matrix)
    rows = []
    for place in np.linspace(0, 1, STEPS):
        low, high = bootstrap_interval(matrix, partial(blended, place=float(place)), resamples=500)
        rows.append((float(place), float(blended(matrix, place)), low, high, float(blended(answers, place))))
    return pd.DataFrame(rows, columns=["place", "score", "low", "high", "baseline"])


def _parts(matrix: NDArray[np.integer], place: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and scores of the classes at a place, (..., C) each."""
    if not 0 <= place <= 1:
        raise InputError(f"The place between accuracy and macro F1 must lie between 0 and 1; got {place}.")
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    true, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    recall = hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(true + predicted, 1)
    known = (true + predicted) > 0
    equal = known / np.maximum(known.sum(axis=-1, keepdims=True), 1)
    share = true / np.maximum(true.sum(axis=-1, keepdims=True), 1)
    return (1 - place) * share + place * equal, (1 - place) * recall + place * f1
