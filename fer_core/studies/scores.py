"""Scores of several runs: a mean over seeds with its interval, and differences paired by seed and face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fer_core.evaluation.intervals import RESAMPLES, wilson
from fer_core.evaluation.metrics import predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.runs import Run

_DRAWN_AT_ONCE = 200
"""Draws of a bootstrap that are held at once: with ten thousand faces 16 MB."""


@dataclass(frozen=True)
class Score:
    """Mean of a score over seeds, with a 95 % interval.

    Attributes:
        mean: 0 to 1.
        ci95: Student's t over the seeds; Wilson's over the faces where there is one seed; None where neither can be given.
        each: score of every seed, in their order.
        n: faces.
    """

    mean: float
    ci95: tuple[float, float] | None
    each: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class Difference:
    """How much more often one setting is right than another on the same faces, with the same seeds.

    Attributes:
        mean: difference of the shares, first minus second.
        ci95: percentile bootstrap over seeds and faces, or over seeds and persons where persons are left out.
        seeds: that both have.
        n: faces.
    """

    mean: float
    ci95: tuple[float, float]
    seeds: int
    n: int


def accuracy(run: Run, split: str) -> float | None:
    """Share of the faces of a split that a run answers as labelled, from its stored answers; None where there are none."""
    table = own_predictions(run, split)
    return None if table is None else float((predicted_labels(table, run.classes()) == table["label"].to_numpy()).mean())


def score(each: Sequence[float], n: int, *, counts: bool = False) -> Score:
    """Average a score over seeds.

    Args:
        each: score of every seed, 0 to 1; at least one.
        n: faces that each was computed on.
        counts: whether the score is a share of the faces, so that one seed has Wilson's interval.
    """
    values = np.asarray(each, np.float64)
    mean, low_high = float(values.mean()), None
    if len(values) > 1:
        from scipy.stats import t

        half = float(t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / sqrt(len(values))
        low_high = max(0.0, mean - half), min(1.0, mean + half)
    elif counts:
        low_high = wilson(mean * n, n)
    return Score(mean, low_high, tuple(map(float, values)), n)


def differences(
    first: NDArray[np.bool_],
    others: Sequence[NDArray[np.bool_]],
    *,
    groups: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Difference]:
    """Compare a setting with others, face by face and seed by seed.

    Seeds and faces are drawn with replacement, each by itself, so that the interval holds the chance in both (a bootstrap over
    two crossed factors, Owen 2007, doi:10.1214/07-AOAS122). With one seed it holds that of the faces alone. With groups, such
    as persons, whole groups are drawn instead of faces.

    Args:
        first: (seeds, faces) whether a run was right about a face.
        others: the same of other settings, seed by seed and face by face.
        groups: (faces,) number of the group of each face, from 0; None where each face is drawn by itself.
        resamples: draws; the same ones for all.
        seed: same seed, same interval.
    """
    codes = np.arange(first.shape[1]) if groups is None else groups
    many = int(codes.max()) + 1
    gaps = [first.astype(np.float64) - other for other in others]
    seeds, faces = first.shape
    draw = np.random.default_rng(seed)
    means = np.empty((len(gaps), resamples))
    for start in range(0, resamples, _DRAWN_AT_ONCE):
        size = min(_DRAWN_AT_ONCE, resamples - start)
        by_seed = draw.multinomial(seeds, np.full(seeds, 1 / seeds), size=size) / seeds
        by_face = draw.multinomial(many, np.full(many, 1 / many), size=size)[:, codes].astype(np.float64)
        by_face /= by_face.sum(axis=1, keepdims=True)
        for place, gap in enumerate(gaps):
            means[place, start : start + size] = ((by_seed @ gap) * by_face).sum(axis=1)
    limits = np.quantile(means, [0.025, 0.975], axis=1) if gaps else np.empty((2, 0))
    return [
        Difference(float(gap.mean()), (float(low), float(high)), seeds, faces)
        for gap, low, high in zip(gaps, *limits, strict=True)
    ]
