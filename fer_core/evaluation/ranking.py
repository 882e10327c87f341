"""How well the probability of a class ranks its faces above the others: ROC and precision-recall curves with their areas."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError, require_columns
from fer_core.evaluation.intervals import Z95

POINTS = 240
"""Most points of a curve: about one for every two pixels that it is drawn on."""

_AREAS = ["class", "n", "prevalence", "roc", "roc_low", "roc_high", "pr", "pr_low", "pr_high"]


def ranking_curve(scores: ArrayLike, positive: ArrayLike, *, points: int = POINTS) -> pd.DataFrame:
    """What lowering the threshold on a score finds, and what it costs (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010).

    Args:
        scores: (N,) finite; higher means positive.
        positive: (N,) bool, some true and some false.
        points: most rows; more are thinned evenly along the ROC curve.

    Returns:
        One row a threshold, from the highest: threshold (a sample counts as found from here on), fpr (share of the negatives
        that are found), recall (share of the positives), precision (share of positives among the found). The first row finds
        nothing: its threshold is infinite and its precision NaN. The last one finds all.

    Raises:
        InputError: lengths differ, a score is not finite, there are no positives or no negatives, or `points` is below 2.
    """
    values, hits = _checked(scores, positive)
    if points < 2:
        raise InputError(f"Points must be at least 2; got {points}.")
    thresholds, above, true = _steps(values, hits)
    recall, fpr = true / hits.sum(), (above - true) / (~hits).sum()
    table = pd.DataFrame(
        {
            "threshold": np.concatenate([[np.inf], thresholds]),
            "fpr": np.concatenate([[0.0], fpr]),
            "recall": np.concatenate([[0.0], recall]),
            "precision": np.concatenate([[np.nan], true / above]),
        }
    )
    if len(table) <= points:
        return table
    way = (table["fpr"] + table["recall"]).to_numpy()
    places = np.searchsorted(way, np.linspace(0.0, way[-1], points)).clip(max=len(table) - 1)
    return table.iloc[np.unique(np.concatenate([places, [len(table) - 1]]))].reset_index(drop=True)


def roc_area(scores: ArrayLike, positive: ArrayLike) -> tuple[float, float, float]:
    """Area under the ROC curve: how often a positive scores higher than a negative, ties counting half.

    The variance is that of DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595, the interval is taken on the logit
    scale (Pepe 2003, chapter 5), so that it stays inside (0, 1).

    Args:
        scores: as in `ranking_curve`.
        positive: as in `ranking_curve`.

    Returns:
        Area, lower and upper limit at 95 %; the limits are NaN with fewer than two of a kind, or when nothing overlaps.

    Raises:
        InputError: as in `ranking_curve`.
    """
    values, hits = _checked(scores, positive)
    every, mine, others = _midranks(values), _midranks(values[hits]), _midranks(values[~hits])
    wins = (every[hits] - mine) / len(others)
    losses = 1 - (every[~hits] - others) / len(mine)
    area = float(wins.mean())
    if min(len(mine), len(others)) < 2:
        return area, float("nan"), float("nan")
    deviation = sqrt(wins.var(ddof=1) / len(mine) + losses.var(ddof=1) / len(others))
    return area, *_logit_interval(area, deviation / max(area * (1 - area), 1e-300))


def precision_recall_area(scores: ArrayLike, positive: ArrayLike) -> tuple[float, float, float]:
    """Average precision: precision at each threshold, weighted by the recall that it adds (as in scikit-learn).

    The interval is the logit interval of Boyd, Eng & Page (2013), doi:10.1007/978-3-642-40994-3_29.

    Args:
        scores: as in `ranking_curve`.
        positive: as in `ranking_curve`.

    Returns:
        Area, lower and upper limit at 95 %; the limits are NaN when the area is 1.

    Raises:
        InputError: as in `ranking_curve`.
    """
    values, hits = _checked(scores, positive)
    _, above, true = _steps(values, hits)
    n = int(hits.sum())
    area = min(1.0, float((np.diff(true, prepend=0) / n * true / above).sum()))
    return area, *_logit_interval(area, 1 / sqrt(max(n * area * (1 - area), 1e-300)))


def class_areas(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Compute the areas under ROC and precision-recall curve for each class against all others.

    Args:
        answers: columns label and p_CLASS for each of `classes`, one row a sample.
        classes: class names; those that have no sample, or all of them, are left out.

    Returns:
        Columns class, n (int64, samples of the class), prevalence (their share, which is the area under the precision-recall
        curve of a random order), roc, roc_low, roc_high, pr, pr_low, pr_high; worst ROC area first.

    Raises:
        InputError: a column is missing, or a probability is not finite.
    """
    rows = []
    for name, scores, positive in _each(answers, classes):
        n = int(positive.sum())
        rows.append((name, n, n / len(positive), *roc_area(scores, positive), *precision_recall_area(scores, positive)))
    return pd.DataFrame(rows, columns=_AREAS).astype({"n": np.int64}).sort_values("roc", kind="stable", ignore_index=True)


def class_curves(answers: pd.DataFrame, classes: Sequence[str], *, points: int = POINTS) -> pd.DataFrame:
    """`ranking_curve` for each class against all others, one below the other, with the column class; as in `class_areas`."""
    curves = [
        ranking_curve(scores, positive, points=points).assign(**{"class": name})
        for name, scores, positive in _each(answers, classes)
    ]
    columns = ["class", "threshold", "fpr", "recall", "precision"]
    return pd.concat(curves, ignore_index=True)[columns] if curves else pd.DataFrame(columns=columns)


def _each(answers: pd.DataFrame, classes: Sequence[str]) -> list[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
    require_columns(answers, ("label", *(f"p_{name}" for name in classes)), "Answers")
    labels = answers["label"].to_numpy(dtype=object)
    columns = [(name, answers[f"p_{name}"].to_numpy(np.float64), labels == name) for name in classes]
    return [(name, scores, positive) for name, scores, positive in columns if 0 < positive.sum() < len(positive)]


def _steps(
    values: NDArray[np.float64], hits: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Distinct scores from the highest, how many samples reach each, and how many of these are positive."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return ordered[ends], ends + 1, np.cumsum(hits[order])[ends]


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def _logit_interval(share: float, deviation: float) -> tuple[float, float]:
    if not 0 < share < 1:
        return float("nan"), float("nan")
    centre = log(share / (1 - share))
    low, high = (1 / (1 + exp(min(700.0, -(centre + side * Z95 * deviation)))) for side in (-1, 1))
    return low, high


def _checked(scores: ArrayLike, positive: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, hits = np.asarray(scores, np.float64), np.asarray(positive, bool)
    if values.ndim != 1 or values.shape != hits.shape:
        raise InputError(f"A ranking needs N scores and N answers; got {values.shape} and {hits.shape}.")
    if not np.isfinite(values).all():
        raise InputError("A ranking needs finite scores; predict the split again.")
    if not 0 < hits.sum() < len(hits):
        raise InputError(f"A ranking needs positives and negatives; got {int(hits.sum())} positives of {len(hits)}.")
    return values, hits
