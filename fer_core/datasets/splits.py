"""Which words mean which split, and how validation is cut from train."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

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


def split_of(word: str) -> str | None:
    """The split that a folder's name, a Usage value or a part of a file name stands for; None when it stands for none."""
    return _WORDS.get(re.sub(r"[\s_-]", "", word).lower())


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
    return samples["hash"].isin(chosen).to_numpy(dtype=bool)
