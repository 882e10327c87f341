"""Draw one face of a data set over the page: large, its answer and its map, and what can be done with it from here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.datasets import editing
from fer_core.datasets.store import Dataset
from fer_core.datasets.traits import TRAITS, code, known
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.explain.overlay import enlarged, overlay
from fer_core.explain.sheet import png, share_card
from fer_core.labels import display_name
from fer_core.runs import ACTIVE, Run
from pages.ui import loaders
from pages.ui.answer_card import BARS_STYLE, answers, explanations, headline, legend, probability_bars, usual_look
from pages.ui.drawer import OPEN, choose
from pages.ui.edit_actions import attempt, in_words
from pages.ui.faces import class_chip
from pages.ui.navigation import go
from pages.ui.state import selected_dataset, selected_run

if TYPE_CHECKING:
    from fer_core.predictor import Answer

ORIGIN = "face drawer"
SIDE = 288


def draw() -> None:
    """Draw the drawer when a face is open; for the frame alone, after the view."""
    name, sample = st.session_state.get(OPEN, ("", -1))
    data = selected_dataset()
    if data is None or data.name != name or not 0 <= sample < data.meta.n:
        st.session_state.pop(OPEN, None)
        return
    _drawer(data, sample)


def _closed() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Face", width="large", on_dismiss=_closed)
def _drawer(data: Dataset, sample: int) -> None:
    try:
        _content(data, sample)
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")


def _content(data: Dataset, sample: int) -> None:
    row = data.samples.iloc[sample]
    face = np.asarray(data.images[sample])
    run = selected_run()
    answer, heat = _answered(run, face)
    pictures, words = st.columns([5, 4], gap="medium")
    with pictures:
        shown = [("As stored", enlarged(face, side=SIDE))]
        if answer is not None and heat is not None:
            shown.append((f"Evidence for {markdown(display_name(answer.label).lower())}", overlay(face, heat, side=SIDE)))
        with st.container(horizontal=True, gap="small", wrap=False, key="equal_drawer"):
            for caption, picture in shown:
                st.image(picture, width="stretch", caption=caption, alt=f"{caption}: sample {sample}, labelled {row['label']}")
        if heat is not None:
            legend()
    with words:
        st.html(f'<div class="fer-cards-label"><style>{BARS_STYLE}</style>Labelled <b>{class_chip(row["label"])}</b></div>')
        if answer is not None:
            st.markdown(headline(answer))
            st.html(f"<style>{BARS_STYLE}</style>{probability_bars(answer.probabilities)}")
        elif run is not None:
            st.caption(f"The run {markdown(run.about().name)} has no model to answer with.")
        st.caption(f"Sample {sample:,} · {row['split']} split")
    _ways(data, row, answer)
    _relabel(data, sample)
    _tags(data, sample)
    if answer is not None and heat is not None:
        _share(face, heat, answer, str(row["label"]), sample)


def _answered(run: Run | None, face: np.ndarray) -> tuple[Answer | None, np.ndarray | None]:
    """The chosen run's answer and its map; None where the run has no model."""
    if run is None or run.status().state in ACTIVE or not run.model_file.is_file():
        return None, None
    predictor = loaders.predictor(run)
    answer = answers(predictor, [face])[0]
    explanation = explanations(predictor, [face], [answer], usual_look(predictor))[0]
    return answer, None if explanation.empty else explanation.saliency


def _ways(data: Dataset, row: pd.Series, answer: Answer | None) -> None:
    """Buttons that lead to the views which look closer."""
    sample = int(row["id"])
    with st.container(horizontal=True, gap="small"):
        for label, icon, place in (
            ("Explain", ":material/center_focus_strong:", "explain/look"),
            ("Disturb", ":material/tune:", "try_it/disturb"),
            ("Similar faces", ":material/hub:", "data/faces#Similar faces"),
        ):
            if st.button(label, icon=icon, key=f"drawer-{label}"):
                choose(data, sample)
                _leave(place)
        if answer is not None and st.button("Its confusion cell", icon=":material/grid_on:", key="drawer-cell"):
            st.session_state["confusion_true"], st.session_state["confusion_predicted"] = row["label"], answer.label
            _leave("evaluate/errors#Confusion")


def _leave(place: str) -> None:
    _closed()
    go(place)


def _relabel(data: Dataset, sample: int) -> None:
    decided = data.edits().in_force.get(sample)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        label = st.selectbox(
            "Relabel as", data.meta.classes, format_func=display_name, index=None, key=f"drawer-label-{sample}", width=180
        )
        decide = partial(attempt, editing.decide, data, [sample])
        st.button(
            "Relabel",
            key="drawer-relabel",
            disabled=label is None,
            on_click=decide,
            args=("relabel",),
            kwargs={"label": label or "", "origin": ORIGIN},
        )
        st.button("Exclude", key="drawer-exclude", on_click=decide, args=("exclude",), kwargs={"origin": ORIGIN})
        if decided is not None:
            st.button(
                "Undo", key="drawer-undo", on_click=attempt, args=(editing.take_back, data, [sample]), kwargs={"origin": ORIGIN}
            )
    if decided is not None:
        st.caption(f"Your decision: {markdown(in_words(decided))}. The imported data stay as they are.")


def _tags(data: Dataset, sample: int) -> None:
    """What is to be seen of the face, for the viewer to say; Scores and the report slice by it."""
    seen = known(data.samples.iloc[[sample]], data.edits().tags).iloc[0]
    with st.expander("Glasses, beard, age, skin, light", icon=":material/sell:", key="drawer-tags"):
        with st.container(horizontal=True, gap="small"):
            for name, trait in TRAITS.items():
                key = f"drawer-tag-{name}-{sample}"
                st.selectbox(
                    trait.title,
                    ("", *trait.values),
                    index=code(name, seen[name]),
                    format_func=lambda value: value.capitalize() or "Not known",
                    key=key,
                    on_change=_tag,
                    args=(data, sample, name, key),
                    width=130,
                )
        st.caption("What you say is kept with the data set; **Scores** and the report show who a run fails by it.")


def _tag(data: Dataset, sample: int, trait: str, key: str) -> None:
    attempt(editing.tag, data, [sample], trait, st.session_state[key], origin=ORIGIN)


def _share(face: np.ndarray, heat: np.ndarray, answer: Answer, label: str, sample: int) -> None:
    st.download_button(
        "Picture to share (PNG)",
        lambda: png(share_card(face, heat, answer.probabilities, label=label)),
        file_name=f"sample-{sample}-{answer.label}.png",
        mime="image/png",
        icon=":material/share:",
        key="drawer-share",
        on_click="ignore",
        help="The face, its map and the answer, and a line on what such an answer is not. Mind the data set's licence.",
    )
