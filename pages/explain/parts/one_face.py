"""Show where the run looks in one face."""

import random

import pandas as pd
import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import Predictor, probability_words
from pages.explain.parts.sample_filter import choose_samples, follow, followed
from pages.ui import loaders
from pages.ui.answer_card import Look, answer_card, answers, controls, explanations
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
    turn_to(random.randrange(total))


def turn_to(position: int) -> None:
    st.session_state[PAGE], st.session_state[PICK] = position // SIZE + 1, position % SIZE


def caption(row: pd.Series) -> Caption:
    answer = row["predicted"] if isinstance(row["predicted"], str) and row["predicted"] != row["label"] else ""
    return Caption(label=row["label"], answer=answer)


def show() -> None:
    """Show where the run looks in one face."""
    lead("Choose a face of the data set, and see the run's answer and where it looked.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    follow(data, PICK, turn_to)
    result, asked = st.columns([5, 2], gap="large")
    with asked:
        predictor = loaders.predictor(run)
        look = controls(predictor)
        _, rows = choose_samples(data, run, changed=first_page, draw=draw)
    if rows.empty:
        empty_state("No face matches this filter. Choose another split or class, or show more than the mistakes.")
        st.stop()
    with result:
        explained, grid = st.container(), st.container()
        first, last = pager(len(rows), SIZE, key=PAGE)
    page = rows.iloc[first:last]
    with grid:
        captions = [caption(row) for _, row in page.iterrows()]
        picked = face_picker(data.images[page["id"].to_numpy()], captions, key=PICK, size=76)
    row = page.iloc[picked or 0]
    followed(data, PICK, int(row["id"]))
    with explained:
        _explained(row, data, predictor, look)


def _explained(row: pd.Series, data: Dataset, predictor: Predictor, look: Look) -> None:
    face = data.images[int(row["id"])]
    given = answers(predictor, [face])
    with st.spinner("The map is being made …"):
        maps = explanations(predictor, [face], given, look)
    answer_card(face, given[0], maps[0], look, key="sample", name=f"sample-{row['id']}", label=row["label"])
    said = f"{display_name(probability_words(predictor.calibration))}."
    if row["label"] not in predictor.classes:
        said += f" The run does not know the class {markdown(display_name(row['label']))}, so it can only be wrong here."
    elif given[0].label != row["label"]:
        said += (
            f" This is a mistake of the run, or of the label {markdown(display_name(row['label']).lower())}: look, and decide."
        )
    st.caption(said)
