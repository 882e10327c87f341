"""Show what the run expects of a class, and the nearest training faces."""

import streamlit as st

from pages.explain.parts.expectation import show_expectation, show_neighbours
from pages.explain.parts.face_choice import choose_face
from pages.ui import loaders
from pages.ui.empty import needs_dataset, needs_model
from pages.ui.heading import lead
from pages.ui.whose import say_whose


def show() -> None:
    """Show what the run expects of a class, and the nearest training faces."""
    lead("Make the picture that each class responds to most, and find the training faces nearest to a face.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    result, asked = st.columns([5, 2], gap="large")
    with asked:
        _, _, row = choose_face(data, run)
    predictor = loaders.predictor(run)
    with result:
        st.subheader("The nearest training faces", anchor=False)
        show_neighbours(run, predictor, data, int(row["id"]))
        st.subheader("A picture for each class", anchor=False)
        show_expectation(predictor, data, int(row["id"]))
