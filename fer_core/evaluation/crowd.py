"""Annotators' votes against labels and against a run: who agrees with the crowd, and where it is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.crowd import TIE, kappa, vote_shares
from fer_core.errors import InputError
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.labels import in_order

UNSURE = 0.5
"""Faces on which at most this share of the votes agree count as unsure."""

SURE = 0.8
"""Faces on which at least this share of the votes agree count as sure."""

_LAST = ("contempt", "unknown", "nf", TIE)


@dataclass(frozen=True)
class CrowdAgreement:
    """The imported labels against the labels that the crowd would give.

    Attributes:
        classes: the data set's classes, rows of the matrix.
        columns: the classes again, then what else the crowd says: other expressions, unknown, nf (no face), tie.
        matrix: counts, (classes, columns) int64.
        share: faces whose label the crowd would give, of all; in [0, 1].
        share_ci95: its Wilson interval.
        inside: faces to which the crowd gives one of the classes.
        share_inside: faces whose label the crowd would give, of those inside; NaN when there are none.
        share_inside_ci95: its Wilson interval; (NaN, NaN) when there are none.
        kappa: Cohen's, on the faces inside; NaN when it is not defined.
        kappa_ci95: percentile bootstrap; (NaN, NaN) when it is not defined.
    """

    classes: tuple[str, ...]
    columns: tuple[str, ...]
    matrix: NDArray[np.int64]
    share: float
    share_ci95: tuple[float, float]
    inside: int
    share_inside: float
    share_inside_ci95: tuple[float, float]
    kappa: float
    kappa_ci95: tuple[float, float]

    @property
    def n(self) -> int:
        """Number of faces."""
        return int(self.matrix.sum())

    @property
    def outside(self) -> dict[str, int]:
        """Faces to which the crowd gives none of the classes {what it says: n}."""
        counts = self.matrix[:, len(self.classes) :].sum(axis=0)
        return {name: int(count) for name, count in zip(self.columns[len(self.classes) :], counts, strict=True)}


def crowd_agreement(crowd: pd.DataFrame, classes: Sequence[str]) -> CrowdAgreement:
    """Count the crowd's labels against the imported ones.

    Args:
        crowd: as from `crowd.summarise`.
        classes: the data set's classes, in order.

    Raises:
        InputError: there is no face with votes.
    """
    if crowd.empty:
        raise InputError("There is no face with votes here; choose another split.")
    others = set(crowd["crowd"]) - set(classes)
    columns = (*classes, *in_order(others - set(_LAST)), *(name for name in _LAST if name in others))
    table = pd.crosstab(crowd["label"], crowd["crowd"]).reindex(index=list(classes), columns=list(columns), fill_value=0)
    matrix = table.to_numpy(np.int64)
    square = matrix[:, : len(classes)]
    same, inside, n = int(np.trace(square)), int(square.sum()), int(matrix.sum())
    nothing = (float("nan"), float("nan"))
    agreement = float(kappa(square)) if inside else float("nan")
    return CrowdAgreement(
        classes=tuple(classes),
        columns=columns,
        matrix=matrix,
        share=same / n,
        share_ci95=wilson(same, n),
        inside=inside,
        share_inside=same / inside if inside else float("nan"),
        share_inside_ci95=wilson(same, inside) if inside else nothing,
        kappa=agreement,
        kappa_ci95=nothing if np.isnan(agreement) else bootstrap_interval(square, kappa_or_chance),
    )


def agreement_histogram(crowd: pd.DataFrame) -> pd.DataFrame:
    """How many faces at each level of agreement: columns agree (1 to the most votes of a face), n, share (of all, 0 to 1)."""
    most = int(crowd["votes"].max()) if len(crowd) else 0
    counts = np.bincount(crowd["agree"].to_numpy(np.int64), minlength=most + 1)[1:]
    return pd.DataFrame({"agree": np.arange(1, most + 1), "n": counts, "share": counts / max(1, len(crowd))})


def accuracy_by_agreement(
    answers: pd.DataFrame, crowd: pd.DataFrame, *, against: Literal["label", "crowd"] = "label", classes: Sequence[str] = ()
) -> pd.DataFrame:
    """How often a run is right at each level of agreement.

    Args:
        answers: columns sample, label, predicted.
        crowd: as from `crowd.summarise`, with id.
        against: what counts as right: the imported label, or the label that the crowd would give.
        classes: the run's classes; with against="crowd" faces to which the crowd gives another one are left out.

    Returns:
        One row a level that has faces, and one each for the faces on which the votes are unsure and sure: columns level (str:
        a number of votes, `unsure` or `sure`), agree (int, 0 for those two), n, correct, accuracy, low, high (95 % Wilson),
        baseline (share of the most frequent class at that level).
    """
    rows = answers[["sample", "label", "predicted"]].merge(
        crowd[["id", "crowd", "agree", "votes"]], left_on="sample", right_on="id", validate="one_to_one"
    )
    if against == "crowd":
        rows = rows[rows["crowd"].isin(list(classes))]
    groups = [(str(agree), agree, rows[rows["agree"] == agree]) for agree in sorted(set(rows["agree"].tolist()))]
    share = rows["agree"] / rows["votes"]
    groups += [("unsure", 0, rows[share <= UNSURE]), ("sure", 0, rows[share >= SURE])]
    table = []
    for level, agree, group in groups:
        if len(group):
            correct = int((group["predicted"] == group[against]).sum())
            baseline = group[against].value_counts().iloc[0] / len(group)
            table.append((level, agree, len(group), correct, correct / len(group), *wilson(correct, len(group)), baseline))
    return pd.DataFrame(table, columns=["level", "agree", "n", "correct", "accuracy", "low", "high", "baseline"])


@dataclass(frozen=True)
class VoteScores:
    """How near probabilities are to annotators' votes, on faces of which the crowd has a favourite.

    Attributes:
        divergence: mean Kullback-Leibler divergence of the probabilities from the shares of the votes for the run's classes,
            in nats; 0 when they are equal.
        majority: on the faces where more than half of all votes agree: n, accuracy, accuracy_ci95 (Wilson); accuracy and
            interval are None when there is none.
    """

    divergence: float
    majority: dict[str, Any]


def vote_scores(
    probabilities: NDArray[np.floating], labels: pd.Series, samples: pd.DataFrame, classes: Sequence[str]
) -> VoteScores:
    """Compare probabilities with the votes on the same faces.

    Args:
        probabilities: (N, C), rows sum to 1.
        labels: the crowd's favourites, among `classes`.
        samples: N rows with columns votes_NAME, in the same order.
        classes: the run's, in the order of the columns.
    """
    shares = vote_shares(samples, classes).astype(np.float64)
    wanted = shares / shares.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(wanted > 0, wanted * np.log(wanted / np.maximum(probabilities, 1e-12)), 0.0)
    right = np.array(classes, object)[probabilities.argmax(axis=1)] == labels.to_numpy()
    hits = right[shares.max(axis=1) > 0.5]
    correct = int(hits.sum())
    majority: dict[str, Any] = {"n": len(hits), "accuracy": None, "accuracy_ci95": None}
    if len(hits):
        majority |= {"accuracy": correct / len(hits), "accuracy_ci95": list(wilson(correct, len(hits)))}
    return VoteScores(float(parts.sum(axis=1).mean()), majority)


def kappa_or_chance(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Kappa, and 0 for a resample of one class alone, which says nothing beyond chance."""
    return np.nan_to_num(kappa(matrix), nan=0.0)
