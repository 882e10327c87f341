"""Folds by person: a data set as one run of a leave-one-person-out study sees it, some persons are test."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.meta import SPLITS
from fer_core.datasets.splits import VALIDATION_SHARE
from fer_core.datasets.statistics import count
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.datasets.subjects import cut_persons, linked
from fer_core.errors import InputError

LEAST = 5
"""Fewest persons: of those that are not left out at least three are needed, some of them to validate on."""

_FOLD = re.compile(r"([1-9]\d*)/([1-9]\d*)")
_VERSION = 1
"""Of how persons are dealt to folds; with another one a fold's runs are others."""


@dataclass(frozen=True)
class FoldedDataset(Dataset):
    """A data set of which one fold is test, and the faces of nobody known are in no split.

    Attributes:
        stored: fingerprint of what lies in its folder; `meta.fingerprint` names the fold as well.
        folded: the samples with the fold's splits.
    """

    stored: str
    folded: pd.DataFrame

    @property
    def stored_fingerprint(self) -> str:
        """Fingerprint of the whole data set as it is stored."""
        return self.stored

    @property
    def samples(self) -> pd.DataFrame:
        """Table of the data set's samples, with the fold's splits; a face in none of them has an empty one."""
        return self.folded


def open_fold(name: str, fold: str) -> Dataset:
    """A data set as a run sees it: the whole with its own splits, or one of its folds.

    Args:
        name: of the data set.
        fold: `2/10`, the second of ten; or empty.

    Raises:
        NotFoundError, DatasetError: as `store.open_dataset`.
        InputError: it has too few persons.
    """
    dataset = open_dataset(name)
    if not fold:
        return dataset
    number, folds = parse(fold)
    held = assigned(dataset, folds).to_numpy()
    splits = np.where(held == number, "test", np.where(held > 0, "train", "")).astype(object)
    rest = np.flatnonzero((held > 0) & (held != number))
    moved = cut_persons(dataset.samples.iloc[rest], share=VALIDATION_SHARE)
    if not moved.any():
        raise InputError(f"With {name}'s fold {fold} left out fewer than three persons are left; take more folds.")
    splits[rest[moved]] = "validation"
    samples = dataset.samples.assign(split=splits)
    meta = dataset.meta.model_copy(
        update={
            "counts": count(samples, dataset.meta.classes, SPLITS),
            "fingerprint": fold_fingerprint(dataset.meta.fingerprint, fold),
        }
    )
    return FoldedDataset(dataset.name, dataset.path, meta, dataset.meta.fingerprint, samples)


def assigned(dataset: Dataset, folds: int) -> pd.Series:
    """The fold of each face, 1 to `folds`, and 0 for a face of nobody known: index as `samples`.

    With as many folds as persons each person is one, by name. With fewer, persons are dealt to the fold that is then nearest to
    its share of every class, those first whose classes are most uneven, as scikit-learn's StratifiedGroupKFold does. Persons
    who share a picture pixel by pixel are one.

    Raises:
        InputError: no persons are known, fewer than `LEAST`, or fewer than folds.
    """
    samples = dataset.samples
    groups = persons(dataset)
    known = groups != ""
    names = sorted(groups[known].unique())
    if not 2 <= folds <= len(names):
        raise InputError(f"Folds are 2 to {len(names)}, as many as there are persons in '{dataset.name}'; got {folds}.")
    if folds == len(names):
        numbers = dict(zip(names, range(1, folds + 1), strict=True))
    else:
        counts = pd.crosstab(groups[known], samples.loc[known, "label"])
        numbers = dict(zip(counts.index, _dealt(counts.to_numpy(), folds) + 1, strict=True))
    return groups.map(numbers).fillna(0).astype(int)


def persons(dataset: Dataset) -> pd.Series:
    """Who is on each face, those joined who share a picture pixel by pixel; empty where nobody is known. Index as `samples`.

    Raises:
        InputError: fewer than `LEAST` persons can be told apart.
    """
    samples = dataset.samples
    groups = pd.Series("", index=samples.index)
    if "subject" in samples:
        known = samples["subject"] != ""
        groups[known] = linked(samples.loc[known, "subject"], samples.loc[known, "hash"])
    count = len(set(groups) - {""})
    if count < LEAST:
        raise InputError(
            f"Leaving persons out needs at least {LEAST} of them; in '{dataset.name}' {count} can be told apart. Import it again "
            "with --subject, which says how a person is told."
        )
    return groups


def fold_fingerprint(stored: str, fold: str) -> str:
    """Fingerprint of a data set as a fold shows it: 16 hex digits; the data set's own without a fold."""
    return hashlib.sha256(f"{stored} fold {fold} version {_VERSION}".encode()).hexdigest()[:16] if fold else stored


def parse(fold: str) -> tuple[int, int]:
    """`2/10` as (2, 10).

    Raises:
        InputError: it is not of this form, or the first number is larger.
    """
    match = _FOLD.fullmatch(fold)
    if match is None or int(match[1]) > int(match[2]):
        raise InputError(f"A fold is such as 2/10, the second of ten; got '{fold}'.")
    return int(match[1]), int(match[2])


def _dealt(counts: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """(P,) the fold of each person, from 0, by their faces of each class, (P, C)."""
    goal = counts.sum(axis=0) / folds
    filled, chosen = np.zeros((folds, counts.shape[1])), np.empty(len(counts), np.int64)
    for place in np.lexsort((-counts.sum(axis=1), -counts.std(axis=1))):
        off = (((filled + counts[place] - goal) / np.maximum(goal, 1)) ** 2).sum(axis=1)
        off -= (((filled - goal) / np.maximum(goal, 1)) ** 2).sum(axis=1)
        best = int(off.argmin())
        filled[best] += counts[place]
        chosen[place] = best
    empty = [fold for fold in range(folds) if not (chosen == fold).any()]
    for fold in empty:
        members = np.flatnonzero(chosen == np.bincount(chosen, minlength=folds).argmax())
        chosen[members[counts[members].sum(axis=1).argmin()]] = fold
    return chosen
