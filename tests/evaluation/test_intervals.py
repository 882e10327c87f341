"""Intervals against published and hand-worked limits."""

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.evaluation.intervals import bootstrap_interval, mean_interval, wilson


def share_right(matrices: np.ndarray) -> np.ndarray:
    return np.diagonal(matrices, axis1=-2, axis2=-1).sum(axis=-1) / matrices.sum(axis=(-2, -1))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_with_another_level() -> None:
    assert wilson(8, 10, z=1.644854) == pytest.approx((0.5408, 0.9314), abs=5e-5)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses(successes: int, n: int) -> None:
    with pytest.raises(InputError, match=r"at least 1|must be from"):
        wilson(successes, n)


def test_bootstrap_of_accuracy_agrees_with_the_binomial_distribution() -> None:
    low, high = bootstrap_interval(np.array([[400, 100], [100, 400]]), share_right, resamples=20000)
    # 1.96 standard errors of sqrt(0.8 * 0.2 / 1000) = 0.01265 around 0.8
    assert (low, high) == pytest.approx((0.7752, 0.8248), abs=2e-3)


def test_bootstrap_is_seeded() -> None:
    matrix = np.array([[30, 12], [9, 21]])
    first = bootstrap_interval(matrix, share_right, resamples=25, seed=3)
    assert bootstrap_interval(matrix, share_right, resamples=25, seed=3) == first
    assert bootstrap_interval(matrix, share_right, resamples=25, seed=4) != first


def test_bootstrap_without_a_mistake_has_no_width() -> None:
    assert bootstrap_interval(np.diag([5, 7]), share_right) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("matrix", "options", "word"),
    [
        (np.zeros((2, 2), int), {}, "at least 1 sample"),
        (np.ones((2, 3), int), {}, "square"),
        (np.array([[2, -1], [0, 1]]), {}, "negative"),
        (np.ones((2, 2), int), {"level": 1.0}, "Level"),
        (np.ones((2, 2), int), {"resamples": 0}, "Resamples"),
    ],
)
def test_bootstrap_refuses(matrix: np.ndarray, options: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        bootstrap_interval(matrix, share_right, **options)


def test_interval_of_a_mean():
    # Half zeros, half ones: the mean is 0.5, its standard error 0.5 / sqrt(100) = 0.05.
    mean, low, high = mean_interval(np.repeat([[0.0, 7.0], [1.0, 7.0]], 50, axis=0))
    assert mean == pytest.approx([0.5, 7])
    assert (low[0], high[0]) == pytest.approx((0.402, 0.598), abs=0.012)
    assert (low[1], high[1]) == pytest.approx((7, 7))


def test_interval_of_one_sample_and_of_none():
    mean, low, high = mean_interval(np.array([0.25]))
    assert (float(mean), np.isnan(low), np.isnan(high)) == (0.25, True, True)
    with pytest.raises(InputError, match="at least 1 sample"):
        mean_interval(np.empty(0))
