"""Which predictions of a run exist: its own by fingerprint, the shipped ones by pixels, or recorded numbers without pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer_core.evaluation.metrics import Evaluation, evaluate

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.runs import Run

ORDER: tuple[str, ...] = ("test", "validation", "train")
"""Splits as an evaluation offers them: what the run has not seen comes first."""

LOGIT = "logit_"
"""Prefix of the columns that hold the logits, one a class."""


@dataclass(frozen=True)
class Source:
    """Something that a run can be evaluated on: a split of a data set, or figures recorded without their pictures.

    Attributes:
        dataset: name of the data set; for recorded figures the one that they were made on.
        split: `train`, `validation` or `test`.
        recorded: True when only the numbers are there.
        n: samples whose class the run knows.
        skipped: {class: samples} of classes that the run does not know.
        absent: classes of the run that have no sample here.
    """

    dataset: str
    split: str
    recorded: bool
    n: int
    skipped: dict[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Stable name for a picker: `data/SPLIT` or `recorded/SPLIT`."""
        return f"{'recorded' if self.recorded else 'data'}/{self.split}"

    @property
    def title(self) -> str:
        """What a picker shows: `FER2013 / test`, or `FER2013 test (recorded figures, no pictures)`."""
        if self.recorded:
            return f"{self.dataset} {self.split} (recorded figures, no pictures)"
        return f"{self.dataset} / {self.split}"


def sources(run: Run, dataset: Dataset | None) -> list[Source]:
    """Everything this run can be evaluated on, the data set's splits first, then figures recorded on what is not there.

    Args:
        run: a run whose classes are known; without classes the list is empty.
        dataset: the data set that is looked at; None leaves the recorded figures alone.
    """
    classes = run.classes()
    if not classes:
        return []
    found = [] if dataset is None else [_of_split(dataset, split, classes) for split in ORDER if _images(dataset, split)]
    return [*found, *(source for source in _recorded(run, classes) if not _holds(dataset, run, source.split))]


def predictions(run: Run, dataset: Dataset | None, source: Source) -> pd.DataFrame | None:
    """Logits that exist already for a source; None when they have to be computed.

    Returns:
        One row a sample: sample (int, the data set's id), hash (str, of the stored pixels), label (str, as the data set has
        it now), logit_CLASS (float, one a class of the run).
    """
    if source.recorded:
        shipped = run.predictions_by_pixels()
        return _complete(shipped[shipped["split"] == source.split].reset_index(drop=True), run.classes())
    if dataset is None:
        return None
    own = run.predictions(dataset.meta.fingerprint, source.split)
    if own is not None and (own := _complete(own, run.classes())) is not None and len(own) == source.n:
        return own
    return _by_pixels(run, dataset, source.split) if run.read_only else None


def own_predictions(run: Run, split: str) -> pd.DataFrame | None:
    """Logits of a run for a split of the data set that it was trained on, whether that is still there or not.

    Returns:
        Columns as from `predictions`; None when they were never computed, or are damaged.
    """
    training = run.training()
    found = run.predictions(training.fingerprint, split) if training else None
    found = None if found is None else _complete(found, run.classes())
    return None if found is None or found.empty else found


def score_recorded(run: Run, source: Source, predicted: pd.DataFrame) -> Evaluation:
    """Scores of recorded figures. Only exact leaks can be counted: near ones need the pictures' signatures.

    Args:
        run: the run.
        source: what was predicted, recorded.
        predicted: as from `predictions`.

    Raises:
        InputError: there is no sample, or a logit is not finite.
    """
    exact = predicted["hash"].isin(run.training_samples()["hash"]).to_numpy()
    return evaluate(
        predicted,
        run.classes(),
        calibration=run.calibration(),
        exact=exact,
        near=np.zeros_like(exact),
        skipped=sum(source.skipped.values()),
    )


def _images(dataset: Dataset, split: str) -> int:
    return sum(dataset.meta.counts.get(split, {}).values())


def _of_split(dataset: Dataset, split: str, classes: tuple[str, ...]) -> Source:
    counts = dataset.meta.counts.get(split, {})
    return Source(
        dataset=dataset.name,
        split=split,
        recorded=False,
        n=sum(n for name, n in counts.items() if name in classes),
        skipped={name: n for name, n in counts.items() if name not in classes and n},
        absent=tuple(name for name in classes if not counts.get(name)),
    )


def _recorded(run: Run, classes: tuple[str, ...]) -> list[Source]:
    shipped = run.predictions_by_pixels() if run.read_only else pd.DataFrame()
    training = run.training()
    if shipped.empty or training is None:
        return []
    labels = {split: set(rows["label"]) for split, rows in shipped.groupby("split")}
    counts = shipped["split"].value_counts()
    return [
        Source(
            dataset=training.dataset,
            split=split,
            recorded=True,
            n=int(counts[split]),
            absent=tuple(name for name in classes if name not in labels[split]),
        )
        for split in ORDER
        if split in labels
    ]


def _holds(dataset: Dataset | None, run: Run, split: str) -> bool:
    """Whether the data set's split of that name has every picture that the recorded figures were made on."""
    if dataset is None:
        return False
    shipped = run.predictions_by_pixels()
    there = set(dataset.split(split)["hash"])
    return bool(shipped.loc[shipped["split"] == split, "hash"].isin(there).all())


def _by_pixels(run: Run, dataset: Dataset, split: str) -> pd.DataFrame | None:
    shipped = run.predictions_by_pixels()
    classes = run.classes()
    rows = dataset.split(split)
    rows = rows.loc[rows["label"].isin(classes), ["id", "hash", "label"]].rename(columns={"id": "sample"})
    if shipped.empty or rows.empty or not rows["hash"].isin(shipped["hash"]).all():
        return None
    logits = shipped.drop_duplicates("hash")[["hash", *(LOGIT + name for name in classes)]]
    return _complete(rows.merge(logits, on="hash", how="left", validate="many_to_one"), classes)


def _complete(frame: pd.DataFrame, classes: tuple[str, ...]) -> pd.DataFrame | None:
    """The frame without what does not belong to predictions; None when a column is missing, as in a damaged file."""
    columns = ["sample", "hash", "label", *(LOGIT + name for name in classes)]
    return frame[columns].reset_index(drop=True) if set(columns) <= set(frame.columns) else None
