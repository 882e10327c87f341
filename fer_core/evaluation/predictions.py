"""Predictions of a run: which there are, computing those that are missing, and keeping them; everything asks here.

A run's own are found by the fingerprint of the data set, the shipped ones by pixels, or as recorded numbers without pictures.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer_core.datasets.signature import among
from fer_core.errors import InputError, RunError
from fer_core.predictor import Predictor, corrected, load_predictor
from fer_core.progress import Progress, silent

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.runs import Judge, Run
    from fer_core.runs.records import Calibration

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
    listed = [] if dataset is None else [_of_split(dataset, split, classes) for split in ORDER if _images(dataset, split)]
    return [*listed, *(source for source in _recorded(run, classes) if not _holds(dataset, run, source.split))]


def find_predictions(run: Run, dataset: Dataset | None, source: Source) -> pd.DataFrame | None:
    """Logits that exist already for a source; None when they have to be computed.

    Returns:
        As from `find_split`.
    """
    if source.recorded:
        shipped = run.predictions_by_pixels()
        return _complete(shipped[shipped["split"] == source.split].reset_index(drop=True), run)
    return None if dataset is None else find_split(run, dataset, source.split)


def find_split(run: Run, dataset: Dataset, split: str, labels: Judge = "imported") -> pd.DataFrame | None:
    """Logits that exist already for a split of a data set; None when they have to be computed, or are of other samples.

    With `labels` "crowd" they are of the faces on which annotators have a favourite among the run's classes, which is the label.

    Returns:
        One row a sample: sample (int, the data set's id), hash (str, of the stored pixels), label (str, as the data set has
        it now), logit_CLASS (float, one a class of the run).
    """
    classes, rows = run.classes(), _known(run, dataset, split, labels)
    kept = run.predictions(dataset.meta.fingerprint, split, labels)
    kept = None if kept is None else _complete(kept, run)
    if kept is not None and kept[["sample", "hash"]].equals(rows[["sample", "hash"]].astype(kept.dtypes[["sample", "hash"]])):
        return kept.assign(label=rows["label"])
    shipped = run.predictions_by_pixels() if run.read_only else pd.DataFrame()
    if shipped.empty or rows.empty or not among(rows["hash"], shipped["hash"]).all():
        return None
    logits = shipped.drop_duplicates("hash")[["hash", *(LOGIT + name for name in classes)]]
    return _complete(rows.merge(logits, on="hash", how="left", validate="many_to_one"), run)


def predict_split(
    run: Run,
    dataset: Dataset,
    split: str,
    *,
    labels: Judge = "imported",
    predictor: Predictor | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Logits of a run for a split, those that exist or else computed, and kept where possible.

    Args:
        run: the run.
        dataset: data set whose labels may go beyond the run's classes; such samples are left out.
        split: train, validation or test.
        labels: imported, or crowd, see `find_split`.
        predictor: the run's predictor when it is loaded already.
        progress: called while logits are computed.

    Returns:
        As from `find_split`.

    Raises:
        RunError: the run has no model, or one that answers with what is not a number.
        InputError: the split holds no sample of the run's classes, or no votes where the crowd's favourites are asked for.
    """
    rows = _known(run, dataset, split, labels)
    if rows.empty:
        raise InputError(f"The {split} split of '{dataset.name}' holds no sample of this run's classes; choose another split.")
    kept = find_split(run, dataset, split, labels)
    if kept is not None:
        return kept
    predictor = predictor or load_predictor(run)
    logits = predictor.raw_logits(dataset.faces(rows["sample"].to_numpy()), progress=progress)
    table = rows.assign(**{LOGIT + name: logits[:, number] for number, name in enumerate(predictor.classes)})
    with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
        run.write_predictions(dataset.meta.fingerprint, split, table, labels)
    return _corrected(table, predictor.classes, predictor.calibration)


def own_predictions(run: Run, split: str, *, calibration: Calibration | None = None) -> pd.DataFrame | None:
    """Logits of a run for a split of the data set that it was trained on, whether that is still there or not.

    Their labels are those that judge the run, see `judge`. The prior is taken off as `calibration` says, or as the run's own.

    Returns:
        Columns as from `predictions`; None when they were never computed, or are damaged.
    """
    training = run.training()
    predictions = run.predictions(training.fingerprint, split, judge(run)) if training else None
    predictions = None if predictions is None else _complete(predictions, run, calibration)
    return None if predictions is None or predictions.empty else predictions


def judge(run: Run) -> Judge:
    """The labels by which a run is chosen and calibrated: the crowd's favourites where it learned votes, else the imported."""
    try:
        return "crowd" if run.config().labels == "crowd" else "imported"
    except RunError:
        return "imported"


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
    return bool(among(shipped.loc[shipped["split"] == split, "hash"], dataset.split(split)["hash"]).all())


def _known(run: Run, dataset: Dataset, split: str, labels: Judge) -> pd.DataFrame:
    """Columns sample, hash and label of the samples whose class the run knows, in order of id."""
    rows = dataset.split(split, labels=labels)
    rows = rows.loc[rows["label"].isin(run.classes()), ["id", "hash", "label"]]
    return rows.rename(columns={"id": "sample"}).reset_index(drop=True)


def _complete(table: pd.DataFrame, run: Run, calibration: Calibration | None = None) -> pd.DataFrame | None:
    """Stored logits as the run answers now: the prior taken off, and without what does not belong to predictions.

    None when a column is missing or a logit is no number.
    """
    classes = run.classes()
    logits = [LOGIT + name for name in classes]
    columns = ["sample", "hash", "label", *logits]
    if not set(columns) <= set(table.columns) or not np.isfinite(table[logits].to_numpy(np.float64)).all():
        return None
    return _corrected(table[columns].reset_index(drop=True), classes, calibration or run.calibration())


def _corrected(table: pd.DataFrame, classes: tuple[str, ...], calibration: Calibration) -> pd.DataFrame:
    logits = [LOGIT + name for name in classes]
    values = table[logits].to_numpy()
    shifted = corrected(values, calibration)
    return table if shifted is values else table.assign(**dict(zip(logits, shifted.T, strict=True)))
