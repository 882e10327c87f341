"""Confidence intervals of scores: Wilson's for a share, a percentile bootstrap for scores of a confusion matrix."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError

Z95 = 1.959964
"""97.5 % quantile of the standard normal distribution."""

RESAMPLES = 2000
"""Bootstrap resamples: the limits of a 95 % interval then rest on 50 draws each."""


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); never leaves [0, 1].

    Args:
        successes: number of successes, 0 to `n`.
        n: number of trials, at least 1.
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
