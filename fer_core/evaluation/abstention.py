"""What a network is worth that may stay silent: accuracy against coverage, and what a threshold makes of each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson

POINTS = 300
"""Most points of a curve: about one for each pixel or two that it is drawn on."""


@dataclass(frozen=True)
class Abstention:
    """What comes of answering only where the probability reaches a threshold.

    Attributes:
        n: samples.
        answered: samples that are answered.
        right: answered samples whose answer is the label.
    """

    n: int
    answered: int
    right: int

    @property
    def coverage(self) -> float:
        """Share of samples that are answered, in [0, 1]."""
        return self.answered / self.n

    @property
    def accuracy(self) -> float | None:
        """Share of right answers among the answered; None when there are none."""
        return self.right / self.answered if self.answered else None

    @property
    def accuracy_ci95(self) -> tuple[float, float] | None:
        """Wilson interval of the accuracy; None when nothing is answered."""
        return wilson(self.right, self.answered) if self.answered else None


def coverage_curve(confidence: ArrayLike, correct: ArrayLike, *, points: int = POINTS) -> pd.DataFrame:
    """Accuracy on the surest answers, from the few surest to all (the complement of El-Yaniv & Wiener 2010's risk).

    Args:
        confidence: (N,) probability of the answer.
        correct: (N,) bool, the answer is the label.
        points: most rows.

    Returns:
        One row a threshold, from the highest: threshold, coverage, n (int64, answered), accuracy, low, high (95 %, Wilson).
        Samples of equal confidence are answered together; the last row answers all.

    Raises:
        InputError: no samples, lengths differ, or `points` below 1.
    """
    sure, hits = _checked(confidence, correct)
    if points < 1:
        raise InputError(f"Points must be at least 1; got {points}.")
    order = np.argsort(-sure, kind="stable")
    ordered, right = sure[order], np.cumsum(hits[order])
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    if len(ends) > points:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, points + 1).round().astype(np.intp)[1:])]
    answered = ends + 1
    limits = [wilson(int(k), int(n)) for k, n in zip(right[ends], answered, strict=True)]
    return pd.DataFrame(
        {
            "threshold": ordered[ends],
            "coverage": answered / len(ordered),
            "n": answered.astype(np.int64),
            "accuracy": right[ends] / answered,
            "low": [low for low, _ in limits],
            "high": [high for _, high in limits],
        }
    )


def fit_threshold(confidence: ArrayLike, correct: ArrayLike, *, accuracy: float) -> float:
    """Find the threshold that answers most samples while at least a share of the answers is right.

    Args:
        confidence: (N,) probability of the answer.
        correct: (N,) bool, the answer is the label.
        accuracy: the share, in (0, 1].

    Returns:
        Threshold in [0, 1]; 0 where all may be answered.

    Raises:
        InputError: no samples, lengths differ, `accuracy` outside (0, 1], or no threshold reaches it.
    """
    if not 0 < accuracy <= 1:
        raise InputError(f"The share of right answers must be above 0 and at most 1; got {accuracy}.")
    curve = coverage_curve(confidence, correct, points=len(np.atleast_1d(np.asarray(confidence))))
    enough = curve[curve["accuracy"] >= accuracy]
    if enough.empty:
        raise InputError(f"No threshold makes {accuracy:.0%} of the answers right.")
    chosen = enough.iloc[-1]
    return 0.0 if chosen["coverage"] == 1 else float(chosen["threshold"])


def rounded_up(threshold: float, digits: int) -> float:
    """A threshold with so many decimal places, at most 1; rounded up, so that no answer more counts as sure."""
    return min(1.0, math.ceil(threshold * 10**digits) / 10**digits)


def abstain(confidence: ArrayLike, correct: ArrayLike, threshold: float) -> Abstention:
    """Counts at a threshold: a sample is answered when its confidence is at least `threshold`.

    Raises:
        InputError: no samples, lengths differ, or `threshold` outside [0, 1].
    """
    sure, hits = _checked(confidence, correct)
    if not 0 <= threshold <= 1:
        raise InputError(f"The threshold must be from 0 to 1; got {threshold}.")
    answered = sure >= threshold
    return Abstention(n=len(sure), answered=int(answered.sum()), right=int((answered & hits).sum()))


def abstention_by_class(answers: pd.DataFrame, classes: Sequence[str], threshold: float) -> pd.DataFrame:
    """Who is left without an answer.

    Args:
        answers: columns label, predicted and confidence, one row a sample.
        classes: class names; those without a sample are left out.
        threshold: in [0, 1].

    Returns:
        Columns class, n (int64, samples of the class), coverage (share that is answered), accuracy (share of right answers
        among these, NaN when there are none); in the order of `classes`.
    """
    rows = []
    for name in classes:
        mine = answers[answers["label"] == name]
        if len(mine):
            answered = abstain(mine["confidence"], mine["label"] == mine["predicted"], threshold)
            rows.append((name, answered.n, answered.coverage, np.nan if answered.accuracy is None else answered.accuracy))
    return pd.DataFrame(rows, columns=["class", "n", "coverage", "accuracy"])


def _checked(confidence: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    sure, hits = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if sure.ndim != 1 or sure.shape != hits.shape or not len(sure):
        raise InputError(f"Abstention needs N confidences and N answers, N above 0; got {sure.shape}, {hits.shape}.")
    return sure, hits
