"""What is played of a training: curves, confusion of validation, and a few faces, as numbers for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core import numbers
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import macro_f1
from fer_core.figures import curves, theme
from fer_core.labels import colours, display_name
from fer_core.runs.moments import Moment

SECONDS = 40.0
"""The longest that a training is played."""

_STOP_SECONDS = 2.0
_POINTS = 90  # Of the training line: fewer than in a chart to read, so that its course is seen while it grows.


@dataclass(frozen=True)
class Learning:
    """What is shown of a training.

    Attributes:
        classes: in the order of the answers.
        epochs: as `Run.epochs`.
        batches: as `Run.batches`.
        moments: in order; none for runs that did not keep them.
        faces: pictures as data URIs, in the order of the moments' faces; none where they are not there.
        about: which faces these are, in one sentence.
        planned: epochs that it will have at most; None when it has ended.
        best: number of the best epoch.
        baseline: accuracy of always answering with the most frequent class of validation.
    """

    classes: tuple[str, ...]
    epochs: pd.DataFrame
    batches: pd.DataFrame
    moments: Sequence[Moment] = ()
    faces: Sequence[str] = ()
    about: str = ""
    planned: int | None = None
    best: int | None = None
    baseline: float | None = None


def film(learning: Learning) -> dict[str, Any]:
    """What the browser gets: numbers as lists, and the positions, in epochs, at which it can stop."""
    epochs, batches, moments = learning.epochs, learning.batches, learning.moments
    reached = max((float(frame["epoch"].max()) for frame in (epochs, batches) if len(frame)), default=0.0)
    stops = sorted({0.0, *(moment.epoch for moment in moments), *epochs["epoch"].astype("float64"), round(reached, 4)})
    seen = {round(moment.epoch, 4): moment.right / moment.n for moment in moments}
    judged = {float(epoch): share for epoch, share in _pairs(epochs, "val_accuracy")} | seen
    return {
        "classes": [[name, display_name(name), tone] for name, tone in colours(learning.classes).items()],
        "stops": stops,
        "end": max(learning.planned or 0, int(np.ceil(reached - 1e-6)), 1),
        "seconds": min(SECONDS, _STOP_SECONDS * max(1, len(stops) - 1)),
        "training": {
            name: _pairs(curves.training_line(epochs, batches, name, points=_POINTS), name) if len(epochs) + len(batches) else []
            for name in ("accuracy", "loss")
        },
        "validation": {"accuracy": [list(pair) for pair in sorted(judged.items())], "loss": _pairs(epochs, "val_loss")},
        "phases": [[curves.PHASES.get(name, name), low, high] for name, low, high in curves.phases(epochs, batches)],
        "moments": [
            {
                "epoch": moment.epoch,
                "labels": moment.labels,
                "probabilities": moment.probabilities,
                "confusion": moment.confusion,
                **_score(moment),
            }
            for moment in moments
        ],
        "faces": list(learning.faces),
        "about": learning.about,
        "best": learning.best,
        "baseline": learning.baseline,
        "tones": {"training": theme.TRAINING, "validation": theme.VALIDATION},
        "alt": "Accuracy or loss by epoch, in training and validation",
    }


def _score(moment: Moment) -> dict[str, str]:
    right, n, f1 = moment.right, moment.n, float(macro_f1(np.array(moment.confusion)))
    limits = f"95% interval {numbers.interval(*wilson(right, n))}, macro F1 {numbers.percent(f1)}"
    return {"score": f"{numbers.percent(right / n)} right, {numbers.sample(n)}", "limits": limits}


def _pairs(table: pd.DataFrame, column: str) -> list[list[float]]:
    """[epoch, value] of the rows that have both."""
    if column not in table or table.empty:
        return []
    rows = table[["epoch", column]].astype("float64").dropna().round(5)
    return rows.to_numpy().tolist()
