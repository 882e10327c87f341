"""Show the model card and offer it as a file."""

import streamlit as st

from pages.evaluate.parts.report import at_a_glance, card_of, downloads, whole_card
from pages.ui.empty import needs_model
from pages.ui.heading import lead


def show() -> None:
    """Show the model card and offer it as a file."""
    lead("The run's model card: what it was trained on, how good it is, what it is bad at. One file that opens offline.")
    run = needs_model()
    drawn, asked = st.columns([5, 2], gap="large")
    with asked:
        pictures = st.toggle(
            "With example pictures",
            key="report_pictures",
            help="Faces of the data set, for each class the surest right and the surest wrong answer. Pass such a file on only "
            "if the publishers of the data set allow it.",
        )
        card = card_of(run, with_pictures=pictures)
        downloads(run, card)
        st.caption("The HTML file has the charts as well.")
    with drawn:
        at_a_glance(card)
    with st.expander("The whole card, with every setting", icon=":material/article:"):
        whole_card(card)
