"""How strong an expression must be to be recognised: the psychometric curve of a run for each class.

The share of right answers at intensity x is modelled as guess + (ceiling - guess) / (1 + exp(-(x - midpoint) / width)), a
logistic with a guess rate and a lapse rate (Wichmann and Hill 2001, "The psychometric function I", doi:10.3758/BF03194544). The
guess rate is not fitted: it is how often the run gives this answer to faces without any expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson

NEUTRAL = "neutral"
"""Class without expression: its faces have intensity 0."""

BINS = 10
"""Points over the scale of intensity."""

LEAST = 30
"""Fewest faces with an expression to which a curve is fitted."""

LEAST_BINS = 4
"""Fewest points to which a curve is fitted: it has three free numbers."""

FIFTHS, LEAST_IN_FIFTH = 5, 10
"""A class is well spread when each fifth of the scale holds so many faces."""

RESAMPLES = 400

_MIDPOINTS = np.linspace(-0.3, 1.3, 81)
_WIDTHS = np.geomspace(0.015, 0.5, 12)
_HEIGHTS = np.linspace(0.0, 1.0, 26)
_TINY = 1e-4


@dataclass(frozen=True)
class Curve:
    """The psychometric curve of one class; shares and intensities are in [0, 1].

    Attributes:
        guess: share of right answers without any expression, given.
        ceiling: share that the curve tends to, `guess` to 1.
        midpoint: intensity at which it is half way between the two.
        width: intensity over which it rises; a fifth to four fifths of the rise take 2.77 widths.
        half: least intensity at which it reaches half its ceiling: 0 when it does without any expression, NaN when it does not
            even with a full one.
        half_ci95: its interval from a parametric bootstrap; a limit is NaN where the curve does not reach half its ceiling.
        n: faces that it was fitted to.
        points: one row a bin of intensity with faces: intensity (mean), n, correct, share, low, high (Wilson).
    """

    guess: float
    ceiling: float
    midpoint: float
    width: float
    half: float
    half_ci95: tuple[float, float]
    n: int
    points: pd.DataFrame

    def at(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Expected share of right answers at intensities, of their shape."""
        return _logistic(np.asarray(intensity, np.float64), self.guess, self.ceiling, self.midpoint, self.width)


def fit(intensity: ArrayLike, correct: ArrayLike, *, guess: float, resamples: int = RESAMPLES, seed: int = 0) -> Curve:
    """Fit the curve to answers by maximum likelihood.

    The likelihood of the binned answers is searched on a grid and refined on all of them. The interval comes from answers drawn
    anew from the fitted curve (Wichmann and Hill 2001, "The psychometric function II", doi:10.3758/BF03194545), each set fitted
    on the grid.

    Args:
        intensity: (N,) above 0, at most 1.
        correct: (N,) bool.
        guess: share of right answers without expression, 0 to below 1.
        resamples: sets that are drawn anew.
        seed: same seed, same interval.

    Raises:
        InputError: arrays of different lengths, an intensity or guess out of range, or too few faces or bins (`LEAST`).
    """
    x, right = np.asarray(intensity, np.float64), np.asarray(correct, bool)
    if x.ndim != 1 or x.shape != right.shape:
        raise InputError(f"Intensities and answers must be equally many; got shapes {x.shape} and {right.shape}.")
    if not 0 <= guess < 1:
        raise InputError(f"The guess rate must be at least 0 and below 1; got {guess}.")
    if not ((x > 0) & (x <= 1)).all():
        raise InputError("Intensities must be above 0 and at most 1; faces without expression give the guess rate.")
    if len(x) < LEAST:
        raise InputError(f"A curve needs at least {LEAST} faces with an expression; got {len(x)}.")
    points = _points(x, right)
    if len(points) < LEAST_BINS:
        raise InputError(f"A curve needs intensities in at least {LEAST_BINS} tenths of the scale; got {len(points)}.")
    grid = _Grid(points["intensity"].to_numpy(), guess)
    counts = points["n"].to_numpy()
    start = grid.best(points["correct"].to_numpy()[None], counts)[0]
    ceiling, midpoint, width = _refine(x, right, guess, start)
    expected = _logistic(points["intensity"].to_numpy(), guess, ceiling, midpoint, width)
    drawn = np.random.default_rng(seed).binomial(counts, expected, size=(resamples, len(counts)))
    halves = np.array([_half(guess, *numbers) for numbers in grid.best(drawn, counts)])
    return Curve(
        guess=guess,
        ceiling=ceiling,
        midpoint=midpoint,
        width=width,
        half=_half(guess, ceiling, midpoint, width),
        half_ci95=_limits(halves),
        n=len(x),
        points=points,
    )


def curves(answers: pd.DataFrame, intensity: ArrayLike, classes: Sequence[str]) -> dict[str, Curve]:
    """The curve of each class with an expression; classes with too few faces are left out.

    Args:
        answers: columns label and predicted, one row a face.
        intensity: (N,) in the order of `answers`, 0 to 1; NaN where it is not known.
        classes: classes of the run. The guess rate is the share of neutral faces that are answered so; one in so many classes
            where there is no neutral face.

    Raises:
        InputError: lengths differ.
    """
    strength = np.asarray(intensity, np.float64)
    if strength.shape != (len(answers),):
        raise InputError(f"Intensities must be as many as answers; got {strength.shape} for {len(answers)}.")
    labels, predicted = answers["label"].to_numpy(object), answers["predicted"].to_numpy(object)
    blank = (labels == NEUTRAL) & ~(strength > 0)
    curve_of_class = {}
    for name in classes:
        mine = (labels == name) & (strength > 0)
        guess = float((predicted[blank] == name).mean()) if blank.any() else 1 / len(classes)
        if name == NEUTRAL or mine.sum() < LEAST or guess >= 1 or len(np.unique(_bins(strength[mine]))) < LEAST_BINS:
            continue
        curve_of_class[name] = fit(strength[mine], predicted[mine] == name, guess=guess)
    return curve_of_class


