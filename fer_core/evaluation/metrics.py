"""Scores of a run on a split, from its stored logits: pure functions of frames and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError, require_columns
from fer_core.evaluation.calibration import expected_calibration_error
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.runs.records import Calibration

Mode = Literal["counts", "rows", "columns"]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Evaluation:
    """All scores of one run on one split; shares are in [0, 1], intervals are (low, high) at 95 %.

    Attributes:
        classes: class names of the run, in the order of the logits and of the matrix.
        n: samples that were evaluated.
        skipped: samples whose label is none of the run's classes.
        flip: whether the logits are means over the face and its mirror image.
        accuracy: share of samples whose most probable class is their label.
        accuracy_ci95: Wilson interval.
        balanced_accuracy: mean recall over the classes that occur among the labels.
        balanced_accuracy_ci95: percentile bootstrap.
        macro_f1: mean F1 over the classes that occur among the labels or the predictions (as in scikit-learn).
        macro_f1_ci95: percentile bootstrap.
        per_class: {class: {precision, recall, f1, n}}; a score that is 0/0 is None.
        confusion: counts, rows true, columns predicted.
        ece: expected calibration error with the run's temperature.
        ece_uncalibrated: the same with temperature 1.
        leaked: {exact, near, person}: samples that the run was trained on, by pixels, by appearance, and of whose person it was
            trained on another picture; each sample counts once, in this order.
        accuracy_without_leaked: accuracy on the samples that are not leaked; None when there are none.
        accuracy_without_leaked_ci95: its Wilson interval; None when there are none.
        n_without_leaked: how many these are.
        majority_baseline: share of the most frequent class among the true labels of the evaluated samples, which is the
            accuracy of always answering with that class.
    """

    classes: tuple[str, ...]
    n: int
    skipped: int
    flip: bool
    accuracy: float
    accuracy_ci95: Interval
    balanced_accuracy: float
    balanced_accuracy_ci95: Interval
    macro_f1: float
    macro_f1_ci95: Interval
    per_class: dict[str, dict[str, float | int | None]]
    confusion: tuple[tuple[int, ...], ...]
    ece: float
    ece_uncalibrated: float
    leaked: dict[str, int]
    accuracy_without_leaked: float | None
    accuracy_without_leaked_ci95: Interval | None
    n_without_leaked: int
    majority_baseline: float

    @property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix as (C, C) int64."""
        return np.array(self.confusion, dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of `evaluate --json`: plain types, tuples as lists, numbers unrounded."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def evaluate(
    predictions: pd.DataFrame,
    classes: Sequence[str],
    *,
    calibration: Calibration,
    exact: ArrayLike,
    near: ArrayLike,
    person: ArrayLike | None = None,
    skipped: int = 0,
    seed: int = 0,
) -> Evaluation:
    """Every score of stored predictions.

    Args:
        predictions: columns label (one of `classes`) and logit_CLASS for each class, one row a sample.
        classes: class names in the order of the logits.
        calibration: temperature for `ece`; flip is reported.
        exact: (N,) bool, the sample's pixels are among the run's training samples.
        near: (N,) bool, the sample looks like one of them; rows that are also exact count as exact.
        person: (N,) bool, its person is among those of the training samples; None where persons are not known.
        skipped: number of samples of the split that were left out because the run does not know their class.
        seed: of the bootstrap.

    Raises:
        InputError: no rows, a missing column, a label that is none of `classes`, a logit that is not finite, or arrays of
            another length.
    """
    answers = logits_matrix(predictions, classes).argmax(axis=1)
    correct = answers == label_codes(predictions["label"], classes)
    n = len(predictions)
    if n == 0:
        raise InputError("There is no sample of the run's classes in this split; choose another split or data set.")
    if skipped < 0:
        raise InputError(f"Skipped samples must be 0 or more; got {skipped}.")
    is_exact, is_near = (_flags(values, n, name) for values, name in ((exact, "exact"), (near, "near")))
    is_near &= ~is_exact
    is_person = _flags(np.zeros(n, bool) if person is None else person, n, "person") & ~is_exact & ~is_near
    clean = correct[~(is_exact | is_near | is_person)]
    matrix = confusion_matrix(predictions["label"], predicted_labels(predictions, classes), classes)
    return Evaluation(
        classes=tuple(classes),
        n=n,
        skipped=int(skipped),
        flip=calibration.flip,
        accuracy=float(correct.mean()),
        accuracy_ci95=wilson(int(correct.sum()), n),
        balanced_accuracy=float(balanced_accuracy(matrix)),
        balanced_accuracy_ci95=bootstrap_interval(matrix, balanced_accuracy, seed=seed),
        macro_f1=float(macro_f1(matrix)),
        macro_f1_ci95=bootstrap_interval(matrix, macro_f1, seed=seed),
        per_class=_per_class_dict(per_class(matrix, classes)),
        confusion=tuple(tuple(int(count) for count in row) for row in matrix),
        ece=expected_calibration_error(probabilities(predictions, classes, calibration.temperature), correct),
        ece_uncalibrated=expected_calibration_error(probabilities(predictions, classes, 1.0), correct),
        leaked={"exact": int(is_exact.sum()), "near": int(is_near.sum()), "person": int(is_person.sum())},
        accuracy_without_leaked=float(clean.mean()) if clean.size else None,
        accuracy_without_leaked_ci95=wilson(int(clean.sum()), clean.size) if clean.size else None,
        n_without_leaked=int(clean.size),
        majority_baseline=float(matrix.sum(axis=1).max() / n),
    )


