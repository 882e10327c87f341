"""Two data sets, or two splits, side by side: class shares, pixel measures, mean faces, and what differs enough to matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from fer_core.datasets.signature import among
from fer_core.datasets.statistics import MEASURES
from fer_core.errors import InputError
from fer_core.labels import in_order
from fer_core.photos.frame import FER, converted

SMALL_EFFECT = 0.2
"""A standardised mean difference from which on an effect counts as small (Cohen 1988, Statistical Power Analysis, chapter 2)."""

SHARES_APART = 0.05
"""A total variation distance of class shares from which on it is worth a note: one face in twenty would change its class."""

CHANCE = 0.01
"""Class shares are noted only when draws from one source would differ as much with less than this probability."""

FACES_A_CLASS = 2000
"""Mean faces are of at most this many faces of a class, drawn by a seed."""

_Z95 = 1.959964


@dataclass(frozen=True)
class ClassGap:
    """How far two distributions of classes lie apart.

    Attributes:
        table: columns class, n_first, share_first, n_second, share_second (shares of the side, 0 to 1).
        distance: total variation distance: half the sum of absolute differences, 0 (the same) to 1 (no class in common).
        p: of Pearson's chi-square test that both sides are draws from one source.
        matters: distance of at least `SHARES_APART`, and p below `CHANCE`.
    """

    table: pd.DataFrame
    distance: float
    p: float
    matters: bool


def class_gap(first: pd.DataFrame, second: pd.DataFrame) -> ClassGap:
    """Class shares of two tables of samples (column label).

    Raises:
        InputError: a side has no samples.
    """
    _require_samples(first, second)
    classes = list(in_order({*first["label"].unique(), *second["label"].unique()}))
    counts = [side["label"].value_counts().reindex(classes, fill_value=0).to_numpy(np.int64) for side in (first, second)]
    shares = [count / count.sum() for count in counts]
    table = pd.DataFrame(
        {"class": classes, "n_first": counts[0], "share_first": shares[0], "n_second": counts[1], "share_second": shares[1]}
    )
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    p = _chi_square(np.stack(counts))
    return ClassGap(table, distance, p, distance >= SHARES_APART and p < CHANCE)


def measure_gaps(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """How far the pixel measures of two tables of samples lie apart.

    The difference is Cohen's d with the pooled standard deviation, its interval by the normal approximation of Hedges & Olkin
    1985. Sharpness spans several powers of ten, so its d is of log10(1 + sharpness); means are of the measure itself.

    Returns:
        One row a measure: measure, mean_first, mean_second, sd_first, sd_second (in the unit of the measure), d (first minus
        second; 0 where neither varies), low, high (95 %), matters (|d| of at least `SMALL_EFFECT`, and 0 outside the interval).

    Raises:
        InputError: a side has no samples.
    """
    _require_samples(first, second)
    rows = []
    for name in MEASURES:
        values = [side[name].to_numpy(np.float64) for side in (first, second)]
        d, low, high = _cohen(*(on_scale(name, value) for value in values))
        means, deviations = [value.mean() for value in values], [value.std() for value in values]
        rows.append((name, *means, *deviations, d, low, high, abs(d) >= SMALL_EFFECT and (low > 0 or high < 0)))
    columns = ["measure", "mean_first", "mean_second", "sd_first", "sd_second", "d", "low", "high", "matters"]
    return pd.DataFrame(rows, columns=columns)


def on_scale(measure: str, values: np.ndarray) -> np.ndarray:
    """Values of a measure as they are compared and drawn: log10(1 + sharpness), the others as they are."""
    return np.log10(1 + values) if measure == "sharpness" else values


def histograms(first: pd.DataFrame, second: pd.DataFrame, measure: str, *, bins: int = 40) -> pd.DataFrame:
    """Shares of both sides in the same bins: columns left, right (on the scale of `on_scale`), first, second (shares, 0 to 1).

    Raises:
        InputError: a side has no samples.
    """
    _require_samples(first, second)
    values = [on_scale(measure, side[measure].to_numpy(np.float64)) for side in (first, second)]
    edges = np.histogram_bin_edges(np.concatenate(values), bins=bins)
    shares = [np.histogram(value, edges)[0] / len(value) for value in values]
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "first": shares[0], "second": shares[1]})


@dataclass(frozen=True)
class MeanFace:
    """The mean of faces of a class.

    Attributes:
        face: (48, 48) float64, grey levels 0 to 255, of the faces as 48x48 grey.
        variance: mean over the pixels of the variance between faces, squared grey levels.
        n: number of faces.
    """

    face: np.ndarray
    variance: float
    n: int


def mean_faces(images: np.ndarray, rows: pd.DataFrame, classes: Sequence[str], *, seed: int = 0) -> dict[str, MeanFace]:
    """Mean face of each class that has samples, from at most `FACES_A_CLASS` of them.

    Args:
        images: all faces of the data set, (N, S, S) or (N, S, S, 3) uint8.
        rows: columns id (position in `images`) and label.
        classes: which classes.
        seed: of the draw.
    """
    draw = np.random.default_rng(seed)
    means = {}
    for name in classes:
        ids = rows.loc[rows["label"] == name, "id"].to_numpy()
        if len(ids) > FACES_A_CLASS:
            ids = np.sort(draw.choice(ids, FACES_A_CLASS, replace=False))
        if len(ids):
            faces = converted(images[ids], FER).astype(np.float32)
            means[name] = MeanFace(faces.mean(axis=0, dtype=np.float64), float(faces.var(axis=0).mean()), len(ids))
    return means


def face_gaps(first: dict[str, MeanFace], second: dict[str, MeanFace]) -> pd.DataFrame:
    """How far the mean faces of the classes that both sides have lie apart.

    Returns:
        Columns class, levels (root mean square difference of the pixels, grey levels), d (that, divided by the pooled standard
        deviation of a pixel between faces), chance (d that two draws of these sizes from one source would show), matters (d of
        at least `SMALL_EFFECT`, and twice chance).
    """
    rows = []
    for name in in_order(set(first) & set(second)):
        one, two = first[name], second[name]
        levels = float(np.sqrt(((one.face - two.face) ** 2).mean()))
        pooled = sqrt((one.variance * one.n + two.variance * two.n) / (one.n + two.n))
        chance = sqrt(1 / one.n + 1 / two.n)
        d = levels / pooled if pooled else 0.0
        rows.append((name, levels, d, chance, d >= max(SMALL_EFFECT, 2 * chance)))
    return pd.DataFrame(rows, columns=["class", "levels", "d", "chance", "matters"])


def shared_pictures(first: pd.DataFrame, second: pd.DataFrame) -> int:
    """Samples of `second` whose stored pixels (column hash) are among those of `first`."""
    return int(among(second["hash"], first["hash"]).sum())


def _cohen(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    n, m = len(first), len(second)
    pooled = sqrt((first.var() * n + second.var() * m) / max(1, n + m - 2))
    d = float((first.mean() - second.mean()) / pooled) if pooled else 0.0
    half = _Z95 * sqrt((n + m) / (n * m) + d * d / (2 * (n + m)))
    return d, d - half, d + half


def _chi_square(counts: np.ndarray) -> float:
    from scipy.special import chdtrc

    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    freedom = counts.shape[1] - 1
    return float(chdtrc(freedom, ((counts - expected) ** 2 / expected).sum())) if freedom else 1.0


def _require_samples(first: pd.DataFrame, second: pd.DataFrame) -> None:
    if first.empty or second.empty:
        raise InputError("Both sides of a comparison need at least one sample; choose a split that has some.")
