"""Which words mean which split, and how validation is cut from train."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from fer_core.datasets.signature import among

VALIDATION_SHARE = 0.1
"""Share of train that becomes validation when the source has none."""

_WORDS: dict[str, str] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
    "publictest": "test",
    "privatetest": "test",
}

# A word ends where letters end, and where a small letter or a run of capitals meets the beginning of a new word.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_JOINED = re.compile(r"(?:sets?|data|images?|faces?|folder|split)$")


def split_words(name: str) -> dict[str, str]:
    """The words of a name that stand for a split {word as written: split}.

    A name is cut at everything that is no letter and at changes of case: `FER2013Test`, `test_set`, `val-images`, `test1`.
    Words in the middle of others (`contest`, `valence`, `retrained`) stand for nothing.
    """
    splits = {}
    for word in _WORD.findall(name):
        small = word.lower()
        split = _WORDS.get(small) or _WORDS.get(_JOINED.sub("", small))
        if split is not None:
            splits[word] = split
    return splits


def split_of(name: str) -> str | None:
    """The split that a folder's name, a Usage value or a file's name stands for; None when it names none, or more than one."""
    splits = set(split_words(name).values())
    return splits.pop() if len(splits) == 1 else None


def cut_validation(samples: pd.DataFrame, *, share: float = VALIDATION_SHARE, seed: int = 0) -> np.ndarray:
    """Which samples to move to validation: (N,) bool, the same for the same pictures in any order.

    Stratified: `share` of each class, rounded, but at least one picture of a class that has two or more. Samples with the same
    pixels stay together, whatever their labels; such a group counts for the class of most of them.

    Args:
        samples: columns label (str) and hash (str), one row for each sample of train.
        share: 0 to 1.
        seed: for the shuffle.
    """
    votes = samples.groupby(["hash", "label"], sort=True).size().rename("votes").reset_index()
    votes["size"] = votes.groupby("hash")["votes"].transform("sum")
    groups = votes.sort_values(["votes", "label"], ascending=[False, True]).drop_duplicates("hash").sort_values("hash")
    generator = np.random.default_rng(seed)
    chosen: list[str] = []
    for _, members in groups.groupby("label", sort=True):
        order = members.iloc[generator.permutation(len(members))]
        total = int(order["size"].sum())
        target = round(share * total)
        if len(order) > 1 and share > 0:
            target = max(target, int(order["size"].min()))
        taken = 0
        for name, size in zip(order["hash"], order["size"], strict=True):
            if taken + size <= target and taken + size < total:
                chosen.append(name)
                taken += size
    return among(samples["hash"], chosen)