def logits_matrix(predictions: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.float64]:
    """(N, C) float64 logits, columns in the order of `classes`.

    Raises:
        InputError: fewer than two classes, a missing column, or a value that is not finite.
    """
    if len(set(classes)) < 2 or len(set(classes)) != len(classes):
        raise InputError(f"Classes must be at least two different names; got {', '.join(classes) or 'none'}.")
    columns = [f"logit_{name}" for name in classes]
    require_columns(predictions, ("label", *columns), "Predictions")
    logits = predictions[columns].to_numpy(dtype=np.float64)
    if not np.isfinite(logits).all():
        raise InputError("Predictions hold logits that are not finite numbers; predict the split again.")
    return logits


def probabilities(predictions: pd.DataFrame, classes: Sequence[str], temperature: float = 1.0) -> NDArray[np.float64]:
    """(N, C) float64 softmax(logits / temperature), rows sum to 1.

    Raises:
        InputError: `temperature` not above 0, or as in `logits_matrix`.
    """
    if not temperature > 0:
        raise InputError(f"Temperature must be above 0; got {temperature}.")
    scaled = logits_matrix(predictions, classes) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)


def label_codes(names: ArrayLike, classes: Sequence[str]) -> NDArray[np.intp]:
    """(N,) positions of class names in `classes`.

    Raises:
        InputError: a name is none of `classes`.
    """
    values = np.asarray(names, dtype=object)
    codes = pd.Index(list(classes), dtype=object).get_indexer(pd.Index(values, dtype=object))
    if (codes < 0).any():
        raise InputError(f"Labels must be among {', '.join(classes)}; got '{values[codes < 0][0]}'.")
    return codes


def predicted_labels(predictions: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.object_]:
    """(N,) class names with the largest logit; the first of equals."""
    return np.array(classes, dtype=object)[logits_matrix(predictions, classes).argmax(axis=1)]


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, classes: Sequence[str]) -> NDArray[np.int64]:
    """(C, C) int64 counts, rows true, columns predicted, both in the order of `classes`.

    Raises:
        InputError: lengths differ, or a name is none of `classes`.
    """
    true_codes, predicted_codes = label_codes(labels, classes), label_codes(predicted, classes)
    if len(true_codes) != len(predicted_codes):
        raise InputError(f"Labels and predictions must be equally many; got {len(true_codes)} and {len(predicted_codes)}.")
    size = len(classes)
    return np.bincount(true_codes * size + predicted_codes, minlength=size * size).reshape(size, size).astype(np.int64)


