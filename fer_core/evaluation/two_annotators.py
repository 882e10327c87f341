"""Two annotators of the same faces: how far they agree beyond chance, and the faces that they dispute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.crowd import kappa
from fer_core.errors import InputError
from fer_core.evaluation.crowd import kappa_or_chance
from fer_core.evaluation.intervals import bootstrap_interval, wilson

EXCLUDED = ""
"""Stands for the label of a face that an annotator wants left out."""


@dataclass(frozen=True)
class TwoAnnotators:
    """How two annotators agree on the faces that both decided about.

    Attributes:
        classes: the data set's classes, and `EXCLUDED` where one of the two left a face out.
        matrix: counts, (classes, classes) int64; rows the first annotator, columns the second.
        share: faces to which both give the same, in [0, 1].
        share_ci95: its Wilson interval.
        kappa: Cohen's; NaN when both give everything the same class.
        kappa_ci95: percentile bootstrap over the faces; (NaN, NaN) when kappa is not defined.
        disputed: columns sample (id), first and second (class, or `EXCLUDED`), in order of id.
    """

    classes: tuple[str, ...]
    matrix: NDArray[np.int64]
    share: float
    share_ci95: tuple[float, float]
    kappa: float
    kappa_ci95: tuple[float, float]
    disputed: pd.DataFrame

    @property
    def n(self) -> int:
        """Number of faces that both decided about."""
        return int(self.matrix.sum())


def two_annotators(first: Mapping[int, str], second: Mapping[int, str], classes: Sequence[str]) -> TwoAnnotators:
    """Compare what two annotators say {sample id: class, or `EXCLUDED`}, on the samples that both name.

    Raises:
        InputError: there is no such sample.
    """
    both = sorted(set(first) & set(second))
    if not both:
        raise InputError(
            f"No face was decided about by both: the first decided about {len(first):,}, the second about {len(second):,} "
            "others; have both go through the same faces."
        )
    table = pd.DataFrame({"sample": both, "first": [first[one] for one in both], "second": [second[one] for one in both]})
    names = (*classes, *([EXCLUDED] if (table[["first", "second"]] == EXCLUDED).any(axis=None) else []))
    counts = pd.crosstab(table["first"], table["second"]).reindex(index=list(names), columns=list(names), fill_value=0)
    matrix = counts.to_numpy(np.int64)
    same, agreement = int(np.trace(matrix)), float(kappa(matrix))
    return TwoAnnotators(
        classes=names,
        matrix=matrix,
        share=same / len(both),
        share_ci95=wilson(same, len(both)),
        kappa=agreement,
        kappa_ci95=(float("nan"),) * 2 if np.isnan(agreement) else bootstrap_interval(matrix, kappa_or_chance),
        disputed=table[table["first"] != table["second"]].reset_index(drop=True),
    )
