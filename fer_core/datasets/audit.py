"""What is wrong with the pictures of a data set: copies, near copies, leaks between splits, and pictures that show too little.

Thresholds were chosen by looking at FER2013's 32,298 pictures (the Kaggle archive, seven classes), sorted by each measure.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core.datasets import duplicates
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.signature import NEAR_DISTANCE
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.files import replace
from fer_core.progress import Progress, part, silent

_VERSION = 1
_COPIES, _NEAR = ("group", "sample", "label", "split"), ("first", "second", "distance")


@dataclass(frozen=True)
class Issue:
    """One thing that a single picture can have.

    Attributes:
        name: key in the answer of the command line.
        title: what a page calls it.
        measure: what is measured, with its unit.
        limit: pictures beyond it have the issue.
        above: True when "beyond" means above.
        caution: what the threshold does not tell.
    """

    name: str
    title: str
    measure: str
    limit: float
    above: bool
    caution: str


ISSUES: tuple[Issue, ...] = (
    Issue(
        "blank",
        "Blank",
        "standard deviation of the grey levels",
        5.0,
        False,
        "One grey level, or nearly: nothing can be learned from these. They are left out of all the other findings on "
        "light and sharpness, and of the near pairs.",
    ),
    Issue(
        "too_dark",
        "Too dark",
        "mean grey level, 0 to 255",
        40.0,
        False,
        "Night shots and error signs, but also well-lit people with dark skin before a dark wall: whoever leaves out all of "
        "these leaves out people by their skin. Look at each one.",
    ),
    Issue(
        "too_bright",
        "Too bright",
        "mean grey level, 0 to 255",
        220.0,
        True,
        "About half of FER2013's are pages that say that an image is not available; the others are drawings, babies and "
        "faces in much light.",
    ),
    Issue(
        "low_contrast",
        "Low contrast",
        "standard deviation of the grey levels",
        20.0,
        False,
        "Veiled or evenly lit pictures. Most of FER2013's can still be read by people, and by a network that is trained with "
        "changes of contrast.",
    ),
    Issue(
        "blurred",
        "Blurred",
        "variance of the Laplacian divided by that of the grey levels",
        0.15,
        False,
        "The measure does not know what is out of focus: a sharp face before a large plain wall lies here too. Below 0.1 "
        "nearly all of FER2013's are blurred, above it about half.",
    ),
)
"""What a single picture can have, in order."""


@dataclass(frozen=True)
class Audit:
    """What was found in a data set.

    Attributes:
        images: number of samples.
        copies: samples whose pixels another sample shares: columns group, sample, label, split; largest group first.
        near: pairs of pictures that differ in pixels and are alike, blank ones left out: columns first, second (ids; of
            copies the first sample stands for all) and distance (bits), nearest first.
        near_complete: distance up to which `near` is complete.
        flagged: {issue: columns sample and value, worst first}, one entry for each of ISSUES.
    """

    images: int
    copies: pd.DataFrame
    near: pd.DataFrame
    near_complete: int
    flagged: dict[str, pd.DataFrame]

    @property
    def extra_copies(self) -> pd.DataFrame:
        """Rows of `copies` beyond the first sample of each group, test samples kept first, then validation, then train."""
        order = {split: rank for rank, split in enumerate(reversed(SPLITS))}
        ranked = self.copies.assign(rank=self.copies["split"].map(order)).sort_values(["group", "rank", "sample"])
        return ranked[ranked.duplicated("group")].drop(columns="rank")

    @property
    def conflicts(self) -> pd.DataFrame:
        """Rows of `copies` in groups that have more than one label."""
        return self.copies[self.copies.groupby("group")["label"].transform("nunique") > 1]

    def crossing(self, source: str, target: str) -> pd.DataFrame:
        """Rows of `copies` of the groups that lie in both splits, those splits only.

        Raises:
            InputError: no such split.
        """
        if source not in SPLITS or target not in SPLITS:
            raise InputError(f"A direction is made of two of {', '.join(SPLITS)}; got '{source}' and '{target}'.")
        both = set(self._groups_in(source)) & set(self._groups_in(target))
        return self.copies[self.copies["group"].isin(both) & self.copies["split"].isin([source, target])]

    def crossings(self) -> dict[str, int]:
        """{"train/test": samples of test whose pixels are also in train, ...} for every pair of splits, in both directions."""
        return {
            f"{source}/{target}": int((self.crossing(source, target)["split"] == target).sum())
            for source, target in permutations(SPLITS, 2)
        }

    def near_within(self, distance: int, *, nearest: int = 0) -> pd.DataFrame:
        """Rows of `near` from `nearest` to `distance` bits."""
        return self.near[self.near["distance"].between(nearest, distance)]

    def to_dict(self) -> dict[str, Any]:
        """The answer of the command line."""
        return {
            "images": self.images,
            "exact_duplicates": {"groups": int(self.copies["group"].nunique()), "extra_copies": len(self.extra_copies)},
            "cross_split": self.crossings(),
            "conflicting_labels": {"groups": int(self.conflicts["group"].nunique()), "images": len(self.conflicts)},
            "near_duplicates": {"pairs": len(self.near_within(NEAR_DISTANCE)), "distance": NEAR_DISTANCE},
            **{
                issue.name: {"images": len(self.flagged[issue.name]), "limit": issue.limit, "measure": issue.measure}
                for issue in ISSUES
            },
            "persons": None,
            "suspects": None,
            "faceless": None,
        }

    def _groups_in(self, split: str) -> pd.Series:
        return self.copies.loc[self.copies["split"] == split, "group"]


def audit(dataset: Dataset, *, progress: Progress = silent) -> Audit:
    """Find everything but pictures without a face; kept with the data set, and read again while its fingerprint is the same.

    Args:
        dataset: what to look at; labels as imported.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        DatasetError: the samples are damaged.
    """
    result = kept_audit(dataset)
    if result is None:
        result = _search(dataset, progress)
        with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
            _keep(_file(dataset), result)
    return result


def kept_audit(dataset: Dataset) -> Audit | None:
    """The audit that was made of these pixels, labels and splits; None when there is none, or when its file is damaged."""
    try:
        with np.load(_file(dataset), allow_pickle=False) as stored:
            result = Audit(
                images=int(stored["images"]),
                copies=pd.DataFrame({name: stored[f"copies_{name}"] for name in _COPIES}).astype({"label": str, "split": str}),
                near=pd.DataFrame({name: stored[f"near_{name}"] for name in _NEAR}),
                near_complete=int(stored["near_complete"]),
                flagged={
                    issue.name: pd.DataFrame({name: stored[f"{issue.name}_{name}"] for name in ("sample", "value")})
                    for issue in ISSUES
                },
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return result if result.images == dataset.meta.n else None


def _search(dataset: Dataset, progress: Progress) -> Audit:
    samples = dataset.samples
    progress(0.0, f"Comparing {len(samples):,} pictures pixel by pixel")
    copies = duplicates.groups(samples)
    flagged = _flagged(samples)
    distinct = samples[~samples["hash"].duplicated() & ~samples["id"].isin(flagged["blank"]["sample"])]
    near, complete = duplicates.near_pairs(
        distinct["signature"].to_numpy(np.uint64),
        progress=part(progress, 0.05, 1.0, f"Looking for near copies among {len(distinct):,} pictures"),
    )
    ids = distinct["id"].to_numpy()
    near = near.assign(first=ids[near["first"]], second=ids[near["second"]])
    progress(1.0, "Done")
    return Audit(len(samples), copies, near, complete, flagged)


def _flagged(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    contrast = samples["contrast"].to_numpy(np.float32)
    values = {
        "blank": contrast,
        "too_dark": samples["brightness"].to_numpy(np.float32),
        "too_bright": samples["brightness"].to_numpy(np.float32),
        "low_contrast": contrast,
        "blurred": samples["sharpness"].to_numpy(np.float32) / np.maximum(contrast, 1) ** 2,
    }
    flagged = {}
    blank = contrast < ISSUES[0].limit
    for issue in ISSUES:
        value = values[issue.name]
        beyond = value > issue.limit if issue.above else value < issue.limit
        keep = beyond if issue.name == "blank" else beyond & ~blank
        table = pd.DataFrame({"sample": samples["id"].to_numpy()[keep], "value": value[keep]})
        flagged[issue.name] = table.sort_values(["value", "sample"], ascending=[not issue.above, True], ignore_index=True)
    return flagged


def _file(dataset: Dataset) -> Path:
    return dataset.path / "audit" / f"{dataset.meta.fingerprint}-{_VERSION}.npz"


def _keep(file: Path, result: Audit) -> None:
    arrays: dict[str, Any] = {"images": result.images, "near_complete": result.near_complete}
    for prefix, table in {"copies": result.copies, "near": result.near, **result.flagged}.items():
        for name in table.columns:
            column = table[name].to_numpy()
            arrays[f"{prefix}_{name}"] = column.astype(str) if name in ("label", "split") else column
    file.parent.mkdir(exist_ok=True)
    replace(file, lambda temporary: np.savez(temporary, **arrays))
