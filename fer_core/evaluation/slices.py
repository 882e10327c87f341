"""Where a run is weak: its accuracy on people with glasses, on dark, blurred, leaked or disputed faces, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.datasets.crowd import summarise, vote_names
from fer_core.datasets.signature import leaked
from fer_core.datasets.traits import TRAITS
from fer_core.errors import InputError, require_columns
from fer_core.evaluation.crowd import SURE, UNSURE
from fer_core.evaluation.intervals import wilson

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.evaluation.suspects import Suspects
    from fer_core.runs import Run

QUARTERS = 4
_MEASURED: dict[str, tuple[str, str, int]] = {
    "brightness": ("darkest", "brightest", 0),
    "contrast": ("flattest", "most contrast", 0),
    "sharpness": ("most blurred", "sharpest", 0),
    "intensity": ("faintest", "strongest", 2),
}
"""Measures that are cut into quarters: what the lowest and the highest quarter is called, and the digits of its limits."""

_COLUMNS = ["key", "subject", "slice", "n", "correct", "accuracy", "low", "high", "baseline"]


@dataclass(frozen=True)
class Slices:
    """Parts of the evaluated samples, and how often the run is right on each.

    Attributes:
        table: one row a slice, the lowest accuracy first: key (str, `subject/slice`), subject (what it is cut by), slice (its
            name), n, correct (int64), accuracy, low, high (95 %, Wilson), baseline (share of its most frequent class).
        members: {key: ids of its samples}.
    """

    table: pd.DataFrame
    members: dict[str, NDArray[np.int64]]

    @property
    def of_people(self) -> pd.DataFrame:
        """The rows about who is shown and in what light, the lowest accuracy first; subject is the trait's title."""
        rows = self.table[self.table["subject"].isin(TRAITS)]
        return rows.assign(subject=[TRAITS[name].title for name in rows["subject"]]).reset_index(drop=True)


def slices_of(
    run: Run,
    dataset: Dataset,
    split: str,
    answers: pd.DataFrame,
    *,
    leaks: pd.DataFrame | None = None,
    doubts: Suspects | None = None,
) -> Slices:
    """All slices of a run's answers to a split of a data set, by everything that is known of its samples.

    Args:
        run: which answered.
        dataset: whose samples these are; the viewer's tags count.
        split: of the data set.
        answers: columns sample, label, predicted.
        leaks: as from `leaks_of`, where they were counted before.
        doubts: suspected labels of the data set, where they were searched for.

    Raises:
        DatasetError: the samples are damaged.
        RunError: the run's training samples are damaged.
    """
    samples = dataset.samples
    leaks = (leaks_of(run, dataset, split) if leaks is None else leaks).loc[answers["sample"]]
    return slices(
        answers,
        samples,
        exact=leaks["exact"],
        near=leaks["near"],
        person=leaks["person"] if leaks["person"].any() else None,
        copies=samples["hash"].duplicated(keep=False).to_numpy()[answers["sample"]],
        suspected=None if doubts is None else answers["sample"].isin(doubts.table.loc[doubts.table["suspected"], "sample"]),
        crowd=summarise(samples) if vote_names(samples) else None,
        traits=dataset.traits(),
    )


def leaks_of(run: Run, dataset: Dataset, split: str) -> pd.DataFrame:
    """Columns exact, near and person (bool) of the samples of a split, by their ids: whether the run was trained on them."""
    rows = dataset.split(split)
    report = leaked(rows, run.training_samples())
    return pd.DataFrame({"exact": report.exact, "near": report.near, "person": report.person}, index=rows["id"])


