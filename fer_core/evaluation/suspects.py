"""Suspected labels: where a model that has never seen a face, nor a copy of it, is sure of another class than its label.

Probabilities are out-of-fold by construction: a linear classifier on the features of a frozen backbone learns from training faces
of other folds only. Confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset
Labels", arXiv:1911.00068), as the package cleanlab does it, says from these how many labels of each class are wrong, and which.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fer_core import processes
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.staging import disk_errors
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError, InputError
from fer_core.evaluation.metrics import label_codes, probabilities
from fer_core.evaluation.out_of_fold import FOLDS, METHOD, assign_folds, out_of_fold_probabilities
from fer_core.features import backbone
from fer_core.files import replace
from fer_core.models.weights import require_weights
from fer_core.progress import Progress, Stop, never, part, silent
from fer_core.runs.config import RunConfig, preset_config

SCORE = "normalized_margin"
"""Of cleanlab's label quality scores: half of 1 plus the label's probability less that of the likeliest other class.

On the FER2013 faces that FER+ knows, the suggestion of the 100 worst training labels is the crowd's class for 40 %; where
"self_confidence" ranks them, for 31 %, and a third of its first 200 are of the rarest class.
"""


@dataclass(frozen=True)
class Suspects:
    """Out-of-fold probabilities of all faces whose class has enough training faces to be learned.

    Attributes:
        table: one row per face, the most doubtful first, with columns sample (int), split, label (as imported), suggestion (the
            likeliest class), score (float32, 0 to 1, see `SCORE`), suspected (bool) and p_CLASS (float32) per class.
        classes: class names in order.
        left_out: {class: faces} of classes with too few training faces.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    left_out: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Numbers for JSON: images (suspected), of, agreement (share of faces whose suggestion is their label), splits, pairs."""
        suspected = self.table[self.table["suspected"]]
        pairs = Counter(zip(suspected["label"], suspected["suggestion"], strict=True)).most_common()
        return {
            "images": len(suspected),
            "of": len(self.table),
            "agreement": float((self.table["suggestion"] == self.table["label"]).mean()),
            "splits": {split: int((suspected["split"] == split).sum()) for split in SPLITS},
            "pairs": [{"label": label, "suggestion": to, "images": count} for (label, to), count in pairs],
            "left_out": self.left_out,
        }


def suspects(dataset: Dataset, *, progress: Progress = silent) -> Suspects:
    """Suspected labels of a data set, from the kept file where it is whole, otherwise computed (TensorFlow is imported).

    Args:
        dataset: its imported labels are looked at; edits play no part.
        progress: called with a share 0 to 1 and a few words.

    Raises:
        DatasetError: too few training faces to learn from, or no room to keep the result.
        WeightsError: the frozen network's weights are missing.
    """
    known = kept(dataset)
    if known is not None:
        return known
    classes, _ = _classes(dataset)
    if len(classes) < 2:
        raise DatasetError(
            f"Data set '{dataset.name}' has fewer than two classes with {FOLDS} different training faces; "
            "there is nothing to compare its labels with."
        )
    features = _features(dataset, part(progress, 0.0, 0.7, "looking at the faces"))
    rows = dataset.samples[dataset.samples["label"].isin(classes)]
    labels: NDArray[np.int64] = np.array([classes.index(name) for name in rows["label"]], np.int64)
    out_of_fold = out_of_fold_probabilities(
        features,
        labels,
        rows=rows["id"].to_numpy(),
        folds=assign_folds(rows["signature"].to_numpy(), labels),
        learn=(rows["split"] == "train").to_numpy(),
        progress=part(progress, 0.7, 0.98, "asking models that have not seen them"),
    )
    progress(0.98, "ranking")
    table = _ranked(rows, labels, out_of_fold, classes)
    _keep(kept_file(dataset), table)
    return Suspects(table, classes, _classes(dataset)[1])


def suspects_in_process(dataset: Dataset, *, progress: Progress = silent, stop: Stop = never) -> Suspects:
    """Search for suspected labels, as `suspects` does, in another process at a lower priority while this one waits.

    Raises:
        DatasetError: the process could not start, met a FerError, or died.
        Stopped: `stop` said so.
    """
    return processes.call(_suspects_of, dataset.name, error=DatasetError, progress=progress, stop=stop)


def _suspects_of(name: str, *, progress: Progress) -> Suspects:
    return suspects(open_dataset(name), progress=progress)


def kept(dataset: Dataset) -> Suspects | None:
    """Suspected labels that were found before; None when there are none, or their file is damaged."""
    try:
        table = pq.read_table(kept_file(dataset), page_checksum_verification=True).to_pandas()
    except (OSError, ValueError, pa.ArrowException):
        return None
    classes, left_out = _classes(dataset)
    whole = len(table) == dataset.meta.n - sum(left_out.values()) and {f"p_{name}" for name in classes} < set(table.columns)
    return Suspects(table, classes, left_out) if whole else None


def forget(dataset: Dataset) -> None:
    """Delete the suspected labels that were found before, so that they are searched for once more.

    Raises:
        DatasetError: the folder may not be written.
    """
    with disk_errors():
        kept_file(dataset).unlink(missing_ok=True)


def kept_file(dataset: Dataset) -> Path:
    """Tell where suspected labels are kept: under a key of fingerprint, features and method."""
    file = features_file(dataset)
    parts = [file.name if file else "", *METHOD, SCORE, version("cleanlab")]
    key = hashlib.sha256(json.dumps([dataset.meta.fingerprint, *parts]).encode()).hexdigest()[:16]
    return dataset.path / "suspects" / f"{key}.parquet"


def features_file(dataset: Dataset) -> Path | None:
    """Where the frozen network's features are kept; the preset `frozen` uses the same."""
    config = _config(dataset)
    return backbone.features_file(dataset, config, require_weights(config))


