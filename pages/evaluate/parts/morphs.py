"""Parts of the Subtle expressions view that look between two pictures of the data set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.evaluation.morphs import Morph, find_landmarks, flips, morph
from fer_core.evaluation.psychometric import NEUTRAL
from fer_core.figures.psychometric import morph_lines
from fer_core.labels import display_name
from fer_core.predictor import probability_words
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import splits
from pages.ui.faces import Caption, face_grid, face_picker

SIZE = 12
"""Faces that each picker shows at a time."""

SIDES = {"first": "From", "second": "To"}


def between_pictures(run: Run, data: Dataset) -> None:
    """Two pickers, and what the run answers to the faces between the two that are picked."""
    result = st.container(border=True)
    split = st.selectbox("Split", splits(data), format_func=display_name, key="morph_split", persist_state="session", width=150)
    rows = data.split(split)
    labels = [name for name in data.meta.classes if (rows["label"] == name).any()]
    if len(rows) < 2 or not labels:
        empty_state("A morph needs two faces. Choose another split or data set.")
        return
    calm = NEUTRAL if NEUTRAL in labels else labels[0]
    moved = next((name for name in ("happy", *labels) if name in labels and name != calm), calm)
    picked = []
    for column, (side, title), usual in zip(st.columns(2, gap="large"), SIDES.items(), (calm, moved), strict=True):
        with column:
            picked.append(_pick(data, rows, labels, side, title, usual))
    with result:
        _show(run, data, picked[0], picked[1])


def _pick(data: Dataset, rows: pd.DataFrame, labels: list[str], side: str, title: str, usual: str) -> pd.Series:
    key = f"morph_{side}_class"
    if st.session_state.get(key) not in labels:
        st.session_state[key] = usual
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(title, labels, format_func=display_name, key=key, persist_state="session", width=150)
        st.button("Other faces", icon=":material/shuffle:", on_click=_turn, args=(side,), key=f"morph_{side}_more")
    mine = rows[rows["label"] == label]
    start = st.session_state.get(f"morph_{side}_page", 0) * SIZE % len(mine)
    page = mine.sample(frac=1, random_state=0).iloc[start : start + SIZE]
    place = face_picker(
        data.images[page["id"].to_numpy()],
        [Caption(label=name) for name in page["label"]],
        key=f"morph_{side}_face",
        size=64,
    )
    return page.iloc[place or 0]


def _turn(side: str) -> None:
    key = f"morph_{side}_page"
    st.session_state[key] = st.session_state.get(key, 0) + 1
    st.session_state[f"morph_{side}_face"] = 0


def _show(run: Run, data: Dataset, first: pd.Series, second: pd.Series) -> None:
    predictor = loaders.predictor(run)
    morph = _morph(data.meta.fingerprint, int(first["id"]), int(second["id"]), data)
    given = predictor.probabilities(predictor.logits(morph.faces))
    changes = flips(given, morph.shares, predictor.classes)
    best = given.argmax(axis=1)
    names = [predictor.classes[place] for place in best]
    st.markdown(
        f"From **{markdown(display_name(first['label']))}** (answered "
        f"{markdown(display_name(names[0]))}, {numbers.percent(given[0].max(), 0)}) to "
        f"**{markdown(display_name(second['label']))}** (answered {markdown(display_name(names[-1]))}, "
        f"{numbers.percent(given[-1].max(), 0)}). " + _changes(changes, names[0])
    )
    captions = [
        Caption(label=name, detail=f"{share:.0%}: {numbers.percent(row.max(), 0)} sure")
        for name, share, row in zip(names, morph.shares, given, strict=True)
    ]
    face_grid(morph.faces, captions, size=84)
    chart(
        morph_lines(morph.shares, given, predictor.classes, changes, ends=(first["label"], second["label"])),
        key="morph_lines",
        alt="Probability of each class along the morph",
    )
    how = (
        "Both faces were found: their shapes are warped onto each other by five landmarks while the pictures are dissolved."
        if morph.warped
        else "A face was not found in both pictures, so that they are dissolved without warping: features may show twice."
    )
    st.caption(
        f"{how} The faces between are of nobody, and a little smoother than photographs. One pair of pictures shows how the run "
        f"changes its mind, not how often it is right. {display_name(probability_words(predictor.calibration))}."
    )


def _changes(changes: pd.DataFrame, start: str) -> str:
    if changes.empty:
        return f"The answer stays {markdown(display_name(start))} all the way."
    parts = [
        f"from {markdown(display_name(row['before']))} to {markdown(display_name(row['after']))} at **{row['share']:.0%}**"
        for row in changes.to_dict("records")
    ]
    return f"The answer changes {', then '.join(parts)} of the way."


@st.cache_data(max_entries=64, show_spinner="Looking for both faces …")
def _morph(fingerprint: str, first: int, second: int, _data: Dataset) -> Morph:
    pair = [np.array(_data.images[place]) for place in (first, second)]
    return morph(pair[0], pair[1], landmarks=(find_landmarks(pair[0]), find_landmarks(pair[1])))
