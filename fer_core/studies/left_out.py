"""Persons who are left out: how they are answered by runs that never saw them, fold by fold and all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.datasets.folds import LEAST
from fer_core.datasets.statistics import majority
from fer_core.evaluation.intervals import cluster_interval, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.studies.scores import Score
from fer_core.studies.study import Member


@dataclass(frozen=True)
class Fold:
    """Persons who were left out together.

    Attributes:
        fold: such as `2/10`.
        persons: who they are, by name.
        accuracy: of their faces, the mean over seeds, 0 to 1.
        ci95: Wilson's, over the faces.
        n: faces.
    """

    fold: str
    persons: tuple[str, ...]
    accuracy: float
    ci95: tuple[float, float]
    n: int


@dataclass(frozen=True)
class LeftOut:
    """All folds that are done.

    Attributes:
        folds: in their order.
        planned: folds that were asked for.
        persons: who were left out so far.
        accuracy, macro_f1: of all their faces together; `each` is the folds', the interval a bootstrap over persons, None with
            fewer than five of them.
        baseline: accuracy of always answering with the most frequent class of these faces.
    """

    folds: tuple[Fold, ...]
    planned: int
    persons: int
    accuracy: Score
    macro_f1: Score
    baseline: float


def left_out(members: Sequence[Member], persons: pd.Series) -> LeftOut | None:
    """Score the faces of every fold by the run that never saw the persons on them.

    Args:
        members: of one setting.
        persons: who is on each face, by its id.

    Returns:
        None before the first run has answered.
    """
    tables = []
    for member in members:
        table = own_predictions(member.run, "test") if member.finished and member.run is not None else None
        if table is not None and member.run is not None:
            said = predicted_labels(table, member.run.classes())
            tables.append(table[["sample", "label"]].assign(said=said, fold=member.asked.fold, seed=member.seed))
    if not tables:
        return None
    rows = pd.concat(tables, ignore_index=True)
    rows["person"] = persons.loc[rows["sample"]].to_numpy()
    rows["right"] = rows["label"] == rows["said"]
    classes = sorted({*rows["label"], *rows["said"]})
    matrices = np.stack([confusion_matrix(part["label"], part["said"], classes) for _, part in rows.groupby("person")])
    faces = rows.drop_duplicates("sample")
    order = {member.asked.fold: place for place, member in enumerate(members)}
    parts = sorted(rows.groupby("fold"), key=lambda part: order[str(part[0])])
    folds = tuple(_fold(str(name), part) for name, part in parts)
    enough = len(matrices) >= LEAST
    whole = matrices.sum(axis=0)
    return LeftOut(
        folds=folds,
        planned=len({member.asked.fold for member in members}),
        persons=len(matrices),
        accuracy=Score(
            float(rows["right"].mean()),
            cluster_interval(matrices, _accuracy) if enough else None,
            tuple(fold.accuracy for fold in folds),
            len(faces),
        ),
        macro_f1=Score(
            float(macro_f1(whole)),
            cluster_interval(matrices, macro_f1) if enough else None,
            tuple(float(macro_f1(confusion_matrix(part["label"], part["said"], classes))) for _, part in parts),
            len(faces),
        ),
        baseline=majority(Counter(faces["label"].astype(str)))[1],
    )


def _fold(name: str, rows: pd.DataFrame) -> Fold:
    n = rows["sample"].nunique()
    accuracy = float(rows["right"].mean())
    return Fold(name, tuple(sorted(rows["person"].unique())), accuracy, wilson(accuracy * n, n), n)


def _accuracy(matrices: np.ndarray) -> np.ndarray:
    return np.trace(matrices, axis1=-2, axis2=-1) / matrices.sum(axis=(-2, -1))
