"""Whether a network is right as often as it says it is, and the temperature that makes it so (Guo et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson

ECE_BINS = 15
"""Bins of the expected calibration error, as in Guo et al. (2017), arXiv:1706.04599."""

TEMPERATURES = (0.05, 20.0)
"""Range in which a temperature is looked for; a best one beyond it means that there is none."""

FEWEST = 50
"""Fewest validation faces that a temperature is fitted on: with fewer it follows chance."""

Binning = Literal["width", "count"]


@dataclass(frozen=True)
class ProbabilityScores:
    """How good probabilities are; all three are better when lower.

    Attributes:
        n: samples.
        ece: expected calibration error, in [0, 1].
        nll: mean negative log-likelihood of the labels, in nats.
        brier: mean squared distance to the labels, summed over the classes, in [0, 2] (Brier 1950).
    """

    n: int
    ece: float
    nll: float
    brier: float


def expected_calibration_error(probabilities: NDArray[np.floating], correct: ArrayLike, bins: int = ECE_BINS) -> float:
    """Mean distance of confidence and accuracy over equally wide bins of the top probability (Guo et al. 2017, eq. 3).

    Args:
        probabilities: (N, C), rows sum to 1.
        correct: (N,) bool, the most probable class is the label.
        bins: number of bins (low, high] on (0, 1].

    Returns:
        Error in [0, 1], weighted by the samples in each bin.

    Raises:
        InputError: no samples, lengths differ, or `bins` below 1.
    """
    hits = np.asarray(correct, dtype=bool)
    if probabilities.ndim != 2 or len(probabilities) != len(hits) or len(hits) == 0:
        raise InputError(
            f"Calibration needs (N, C) probabilities and N answers, N above 0; got {probabilities.shape}, {len(hits)}."
        )
    confidence = probabilities.max(axis=1)
    gaps = np.bincount(wide_bins(confidence, bins), weights=hits.astype(np.float64) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(hits))


def reliability(confidence: ArrayLike, correct: ArrayLike, *, bins: int = ECE_BINS, binning: Binning = "width") -> pd.DataFrame:
    """The reliability diagram as a table: how sure the answers of a bin are, and how many of them are right.

    Args:
        confidence: (N,) probability of the answer, in (0, 1].
        correct: (N,) bool, the answer is the label.
        bins: number of bins; with "count" never more than samples.
        binning: "width" for equally wide bins (low, high] on (0, 1], "count" for bins of equally many samples.

    Returns:
        One row a bin, from the least sure: low, high (limits), n (int64), confidence (mean), accuracy, accuracy_low,
        accuracy_high (95 %, Wilson); float64 shares, NaN where n is 0.

    Raises:
        InputError: no samples, lengths differ, `bins` below 1 or another binning.
    """
    sure, hits = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if sure.ndim != 1 or sure.shape != hits.shape or not len(sure):
        raise InputError(f"A reliability diagram needs N confidences and N answers, N above 0; got {sure.shape}, {hits.shape}.")
    if binning not in ("width", "count"):
        raise InputError(f"Binning must be width or count; got '{binning}'.")
    if binning == "width":
        index, edges = wide_bins(sure, bins), np.linspace(0, 1, bins + 1)
    else:
        index, edges = _equal_bins(sure, bins)
    size = len(edges) - 1
    n = np.bincount(index, minlength=size)
    right = np.bincount(index, weights=hits, minlength=size).astype(np.int64)
    total = np.bincount(index, weights=sure, minlength=size)
    limits = [wilson(int(k), int(m)) if m else (np.nan, np.nan) for k, m in zip(right, n, strict=True)]
    with np.errstate(invalid="ignore"):
        means, accuracy = total / n, right / n
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n.astype(np.int64),
            "confidence": means,
            "accuracy": accuracy,
            "accuracy_low": [low for low, _ in limits],
            "accuracy_high": [high for _, high in limits],
        }
    )


def table_error(table: pd.DataFrame) -> float:
    """Expected calibration error in [0, 1] of the bins of a `reliability` table."""
    gaps = (table["accuracy"] - table["confidence"]).abs() * table["n"]
    return float(gaps.sum() / table["n"].sum())


def probability_scores(logits: NDArray[np.floating], codes: ArrayLike, temperature: float) -> ProbabilityScores:
    """Calibration error, negative log-likelihood and Brier score of softmax(logits / temperature).

    Args:
        logits: (N, C), finite.
        codes: (N,) int, column of each sample's label.
        temperature: above 0.

    Raises:
        InputError: no samples, lengths differ, a code outside 0 to C - 1, or `temperature` not above 0.
    """
    scores, labels = _checked(logits, codes)
    if not temperature > 0:
        raise InputError(f"Temperature must be above 0; got {temperature}.")
    rows = np.arange(len(labels))
    log_shares = log_softmax(scores / temperature)
    shares = np.exp(log_shares)
    distance = shares.copy()
    distance[rows, labels] -= 1
    return ProbabilityScores(
        n=len(labels),
        ece=expected_calibration_error(shares, shares.argmax(axis=1) == labels),
        nll=float(-log_shares[rows, labels].mean()),
        brier=float((distance**2).sum(axis=1).mean()),
    )


def fit_temperature(logits: NDArray[np.floating], codes: ArrayLike) -> float:
    """The temperature under which the labels are most probable (Guo et al. 2017, section 4.2).

    The negative log-likelihood is convex in 1 / temperature, so that the one minimum is found on a bounded interval.

    Args:
        logits: (N, C), finite; those of the validation split.
        codes: (N,) int, column of each sample's label.

    Raises:
        InputError: fewer than FEWEST samples, lengths differ, a code outside 0 to C - 1, or the best temperature lies outside
            TEMPERATURES: every answer is right, or none is better than chance.
    """
    from scipy.optimize import minimize_scalar

    scores, labels = _checked(logits, codes)
    if len(labels) < FEWEST:
        raise InputError(f"A temperature is fitted on at least {FEWEST} validation faces; there are {len(labels)}, so it stays.")
    rows = np.arange(len(labels))
    low, high = np.log(TEMPERATURES)
    minimum = minimize_scalar(
        lambda place: -log_softmax(scores / np.exp(place))[rows, labels].mean(),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-6},
    )
    if min(minimum.x - low, high - minimum.x) < 1e-3:
        raise InputError("No temperature is best on the validation faces: all answers are right, or no better than chance.")
    return float(np.exp(minimum.x))


def _checked(logits: NDArray[np.floating], codes: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    scores, labels = np.asarray(logits, np.float64), np.asarray(codes, np.intp)
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or not len(labels):
        raise InputError(f"Calibration needs (N, C) logits and N labels, N above 0; got {scores.shape}, {labels.shape}.")
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise InputError(f"Label codes must be from 0 to {scores.shape[1] - 1}; got {labels.min()} to {labels.max()}.")
    return scores - scores.max(axis=1, keepdims=True), labels


def log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of rows whose largest value is 0, so that nothing overflows."""
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def wide_bins(confidence: NDArray[np.floating], bins: int) -> NDArray[np.intp]:
    """(N,) number of the bin (low, high] on (0, 1] of each confidence."""
    _require_bins(bins)
    return np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)


def _equal_bins(confidence: NDArray[np.float64], bins: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Number of the bin of each sample, and the limits: half-way between the bins' samples."""
    _require_bins(bins)
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(confidence)))
    index = np.empty(len(confidence), np.intp)
    for number, part in enumerate(parts):
        index[part] = number
    between = [(confidence[before[-1]] + confidence[after[0]]) / 2 for before, after in pairwise(parts)]
    return index, np.array([confidence.min(), *between, confidence.max()])


def _require_bins(bins: int) -> None:
    if bins < 1:
        raise InputError(f"Bins must be at least 1; got {bins}.")