def judge(labels: NDArray[np.int64], predicted: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which labels are suspected, and how good each is.

    Args:
        labels: (N,) class indices.
        predicted: (N, C), rows sum to 1, predicted by a model that was not trained on these faces.

    Returns:
        (N,) bool: among the labels that confident learning expects to be wrong, per pair of classes; and (N,) float32 in 0 to 1,
        `SCORE`, small where the label is doubtful.

    Raises:
        InputError: shapes do not fit, or a label is no column.
    """
    if predicted.ndim != 2 or labels.shape != predicted.shape[:1]:
        raise InputError(f"Probabilities must be (N, C) for N labels; got {predicted.shape} for {labels.shape}.")
    if len(labels) and not 0 <= labels.min() <= labels.max() < predicted.shape[1]:
        raise InputError(f"Labels must be 0 to {predicted.shape[1] - 1}; got {labels.min()} to {labels.max()}.")
    if not len(labels):
        return np.zeros(0, bool), np.zeros(0, np.float32)
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    with warnings.catch_warnings():
        # A class with few faces in this split: some of its suspects may be missed.
        warnings.simplefilter("ignore", UserWarning)
        issues = find_label_issues(labels, predicted, filter_by="prune_by_noise_rate", n_jobs=1)
    scores = get_label_quality_scores(labels, predicted, method=SCORE)
    return np.asarray(issues, bool), np.asarray(scores, np.float32)


def of_predictions(predictions: pd.DataFrame, split: str, classes: Sequence[str], *, temperature: float = 1.0) -> Suspects:
    """Suspected labels by a run's own answers to a split that it did not learn from.

    Args:
        predictions: columns sample, label and logit_CLASS for each of `classes`.
        split: name of the split.
        classes: of the run, in the order of its logits.
        temperature: of the run's calibration.

    Raises:
        InputError: a column is missing, a logit is not finite, or a label is none of `classes`.
    """
    shares = probabilities(predictions, classes, temperature).astype(np.float32)
    rows = pd.DataFrame({"id": predictions["sample"], "split": split, "label": predictions["label"]})
    return Suspects(
        _ranked(rows, label_codes(rows["label"], classes).astype(np.int64), shares, tuple(classes)), tuple(classes), {}
    )


def _ranked(
    rows: pd.DataFrame, labels: NDArray[np.int64], predicted: NDArray[np.float32], classes: tuple[str, ...]
) -> pd.DataFrame:
    suspected, scores = np.zeros(len(rows), bool), np.ones(len(rows), np.float32)
    # Each split by itself, so that no label of the test split has a say about training labels.
    for split in SPLITS:
        part = np.flatnonzero(rows["split"] == split)
        suspected[part], scores[part] = judge(labels[part], predicted[part])
    table = {
        "sample": rows["id"].to_numpy(),
        "split": rows["split"].to_numpy(),
        "label": rows["label"].to_numpy(),
        "suggestion": np.array(classes, dtype=object)[predicted.argmax(axis=1)],
        "score": scores,
        "suspected": suspected,
        **{f"p_{name}": predicted[:, number] for number, name in enumerate(classes)},
    }
    return pd.DataFrame(table).sort_values(["score", "sample"], ignore_index=True)


def _classes(dataset: Dataset) -> tuple[tuple[str, ...], dict[str, int]]:
    train = dataset.split("train")
    different = train.groupby("label")["signature"].nunique()
    classes = tuple(name for name in dataset.meta.classes if different.get(name, 0) >= FOLDS)
    counts = dataset.samples["label"].value_counts()
    return classes, {name: int(counts[name]) for name in dataset.meta.classes if name not in classes and counts.get(name, 0)}


def _config(dataset: Dataset) -> RunConfig:
    return preset_config(dataset.name, "frozen")


def _features(dataset: Dataset, progress: Progress) -> NDArray[np.float16]:
    from fer_core.models import classifier

    config = _config(dataset)
    plan = require_weights(config)
    frame = classifier.input_frame(config, dataset.meta.frame)
    extractor = classifier.feature_extractor(classifier.build(config, dataset.meta.classes, weights=plan.path, frame=frame))
    return backbone.frozen_features(dataset, extractor, file=features_file(dataset), progress=progress)


def _keep(file: Path, table: pd.DataFrame) -> None:
    content = pa.Table.from_pandas(table, preserve_index=False)
    with disk_errors():
        file.parent.mkdir(exist_ok=True)
        replace(file, lambda temporary: pq.write_table(content, temporary, write_page_checksum=True))
