"""Confidence intervals: Wilson's for a share, a percentile bootstrap for scores of a confusion matrix and for means."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError

Z95 = 1.959964
"""97.5 % quantile of the standard normal distribution."""

RESAMPLES = 2000
"""Bootstrap resamples: the limits of a 95 % interval then rest on 50 draws each."""


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); never leaves [0, 1].

    Args:
        successes: number of successes, 0 to `n`; no whole number where answers are worth fewer than they are.
        n: number of trials, at least 1; likewise.
        z: normal quantile of the level; the default gives 95 %.

    Returns:
        Lower and upper limit, shares in [0, 1].

    Raises:
        InputError: `n` below 1, or `successes` outside 0 to `n`.
    """
    if n < 1:
        raise InputError(f"An interval needs at least 1 sample; got {n}.")
    if not 0 <= successes <= n:
        raise InputError(f"Successes must be from 0 to {n}; got {successes}.")
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def bootstrap_interval(
    matrix: NDArray[np.integer],
    score: Callable[[NDArray[np.integer]], NDArray[np.float64]],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap of a score that depends on the confusion matrix alone (Efron & Tibshirani 1993, chapter 13).

    Drawing n samples with replacement and counting them is one multinomial draw over the cells of the matrix, so that all
    resamples are made at once and the cost does not grow with n.

    Args:
        matrix: (C, C) counts, rows true, columns predicted.
        score: maps (B, C, C) counts to (B,) scores.
        level: share of resamples inside the interval, above 0 and below 1.
        resamples: number of resamples B, at least 1.
        seed: same seed, same interval.

    Returns:
        Lower and upper limit in the unit of `score`.

    Raises:
        InputError: the matrix is empty or not square, or `level` or `resamples` is out of range.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"A confusion matrix must be square; got shape {matrix.shape}.")
    if matrix.sum() < 1 or matrix.min() < 0:
        raise InputError("An interval needs at least 1 sample and no negative counts in the confusion matrix.")
    if not 0 < level < 1:
        raise InputError(f"Level must be above 0 and below 1; got {level}.")
    if resamples < 1:
        raise InputError(f"Resamples must be at least 1; got {resamples}.")
    n = int(matrix.sum())
    draws = np.random.default_rng(seed).multinomial(n, matrix.ravel() / n, size=resamples)
    scores = score(draws.reshape(resamples, *matrix.shape))
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cluster_interval(
    matrices: NDArray[np.integer],
    score: Callable[[NDArray[np.integer]], NDArray[np.float64]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile bootstrap of a score over groups of samples that belong together, such as the faces of one person.

    Whole groups are drawn with replacement (Davison & Hinkley 1997, section 3.8): faces of one person resemble each other, and
    an interval over faces would be too narrow.

    Args:
        matrices: (G, C, C) counts of each group, rows true, columns predicted.
        score: maps (B, C, C) counts to (B,) scores.
        resamples: number of resamples B.
        seed: same seed, same interval.

    Returns:
        Lower and upper limit in the unit of `score`.

    Raises:
        InputError: there are fewer than two groups, or one is empty.
    """
    matrices = np.asarray(matrices)
    if matrices.ndim != 3 or len(matrices) < 2 or matrices.sum(axis=(1, 2)).min() < 1:
        raise InputError(f"An interval over groups needs at least 2 of them with a sample each; got shape {matrices.shape}.")
    groups = len(matrices)
    draws = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    scores = score((draws @ matrices.reshape(groups, -1)).reshape(resamples, *matrices.shape[1:]))
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


def mean_interval(
    values: NDArray[np.floating], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean over samples with its percentile bootstrap (Efron & Tibshirani 1993, chapter 13).

    Args:
        values: (n, ...) one value or curve a sample; the interval is of each place on its own.
        level: share of resamples inside the interval, above 0 and below 1.
        resamples: number of resamples, at least 1.
        seed: same seed, same interval.

    Returns:
        Mean, lower and upper limit, each of shape (...); the limits are NaN for one sample.

    Raises:
        InputError: there is no sample, or `level` or `resamples` is out of range.
    """
    values = np.asarray(values, np.float64)
    if values.ndim < 1 or not len(values):
        raise InputError("An interval needs at least 1 sample; got 0.")
    if not 0 < level < 1 or resamples < 1:
        raise InputError(f"Level must be above 0 and below 1, and resamples at least 1; got {level} and {resamples}.")
    mean, n = values.mean(axis=0), len(values)
    if n == 1:
        return mean, np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples) / n
    low, high = np.quantile(np.tensordot(weights, values, axes=1), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return mean, np.asarray(low), np.asarray(high)
