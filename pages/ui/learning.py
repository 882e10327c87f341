"""Play a training: curves that grow, a confusion matrix that fills, and faces whose answers change, in the browser alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.statistics import majority
from fer_core.errors import FerError
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import macro_f1
from fer_core.figures import curves, theme
from fer_core.labels import colours, display_name
from fer_core.lesson import recorded_run
from fer_core.lesson.recorded_run import Origin
from fer_core.runs import Run
from fer_core.runs.moments import Moment
from pages.ui import loaders
from pages.ui.faces import png_uri

SECONDS = 40.0
"""The longest that a training is played."""

_STOP_SECONDS = 2.0
_POINTS = 90  # Of the training line: fewer than in a chart to read, so that its course is seen while it grows.
_HERE = Path(__file__)
_component = st.components.v2.component(
    "fer_learning", **{kind: _HERE.with_suffix(f".{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
)


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


def of_run(run: Run, *, planned: int | None = None) -> Learning:
    """What a run has recorded so far; its faces are taken from its data set, where that is still there."""
    (epochs, batches), moments = loaders.recorded(run), loaders.moments(run)
    return Learning(
        classes=run.classes(),
        epochs=epochs,
        batches=batches,
        moments=moments,
        faces=_faces_of(run, moments[0]) if moments else (),
        about="Validation faces with their label, and what the network answers.",
        planned=planned,
        best=run.status().best_epoch,
        baseline=baseline(run),
    )


def baseline(run: Run) -> float | None:
    """Accuracy of always answering with the most frequent class of a run's validation faces; None while they are not known."""
    training = run.training()
    counts = training.counts.get("validation", {}) if training else {}
    return majority(counts)[1] if any(counts.values()) else None


def shipped() -> tuple[Learning, Origin]:
    """The recording that comes with the project, with its drawn faces, and where it is from.

    Raises:
        NotFoundError: the file is missing or damaged.
        DatasetError: the drawn faces are damaged.
    """
    return _shipped(loaders.stamp(recorded_run.RECORDED))


def watch(learning: Learning, *, key: str, autoplay: bool = False, big: bool = False) -> None:
    """Play a training, with buttons, single steps and a scrubber.

    Args:
        learning: at least an epoch or a batch of it. What is added to it later is followed.
        key: of the component.
        autoplay: begin by itself, from the start; not where the viewer's system asks for less motion.
        big: in large type, for a room.
    """
    _component(key=key, data=film(learning) | {"autoplay": autoplay, "big": big})


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


def _faces_of(run: Run, moment: Moment) -> tuple[str, ...]:
    """Pictures of a run's watched faces; none where the data set is gone, or another one has its name."""
    training = run.training()
    try:
        data = loaders.dataset(run.config().dataset)
    except FerError:
        return ()
    if training is None or data.meta.fingerprint != training.fingerprint or max(moment.faces, default=0) >= data.meta.n:
        return ()
    return _pictures(data.meta.fingerprint, moment.faces, data.images)


@st.cache_data(max_entries=16, show_spinner=False)
def _pictures(fingerprint: str, faces: tuple[int, ...], _images: np.ndarray) -> tuple[str, ...]:
    return tuple(png_uri(np.asarray(_images[face])) for face in faces)


@st.cache_data(max_entries=2, show_spinner=False)
def _shipped(stamp: int) -> tuple[Learning, Origin]:
    found = recorded_run.load()
    rows = found.moments[-1].confusion
    learning = Learning(
        classes=found.classes,
        epochs=found.epochs,
        batches=found.batches,
        moments=found.moments,
        faces=tuple(png_uri(face) for face in recorded_run.faces(found)),
        about="Drawn faces, of nobody, that were not learned from: the expression that was drawn, and what the network answers.",
        baseline=max(map(sum, rows)) / sum(map(sum, rows)),
    )
    return learning, found.origin
