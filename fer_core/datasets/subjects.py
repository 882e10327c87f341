"""Persons: who is shown, as file names, folders or tables tell; splits with each person on one side only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.meta import SPLITS
from fer_core.errors import InputError

SHARES: dict[str, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
"""Shares of the faces that splits by person come as near to as whole persons allow."""

FEW = 40
"""With up to so many persons, leaving out one after the other is usual, and one split by person says little."""

_LAYOUTS = {"jaffe": "jaffe", "kdef": "kdef", "ckplus": "ckplus", "ck48": "ckplus"}
"""Layouts whose persons have the same names in every copy of the data set, and whose these are."""


@dataclass(frozen=True)
class SubjectRule:
    """How a person is told.

    Attributes:
        kind: by the file's name, by a folder above it, or by a column of the table.
        pattern: of the file's path, for names; its first group, or else all that it matches, is the person.
        level: which folder above the file, 1 for the one that it lies in.
        column: name of the column.
    """

    kind: Literal["name", "folder", "column"]
    pattern: re.Pattern[str] = re.compile("")
    level: int = 1
    column: str = ""

    def subject(self, file: str) -> str:
        """The person on the picture of this name at the source; empty where the rule does not tell."""
        if self.kind == "name":
            match = self.pattern.search(file)
            return "" if match is None else (match[1] if match.re.groups else match[0]) or ""
        folders = file.split("/")[:-1]
        return folders[-self.level] if len(folders) >= self.level else ""


def parse_rule(text: str) -> SubjectRule | None:
    """Read a rule: `name:REGEX`, `folder`, `folder:2` or `column:NAME`; None for an empty text.

    Raises:
        InputError: it is none of these.
    """
    kind, _, rest = text.strip().partition(":")
    if not kind:
        return None
    try:
        if kind == "name" and rest:
            return SubjectRule("name", pattern=re.compile(rest))
        if kind == "folder" and (not rest or 1 <= int(rest) <= 9):
            return SubjectRule("folder", level=int(rest or 1))
        if kind == "column" and rest.strip():
            return SubjectRule("column", column=rest.strip().lower())
    except (re.error, ValueError):
        pass
    raise InputError(f"Persons are told by name:REGEX, folder, folder:2 or column:NAME; got '{text[:80]}'.")


def person_keys(samples: pd.DataFrame, *, kind: str, source: str) -> pd.Series:
    """Names of persons that are the same in every data set of one source, and differ between sources; empty where unknown.

    Args:
        samples: column subject (str).
        kind: of the data set; layouts that name persons themselves are one source, whatever their file is called.
        source: of the data set.
    """
    prefix = _LAYOUTS.get(kind, source)
    return samples["subject"].map({name: f"{prefix}: {name}" if name else "" for name in samples["subject"].unique()})


def subject_splits(samples: pd.DataFrame, *, seed: int = 0) -> NDArray[np.object_]:
    """Cut samples into train, validation and test, each person in one of them.

    Persons are taken one after the other, those first whose classes are most uneven, and given to the split that is then
    nearest to its share of every class, as scikit-learn's StratifiedGroupKFold does. Pictures that are equal pixel by pixel stay
    together, whoever they show. Faces of nobody known stay in train, where they can leak nothing into a score.

    Args:
        samples: columns label, subject and hash (str), one row a face.
        seed: orders persons that are alike.

    Returns:
        (N,) names of splits.

    Raises:
        InputError: fewer than three persons are known.
    """
    known = (samples["subject"] != "").to_numpy()
    groups = linked(samples.loc[known, "subject"], samples.loc[known, "hash"])
    if groups.nunique() < len(SPLITS):
        raise InputError(
            f"Splits by person need at least {len(SPLITS)} persons; {groups.nunique()} can be told apart. Say who is shown with "
            "--subject, or split as the source does."
        )
    counts = pd.crosstab(groups, samples.loc[known, "label"])
    goals = np.outer(list(SHARES.values()), counts.to_numpy().sum(axis=0))
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts.to_numpy()[order].std(axis=1), kind="stable")]
    filled, chosen = np.zeros_like(goals), np.empty(len(counts), np.int64)
    for place in order:
        tried = filled[None] + np.eye(len(SPLITS))[:, :, None] * counts.to_numpy()[place]
        off = ((tried - goals) / np.maximum(goals, 1)) ** 2
        best = int(off.sum(axis=(1, 2)).argmin())
        filled, chosen[place] = tried[best], best
    _fill_empty(chosen, counts.to_numpy().sum(axis=1))
    splits = np.full(len(samples), "train", object)
    names = dict(zip(counts.index, np.array(list(SHARES))[chosen], strict=True))
    splits[known] = groups.map(names).to_numpy()
    return splits


def cut_persons(samples: pd.DataFrame, *, share: float, seed: int = 0) -> NDArray[np.bool_]:
    """Which samples of train to move to validation, whole persons alone; nobody where fewer than three are known.

    Args:
        samples: columns label, subject and hash (str), one row for each sample of train.
        share: of the faces, 0 to 1; the persons that come nearest, class by class, are taken one by one.
        seed: orders persons that are alike.
    """
    known = (samples["subject"] != "").to_numpy()
    groups = linked(samples.loc[known, "subject"], samples.loc[known, "hash"])
    moved = np.zeros(len(samples), bool)
    if groups.nunique() < len(SPLITS):
        return moved
    counts = pd.crosstab(groups, samples.loc[known, "label"])
    each, goal = counts.to_numpy(), share * counts.to_numpy().sum(axis=0)
    left = np.random.default_rng(seed).permutation(len(counts)).tolist()
    taken: list[int] = []
    filled = np.zeros(each.shape[1])
    while len(left) > 1:
        off = [(((filled + each[place] - goal) / np.maximum(goal, 1)) ** 2).sum() for place in left]
        if taken and min(off) >= (((filled - goal) / np.maximum(goal, 1)) ** 2).sum():
            break
        best = left.pop(int(np.argmin(off)))
        taken.append(best)
        filled = filled + each[best]
    moved[known] = groups.isin(counts.index[taken]).to_numpy()
    return moved


def persons_in_two_splits(samples: pd.DataFrame) -> dict[str, int]:
    """{"train/test": persons who are in both, ...} for the three pairs of splits.

    Args:
        samples: columns split and subject (str).
    """
    met = {split: set(samples.loc[samples["split"] == split, "subject"]) - {""} for split in SPLITS}
    pairs = ("train/validation", "train/test", "validation/test")
    return {pair: len(met[pair.split("/")[0]] & met[pair.split("/")[1]]) for pair in pairs}


def linked(subjects: pd.Series, hashes: pd.Series) -> pd.Series:
    """Persons, those joined who share a picture pixel by pixel: one name for each group."""
    leader = {name: name for name in subjects.unique()}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    shared = pd.DataFrame({"subject": subjects, "hash": hashes}).drop_duplicates()
    for _, names in shared[shared["hash"].duplicated(keep=False)].groupby("hash")["subject"]:
        first, *others = (find(name) for name in names)
        for other in others:
            leader[other] = find(first)
    return subjects.map({name: find(name) for name in leader})


def _fill_empty(chosen: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
    """Give each split without a person the smallest one of the split that has most of them, in place."""
    for split in range(len(SPLITS)):
        if not (chosen == split).any():
            richest = np.bincount(chosen, minlength=len(SPLITS)).argmax()
            members = np.flatnonzero(chosen == richest)
            chosen[members[sizes[members].argmin()]] = split