def thin_classes(labels: ArrayLike, intensity: ArrayLike) -> list[str]:
    """Classes with an expression whose intensities are not well spread: a fifth of the scale holds too few of their faces."""
    names, strength = np.asarray(labels, object), np.asarray(intensity, np.float64)
    thin = []
    for name in sorted(set(names[strength > 0])):
        fifths = (_bins(strength[(names == name) & (strength > 0)]) - 1) // (BINS // FIFTHS)
        if (np.bincount(fifths, minlength=FIFTHS) < LEAST_IN_FIFTH).any():
            thin.append(str(name))
    return thin


class _Grid:
    """Curves for all combinations of ceiling, midpoint and width, and the likelihood of counts under each."""

    def __init__(self, places: NDArray[np.float64], guess: float) -> None:
        ceilings = guess + (1 - guess) * _HEIGHTS
        mesh = np.meshgrid(ceilings, _MIDPOINTS, _WIDTHS, indexing="ij")
        self.numbers = np.column_stack([part.ravel() for part in mesh])
        ceiling, midpoint, width = (self.numbers[:, [column]] for column in range(3))
        shares = np.clip(_logistic(places[None], guess, ceiling, midpoint, width), _TINY, 1 - _TINY)
        self._right, self._wrong = np.log(shares).T.astype(np.float32), np.log1p(-shares).T.astype(np.float32)

    def best(self, correct: NDArray[np.integer], n: NDArray[np.integer]) -> NDArray[np.float64]:
        """(B, bins) right answers of `n` (bins,) to (B, 3) ceiling, midpoint and width of the likeliest curves."""
        right = correct.astype(np.float32)
        likelihood = right @ self._right + (n.astype(np.float32) - right) @ self._wrong
        return self.numbers[likelihood.argmax(axis=1)]


def _refine(
    x: NDArray[np.float64], right: NDArray[np.bool_], guess: float, start: NDArray[np.float64]
) -> tuple[float, float, float]:
    from scipy.optimize import minimize

    def loss(numbers: NDArray[np.float64]) -> float:
        share = np.clip(_logistic(x, guess, numbers[0], numbers[1], np.exp(numbers[2])), _TINY, 1 - _TINY)
        return -float(np.where(right, np.log(share), np.log1p(-share)).sum())

    first = np.array([start[0], start[1], np.log(start[2])])
    bounds = [(guess, 1.0), (_MIDPOINTS[0], _MIDPOINTS[-1]), (np.log(_WIDTHS[0]), np.log(_WIDTHS[-1]))]
    fit = minimize(loss, first, method="L-BFGS-B", bounds=bounds)
    ceiling, midpoint, width = fit.x if fit.fun <= loss(first) else first
    return float(ceiling), float(midpoint), float(np.exp(width))


def _logistic(
    x: NDArray[np.float64], guess: float, ceiling: ArrayLike, midpoint: ArrayLike, width: ArrayLike
) -> NDArray[np.float64]:
    rise = 1 / (1 + np.exp(-np.clip((x - np.asarray(midpoint)) / np.asarray(width), -60, 60)))
    return guess + (np.asarray(ceiling) - guess) * rise


def _half(guess: float, ceiling: float, midpoint: float, width: float) -> float:
    """Least intensity in [0, 1] at which the curve reaches half its ceiling; NaN when it does not."""
    if ceiling - guess < _TINY:
        return float("nan")
    if ceiling / 2 <= guess:
        return 0.0
    part = (ceiling / 2 - guess) / (ceiling - guess)
    place = midpoint + width * float(np.log(part / (1 - part)))
    return max(0.0, place) if place <= 1 else float("nan")


def _limits(halves: NDArray[np.float64]) -> tuple[float, float]:
    """2.5 % and 97.5 % quantile; "never" counts as beyond all intensities."""
    ordered = np.where(np.isnan(halves), np.inf, halves)
    low, high = np.quantile(ordered, [0.025, 0.975], method="nearest")
    return (float(low) if np.isfinite(low) else float("nan")), (float(high) if np.isfinite(high) else float("nan"))


def _bins(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Tenths of the scale, 1 to 10; an intensity of exactly 0.3, stored as float32, is in the third."""
    return np.ceil(np.round(x, 4) * BINS).astype(np.int64).clip(1, BINS)


def _points(x: NDArray[np.float64], right: NDArray[np.bool_]) -> pd.DataFrame:
    places = _bins(x)
    rows = []
    for place in np.unique(places):
        inside = places == place
        n, correct = int(inside.sum()), int(right[inside].sum())
        rows.append((float(x[inside].mean()), n, correct, correct / n, *wilson(correct, n)))
    return pd.DataFrame(rows, columns=["intensity", "n", "correct", "share", "low", "high"])
