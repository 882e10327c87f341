"""Show the mean saliency map of each cell of the confusion matrix."""

import streamlit as st

from pages.explain.parts.mean_maps import ask, pick_cell, ready, show_cell, show_cells, show_regions
from pages.ui import loaders
from pages.ui.empty import needs_dataset
from pages.ui.evaluation_data import evaluated, pictures_are_missing
from pages.ui.heading import lead


def show() -> None:
    """Show the mean saliency map of each cell of the confusion matrix."""
    lead("What the run looks at on average when it is right, and when it takes one expression for another.")
    shown = evaluated()
    if pictures_are_missing(shown):
        st.stop()
    dataset = needs_dataset()
    predictor = loaders.predictor(shown.run)
    drawn, asked = st.columns([5, 2], gap="large")
    with asked:
        request = ask(predictor, shown.source.split)
    with drawn:
        means = ready(shown, dataset, predictor, request, again=asked)
        show_cells(means, dataset, shown.classes)
    st.subheader("One mistake, beside the right answers", anchor=False)
    true, answer = pick_cell(means, shown.classes)
    show_cell(means, dataset, shown.classes, true, answer)
    st.subheader("Where on the face the evidence lies", anchor=False)
    show_regions(means, shown.classes)
