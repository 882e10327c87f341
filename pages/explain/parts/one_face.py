"""Show where the run looks in one face."""

import random

import pandas as pd
import streamlit as st

from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import probability_words
from pages.explain.parts.sample_filter import choose_samples
from pages.ui import loaders
from pages.ui.answer_card import answer_card, answers, controls, explanations
from pages.ui.browse import pager
from pages.ui.empty import empty_state, needs_dataset, needs_model
from pages.ui.faces import Caption, face_picker
from pages.ui.heading import lead
from pages.ui.whose import say_whose

SIZE = 22
PAGE, PICK = "face_page", "face_pick"


def first_page() -> None:
    st.session_state[PAGE], st.session_state[PICK] = 1, 0


def draw(total: int) -> None:
    """Go to the page of a random face, and pick it."""
    position = random.randrange(total)
    st.session_state[PAGE], st.session_state[PICK] = position // SIZE + 1, position % SIZE


def caption(row: pd.Series) -> Caption:
    answer = row["predicted"] if isinstance(row["predicted"], str) and row["predicted"] != row["label"] else ""
    return Caption(label=row["label"], answer=answer)


def show() -> None:
    """Show where the run looks in one face."""
    lead("Choose a face of the data set, and see the run's answer and where it looked.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    _, rows = choose_samples(data, run, changed=first_page, draw=draw)
    if rows.empty:
        empty_state("No face matches this filter. Choose another split or class, or show more than the mistakes.")
        st.stop()
    result = st.container(border=True)
    first, last = pager(len(rows), SIZE, key=PAGE)
    page = rows.iloc[first:last]
    picked = face_picker(data.images[page["id"].to_numpy()], [caption(row) for _, row in page.iterrows()], key=PICK, size=76)
    row = page.iloc[picked]
    with result:
        predictor = loaders.predictor(run)
        look = controls(predictor)
        face = data.images[int(row["id"])]
        given = answers(predictor, [face])
        with st.spinner("The map is being made …"):
            maps = explanations(predictor, [face], given, look)
        answer_card(face, given[0], maps[0], look, key="sample", name=f"sample-{row['id']}", label=row["label"])
        st.caption(f"{display_name(probability_words(predictor.calibration))}.")
        if row["label"] not in predictor.classes:
            st.caption(f"The run does not know the class {markdown(display_name(row['label']))}, so it can only be wrong here.")
        elif given[0].label != row["label"]:
            st.caption(
                f"This is a mistake of the run, or of the label {markdown(display_name(row['label']).lower())}: look, and decide."
            )