def balanced_accuracy(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean recall over the classes with true samples; (..., C, C) counts to (...) scores in [0, 1]."""
    hits, true = np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(axis=-1)
    return _mean_where(hits / np.maximum(true, 1), true > 0)


def macro_f1(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean F1 over the classes with true or predicted samples; (..., C, C) counts to (...) scores in [0, 1].

    A class that occurs but is never hit counts 0, as in scikit-learn with zero_division=0.
    """
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    both = matrix.sum(axis=-1) + matrix.sum(axis=-2)
    return _mean_where(2 * hits / np.maximum(both, 1), both > 0)


def per_class(matrix: NDArray[np.integer], classes: Sequence[str]) -> pd.DataFrame:
    """Columns class, precision, recall, f1 (float64, shares; NaN where 0/0) and n (int64, true samples), one row a class."""
    hits, true, predicted = np.diagonal(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return pd.DataFrame(
        {
            "class": list(classes),
            "precision": _ratio(hits, predicted),
            "recall": _ratio(hits, true),
            "f1": _ratio(2 * hits, true + predicted),
            "n": true.astype(np.int64),
        }
    )


def shares(matrix: NDArray[np.integer], mode: Mode = "counts") -> NDArray[np.float64]:
    """The confusion matrix as counts, as shares of each row (recall on the diagonal) or of each column (precision).

    Returns:
        (C, C) float64; shares in [0, 1], NaN in a row or column without samples.

    Raises:
        InputError: unknown mode.
    """
    if mode not in ("counts", "rows", "columns"):
        raise InputError(f"Mode must be counts, rows or columns; got '{mode}'.")
    matrix = np.asarray(matrix)
    if mode == "counts":
        return matrix.astype(np.float64)
    return _ratio(matrix, matrix.sum(axis=1 if mode == "rows" else 0, keepdims=True))


def score_table(evaluation: Evaluation) -> pd.DataFrame:
    """The scores beside what always answering with the most frequent class would reach.

    Returns:
        Columns name, value, low, high, baseline (shares in [0, 1]); rows accuracy, balanced accuracy, macro F1, and accuracy
        without leaked samples where there are leaked ones and others are left.
    """
    true = evaluation.matrix.sum(axis=1)
    present, majority = int((true > 0).sum()), evaluation.majority_baseline
    rows = [
        ("Accuracy", evaluation.accuracy, *evaluation.accuracy_ci95, majority),
        ("Balanced accuracy", evaluation.balanced_accuracy, *evaluation.balanced_accuracy_ci95, 1 / present),
        ("Macro F1", evaluation.macro_f1, *evaluation.macro_f1_ci95, 2 * majority / (1 + majority) / present),
    ]
    without = evaluation.accuracy_without_leaked_ci95
    if without is not None and evaluation.n_without_leaked < evaluation.n:
        rows.append(("Accuracy without leaked", evaluation.accuracy_without_leaked or 0.0, *without, float("nan")))
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "baseline"])


def _flags(values: ArrayLike, n: int, name: str) -> NDArray[np.bool_]:
    flags = np.array(values, dtype=bool)
    if flags.shape != (n,):
        raise InputError(f"'{name}' must hold one value for each of {n} samples; got shape {flags.shape}.")
    return flags


def _ratio(part: NDArray[np.integer], whole: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _mean_where(values: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(where, values, 0).sum(axis=-1) / np.maximum(where.sum(axis=-1), 1)


def _per_class_dict(frame: pd.DataFrame) -> dict[str, dict[str, float | int | None]]:
    return {
        row["class"]: {
            **{key: None if np.isnan(row[key]) else float(row[key]) for key in ("precision", "recall", "f1")},
            "n": int(row["n"]),
        }
        for row in frame.to_dict("records")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
