"""Which faces of a split are measured where a measurement takes long: those of classes that the run knows, or a draw of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.datasets.meta import SPLITS
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.runs import Run

LEAST = 10
"""Fewest faces that are measured: with less an interval covers half of all shares."""


def known_samples(run: Run, dataset: Dataset, split: str, limit: int | None = None) -> pd.DataFrame:
    """Samples of a split whose class the run knows, as from `Dataset.split`.

    Raises:
        InputError: unknown split, fewer than `LEAST` such samples, or a limit below `LEAST`.
    """
    if split not in SPLITS:
        raise InputError(f"Split must be one of {', '.join(SPLITS)}; got '{split}'.")
    if limit is not None and limit < LEAST:
        raise InputError(f"The limit must be at least {LEAST} faces; got {limit}.")
    samples = dataset.split(split)
    samples = samples[samples["label"].isin(run.classes())]
    if len(samples) < LEAST:
        raise InputError(
            f"The {split} split of '{dataset.name}' holds {len(samples)} faces of this run's classes, and at least {LEAST} are "
            "needed; choose another split or data set."
        )
    return samples


def draw_stratified(labels: ArrayLike, limit: int, seed: int) -> NDArray[np.intp]:
    """Positions of `limit` samples, ascending: each class in proportion, by largest remainders, drawn without replacement.

    Args:
        labels: (N,) class names.
        limit: how many; all of them when there are no more.
        seed: same seed, same samples.
    """
    names = np.asarray(labels, object)
    if limit >= len(names):
        return np.arange(len(names))
    classes, counts = np.unique(names.astype(str), return_counts=True)
    exact = counts * limit / len(names)
    take = np.floor(exact).astype(int)
    take[np.argsort(take - exact, kind="stable")[: limit - take.sum()]] += 1
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(np.flatnonzero(names == name), n, replace=False) for name, n in zip(classes, take, strict=True)]
    return np.sort(np.concatenate(drawn))
