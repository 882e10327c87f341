"""From accuracy to macro F1 on the same answers: the slider, the score beside its baseline, and what each class adds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.evaluation.metrics import Evaluation
from fer_core.figures.imbalance import class_parts, score_path
from fer_core.labels import display_name
from fer_core.lesson import imbalance
from pages.ui.chart import chart
from pages.ui.heading import Figure, figures_row

PLACE = "imbalance_place"


def placeholders(scores: Evaluation) -> dict[str, str]:
    """What the words may refer to as {name}."""
    true = scores.matrix.sum(axis=1)
    rare = scores.classes[int(np.where(true > 0, true, true.max() + 1).argmin())]
    common = scores.classes[int(true.argmax())]
    return {
        "common": display_name(common),
        "common_n": numbers.count(int(true.max())),
        "rare": display_name(rare),
        "rare_n": numbers.count(int(true[scores.classes.index(rare)])),
        "n": numbers.count(scores.n),
        "majority": numbers.percent(scores.majority_baseline),
    }


def choose() -> float:
    """Where between accuracy (0) and macro F1 (1) the slider is."""
    percent = st.slider(
        "From accuracy (0%) to macro F1 (100%)", 0, 100, 0, step=5, format="%d%%", key=PLACE, persist_state="session"
    )
    return percent / 100


def show(scores: Evaluation, place: float) -> None:
    """The score at the slider with its interval, the constant answer's, the way between both ends, and the classes."""
    way = _path(scores.matrix.tobytes(), len(scores.classes))
    here = way.iloc[int((way["place"] - place).abs().argmin())]
    limits = scores.accuracy_ci95 if place == 0 else (here["low"], here["high"])
    name = {0.0: "Accuracy", 1.0: "Macro F1"}.get(place, "Score in between")
    figures_row(
        [
            Figure(
                name,
                numbers.percent(here["score"]),
                help="95% interval: Wilson's for accuracy, else bootstrap of the confusion matrix.",
                note=f"{numbers.interval(*limits)}, {numbers.sample(scores.n)}",
            ),
            Figure("Always the most frequent class", numbers.percent(here["baseline"]), note="the same score for it"),
            Figure("The run is ahead by", f"{numbers.points(here['score'] - here['baseline'])} points", note="of 100"),
        ],
        width=230,
    )
    left, right = st.columns(2, gap="large")
    with left:
        chart(score_path(way, place), key="imbalance_path", alt="The score from accuracy to macro F1")
    left.caption("Band: 95% intervals. Both lines are of the same answers; only the way of counting changes.")
    table = imbalance.by_class(scores.matrix, scores.classes, place)
    with right:
        chart(class_parts(table), key="imbalance_classes", alt="What each class counts and adds")
    right.caption(
        "Frames: how much a class counts. Full bars: how much of that the run reaches; they add up to the score. What is "
        "reached goes from the class's recall to its F1."
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _path(matrix: bytes, classes: int) -> pd.DataFrame:
    return imbalance.path(np.frombuffer(matrix, np.int64).reshape(classes, classes))
