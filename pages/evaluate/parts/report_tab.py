"""Show the model card and offer it as a file."""

import streamlit as st

from pages.evaluate.parts.report import card_of, downloads
from pages.ui.empty import needs_model
from pages.ui.heading import lead


def show() -> None:
    """Show the model card and offer it as a file."""
    lead("The run's model card: what it was trained on, how good it is, what it is bad at. One file that opens offline.")
    run = needs_model()
    pictures = st.toggle(
        "With example pictures",
        key="report_pictures",
        help="Faces of the data set, for each class the surest right and the surest wrong answer. Pass such a file on "
        "only if the "
        "publishers of the data set allow it.",
    )
    downloads(run, card_of(run, with_pictures=pictures))