def slices(
    answers: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    exact: ArrayLike | None = None,
    near: ArrayLike | None = None,
    person: ArrayLike | None = None,
    copies: ArrayLike | None = None,
    suspected: ArrayLike | None = None,
    crowd: pd.DataFrame | None = None,
    traits: pd.DataFrame | None = None,
) -> Slices:
    """Cut the samples by what is known of them, and count right answers in each part.

    Args:
        answers: columns sample, label, predicted, one row a sample.
        samples: column id and any of brightness, contrast, sharpness, intensity (numbers; NaN where not known); a row for every
            sample of `answers`, more are left out. Quarters are those of the answered samples; equal values stay together.
        exact: (N,) bool in the order of `answers`, the run was trained on the same pixels; None where that is not known.
        near: (N,) bool, the run was trained on a picture nearly like it.
        person: (N,) bool, the run was trained on another picture of the person; None where persons are not known.
        copies: (N,) bool, another sample of the data set has the same pixels.
        suspected: (N,) bool, the label is doubted by models that have not seen the face.
        crowd: as from `crowd.summarise`, with id; samples without votes are left out of these slices.
        traits: as from `Dataset.traits`, index id; samples of which a trait is not known are left out of its slices.

    Raises:
        InputError: a column is missing, a sample has no row or two, or flags of another length.
    """
    require_columns(answers, ("sample", "label", "predicted"), "Answers")
    require_columns(samples, ("id",), "Samples")
    if samples["id"].duplicated().any() or not answers["sample"].isin(samples["id"]).all():
        raise InputError("Slices need one row for every answered sample; choose the data set that was predicted.")
    rows = samples.set_index("id").reindex(answers["sample"])
    parts = [
        *(_of_traits(traits.loc[answers["sample"]]) if traits is not None else ()),
        *(part for name in _MEASURED if name in rows for part in _quarters(name, rows[name].to_numpy(np.float64))),
        *_flagged("leak", (("pixel for pixel", exact), ("nearly", near), ("the person", person)), "not in training", len(rows)),
        *_flagged("copies", (("has a copy", copies),), "has none", len(rows)),
        *_flagged("label", (("suspected", suspected),), "not suspected", len(rows)),
        *(_agreement(crowd, answers["sample"].to_numpy()) if crowd is not None else ()),
    ]
    return _counted(answers, parts)


def _quarters(name: str, values: NDArray[np.float64]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    known = np.isfinite(values)
    if not known.any():
        return []
    lowest, highest, digits = _MEASURED[name]
    limits = np.quantile(values[known], np.arange(1, QUARTERS) / QUARTERS)
    place = np.searchsorted(limits, values, side="left")
    titles = (lowest, "second quarter", "third quarter", highest)
    quarters = []
    for number, title in enumerate(titles):
        inside = known & (place == number)
        if inside.any():
            low, high = values[inside].min(), values[inside].max()
            quarters.append((name, f"{title} ({low:,.{digits}f} to {high:,.{digits}f})", inside))
    return quarters if len(quarters) > 1 else []


def _flagged(
    subject: str, named: tuple[tuple[str, ArrayLike | None], ...], otherwise: str, n: int
) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """A slice for each flag that is known, and one for the samples with none of them; nothing when no flag is set."""
    left, slices = np.ones(n, bool), []
    for title, values in named:
        if values is None:
            continue
        flags = np.asarray(values, bool)
        if flags.shape != (n,):
            raise InputError(f"'{title}' must hold one value for each of {n} samples; got shape {flags.shape}.")
        slices.append((subject, title, flags & left))
        left = left & ~flags
    return [*slices, (subject, otherwise, left)] if slices and not left.all() else []


def _of_traits(traits: pd.DataFrame) -> list[tuple[str, str, NDArray[np.bool_]]]:
    return [(name, value, (traits[name] == value).to_numpy(bool)) for name, trait in TRAITS.items() for value in trait.values]


def _agreement(crowd: pd.DataFrame, ids: NDArray[np.int64]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    votes = crowd.set_index("id").reindex(ids)
    share = (votes["agree"] / votes["votes"]).to_numpy(np.float64)
    return [
        ("annotators", f"at most {UNSURE:.0%} agree", share <= UNSURE),
        ("annotators", f"{UNSURE:.0%} to {SURE:.0%} agree", (share > UNSURE) & (share < SURE)),
        ("annotators", f"at least {SURE:.0%} agree", share >= SURE),
    ]


def _counted(answers: pd.DataFrame, parts: list[tuple[str, str, NDArray[np.bool_]]]) -> Slices:
    ids = answers["sample"].to_numpy(np.int64)
    codes, _ = pd.factorize(answers["label"])
    right = (answers["label"] == answers["predicted"]).to_numpy(bool)
    rows, members = [], {}
    for subject, title, inside in parts:
        n, correct = int(inside.sum()), int((inside & right).sum())
        if n:
            key = f"{subject}/{title}"
            members[key] = ids[inside]
            baseline = np.bincount(codes[inside]).max() / n
            rows.append((key, subject, title, n, correct, correct / n, *wilson(correct, n), baseline))
    table = pd.DataFrame(rows, columns=_COLUMNS).sort_values("accuracy", kind="stable", ignore_index=True)
    return Slices(table, members)
