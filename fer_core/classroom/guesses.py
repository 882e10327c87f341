"""What a class guesses of one question: numbers of per cent, and places on a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classroom.questions import Answer
from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson

BRIGHTEST = 0.2
"""Share of a map's area that counts as where the network looked; so many taps would hit it by chance."""

_SPREAD = 0.055
"""Standard deviation of the blur around a tap, as a share of the picture's side: about a fingertip on a phone."""


@dataclass(frozen=True)
class Guesses:
    """Guesses of a number.

    Attributes:
        values: per cent, sorted.
        median: of them; NaN for none.
        quartiles: lower and upper; NaN for none.
        inside: guesses within an interval.
    """

    values: tuple[int, ...]
    median: float
    quartiles: tuple[float, float]
    inside: int


def guesses(answers: Sequence[Answer], interval: tuple[float, float]) -> Guesses:
    """Sum up guesses of a share.

    Args:
        answers: whole per cent.
        interval: shares 0 to 1, the ends counted in after rounding to whole per cent.
    """
    values = sorted(int(answer) for answer in answers if isinstance(answer, int))
    if not values:
        return Guesses((), float("nan"), (float("nan"), float("nan")), 0)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    inside = sum(round(100 * interval[0]) <= value <= round(100 * interval[1]) for value in values)
    return Guesses(tuple(values), float(middle), (float(low), float(high)), inside)


def heat(taps: Sequence[Answer], side: int = 48) -> NDArray[np.float64]:
    """Where a class tapped, as a map: a blur around each tap, their sum scaled to a peak of 1.

    Args:
        taps: places (x, y), 0 to 1.
        side: of the map in cells.

    Returns:
        (side, side) floats, 0 to 1; zeros without taps.
    """
    centres = (np.arange(side) + 0.5) / side
    total = np.zeros((side, side))
    for x, y in _places(taps):
        total += np.exp(-((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2) / (2 * _SPREAD**2))
    return total / total.max() if total.max() > 0 else total


@dataclass(frozen=True)
class Hits:
    """Taps where the network looked.

    Attributes:
        hits: taps on the brightest part of its map.
        n: all taps.
        share: of them; NaN for none.
        ci95: Wilson interval; NaN for none.
        chance: share that taps all over the picture would reach: the area of the brightest part.
    """

    hits: int
    n: int
    share: float
    ci95: tuple[float, float]
    chance: float


def hits(taps: Sequence[Answer], saliency: NDArray[np.floating]) -> Hits:
    """Count the taps on the brightest part of a map.

    Args:
        taps: places (x, y), 0 to 1.
        saliency: (h, w) floats.

    Raises:
        InputError: the map is empty or has another shape.
    """
    values = np.asarray(saliency, np.float64)
    if values.ndim != 2 or not values.size:
        raise InputError(f"A saliency map must be (h, w); got {values.shape}.")
    # Cells as bright as the last one that still counts are counted, too: of a map with plateaus the part is larger.
    bright = values >= np.sort(values, axis=None)[-max(1, round(BRIGHTEST * values.size))]
    height, width = values.shape
    inside = [bool(bright[min(int(y * height), height - 1), min(int(x * width), width - 1)]) for x, y in _places(taps)]
    n, on = len(inside), sum(inside)
    limits = wilson(on, n) if n else (float("nan"), float("nan"))
    return Hits(on, n, on / n if n else float("nan"), limits, float(bright.mean()))


def _places(taps: Sequence[Answer]) -> list[tuple[float, float]]:
    return [tap for tap in taps if isinstance(tap, tuple)]
