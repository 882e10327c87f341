"""Show where the run looks in one face."""

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import Predictor, conversion_words, probability_words
from pages.explain.parts.face_choice import FacePages, no_face
from pages.explain.parts.sample_filter import choose_samples, follow
from pages.ui import loaders
from pages.ui.answer_card import Look, answer_card, answers, controls, explanations
from pages.ui.empty import needs_dataset, needs_model
from pages.ui.heading import lead
from pages.ui.whose import say_whose

PAGES = FacePages("face_page", "face_pick", 22)


def show() -> None:
    """Show where the run looks in one face."""
    lead("Choose a face of the data set, and see the run's answer and where it looked.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    follow(data, PAGES.pick, PAGES.turn_to)
    result, asked = st.columns([5, 2], gap="large")
    with asked:
        predictor = loaders.predictor(run)
        look = controls(predictor)
        _, rows = choose_samples(data, run, changed=PAGES.first, draw=PAGES.draw)
    if rows.empty:
        no_face()
    with result:
        explained, grid, below = st.container(), st.container(), st.container()
    row = PAGES.choose(data, rows, side=76, grid=grid, below=below)
    with explained:
        _explained(row, data, predictor, look)


def _explained(row: pd.Series, data: Dataset, predictor: Predictor, look: Look) -> None:
    face = np.asarray(data.images[int(row["id"])])
    given = answers(predictor, [face])
    with st.spinner("The map is being made …"):
        maps = explanations(predictor, [face], given, look)
    answer_card(
        predictor.fitted(face[None])[0],
        given[0],
        maps[0],
        look,
        key="sample",
        name=f"sample-{row['id']}",
        crop=None if data.meta.frame == predictor.frame else face,
        label=row["label"],
    )
    if data.meta.frame != predictor.frame:
        st.caption(conversion_words(data.meta.frame, predictor.frame))
    said = f"{display_name(probability_words(predictor.calibration))}."
    if row["label"] not in predictor.classes:
        said += f" The run does not know the class {markdown(display_name(row['label']))}, so it can only be wrong here."
    elif given[0].label != row["label"]:
        said += (
            f" This is a mistake of the run, or of the label {markdown(display_name(row['label']).lower())}: look, and decide."
        )
    st.caption(said)
