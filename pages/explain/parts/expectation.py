"""Parts of the view of what the network expects: a picture made for each class, and the nearest training faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.datasets.signature import among
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.explain.expectation import (
    STEPS,
    Expectation,
    expected_faces,
    keep_expectation,
    kept_expectation,
    mean_start,
    plain_start,
)
from fer_core.explain.kept import kept
from fer_core.explain.neighbours import Neighbours, nearest_training_faces
from fer_core.explain.overlay import stretched
from fer_core.labels import display_name
from fer_core.progress import Progress
from fer_core.runs import Run
from pages.explain.parts.asked_work import asked_for, work_key
from pages.ui.drawer import sample_grid
from pages.ui.faces import Caption, face_grid
from pages.ui.loaders import run_features

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

MEAN, THIS, GREY = "The mean face", "This face", "Plain grey"
NEIGHBOURS = 12
_SECONDS_A_STEP = 0.15


def show_expectation(predictor: Predictor, data: Dataset, sample: int) -> None:
    """A picture for each class, made from a start of the viewer's choice."""
    start = st.segmented_control(
        "Start from", [MEAN, THIS, GREY], default=MEAN, required=True, key="expect_start", persist_state="session"
    )
    face = _start(predictor, data, sample, start)

    def work(report: Progress) -> Expectation:
        expectation = expected_faces(predictor.model, face, progress=report)
        if data.meta.drawn or start == GREY:  # a picture that was made from somebody's face is kept nowhere
            keep_expectation(predictor.run, expectation)
        return expectation

    seconds = 3 + STEPS * _SECONDS_A_STEP * len(predictor.classes) / 5
    expectation: Expectation | None = asked_for(
        work_key("expectation", predictor, data, start, sample if start == THIS else "-"),
        title="The pictures are being made",
        offer=f"{len(predictor.classes)} pictures are changed in {STEPS} steps, each so that the network is surer of its class: "
        f"about {numbers.duration(seconds)} on two idle cores.",
        button="Make the pictures",
        function=work,
        kept=lambda: kept_expectation(predictor.run, face),
        seconds=seconds,
    )
    if expectation is None:
        return
    pictures = [expectation.start, *(stretched(picture) for picture in expectation.pictures)]
    captions = [Caption(detail="the start", alt="The picture that all others began from")]
    for number, name in enumerate(predictor.classes):
        shares = (
            f"{numbers.percent(float(expectation.before[number]), 0)} → {numbers.percent(float(expectation.after[number]), 0)}"
        )
        captions.append(Caption(label=name, detail=shares, alt=f"Made for {name}: its probability went {shares}"))
    face_grid(pictures, captions, size=118)
    st.caption(
        "Below each picture: the probability of its class before and after, without calibration. The pictures are kept smooth, "
        "near the start and alike on both sides, and shown with their full contrast. They exaggerate what tells a class from the "
        "others. That the network is sure of pictures which nobody would take for a face is worth remembering when it is sure of "
        "a photo."
    )


def show_neighbours(run: Run, predictor: Predictor, data: Dataset, sample: int) -> None:
    """The training faces whose features are most like those of a face, with label, answer and distance."""
    recorded = kept(run, Neighbours, data.meta.fingerprint, NEIGHBOURS)
    features = run_features(run, data, recorded=recorded is not None)
    if features is not None:
        neighbours = nearest_training_faces(features, data.samples, sample, count=NEIGHBOURS, classes=predictor.classes)
    elif recorded is not None:
        neighbours = recorded.of(sample, data.samples)
    else:
        return
    ids = neighbours["sample"].to_numpy(np.int64)
    faces = np.asarray(data.images[np.array([sample, *ids])])
    given = [answer.label for answer in predictor.answers(faces)]
    own = str(data.samples["label"].iloc[sample])
    same, right = neighbours["label"] == own, neighbours["label"] == given[0]
    captions = [_caption(own, given[0], "this face"), *_captions(neighbours, given[1:])]
    sample_grid(data, [sample, *ids.tolist()], captions, key="expect_near", chosen=0)
    st.markdown(
        f"Of the {len(neighbours)} nearest training faces **{int(same.sum())}** have the label of this face "
        f"({markdown(display_name(own).lower())}), **{int(right.sum())}** the class of the run's answer "
        f"({markdown(display_name(given[0]).lower())})."
    )
    st.caption(
        "Label, what the run answers where that is something else, and the distance: 1 minus the cosine of the angle between "
        f"the features that the last layer gets, 0 for the same direction. {_seen(run, data, ids)}"
    )
    if neighbours["copy"].any():
        st.warning(
            f"{int(neighbours['copy'].sum())} of them are copies of this face, so that its answer may be remembered rather than "
            "recognised. The Audit view finds all copies.",
            icon=":material/content_copy:",
        )


def _start(predictor: Predictor, data: Dataset, sample: int, start: str) -> NDArray[np.uint8]:
    if start == GREY:
        return plain_start(predictor.frame)
    face = np.asarray(data.images[sample]) if start == THIS else mean_start(data.images)
    return predictor.fitted(face[None])[0]


def _captions(neighbours: pd.DataFrame, given: list[str]) -> list[Caption]:
    return [
        _caption(row.label, answer, numbers.decimal(row.distance) + (", a copy" if row.copy_ else ""))
        for row, answer in zip(neighbours.rename(columns={"copy": "copy_"}).itertuples(), given, strict=True)
    ]


def _caption(label: str, answer: str, detail: str) -> Caption:
    return Caption(label=label, answer=answer if answer != label else "", detail=detail)


def _seen(run: Run, data: Dataset, samples: NDArray[np.int64]) -> str:
    """How many of the faces the run was trained on."""
    learned = among(data.samples["hash"].iloc[samples], run.training_samples()["hash"]).sum()
    if learned == len(samples):
        return "The run was trained on all of them."
    if not learned:
        return "The run was trained on none of them: they are the training faces of this data set, not of the run."
    return f"The run was trained on {learned} of them; the others are training faces of this data set only."
