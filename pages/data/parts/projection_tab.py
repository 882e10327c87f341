"""Show the faces laid out by their features."""

import streamlit as st

from pages.data.parts import projection
from pages.ui.before_after import before_after
from pages.ui.empty import needs_dataset
from pages.ui.heading import lead


def show() -> None:
    """Show the faces laid out by their features."""
    lead("Each face is a point; faces that the network finds similar lie close together.")
    data = needs_dataset()
    before_after(key="morph-data")
    st.subheader("Every face, and those that you draw around", anchor=False)
    request = projection.ask(data)
    layout = projection.ready(data, request)
    projection.show(data, layout, request)
    with st.expander("How to read it", icon=":material/help:"):
        st.markdown(
            "The network turns a face into about a thousand numbers, and the map flattens them into two. **PCA** keeps the two "
            "directions in which faces differ most: distances are honest, but most of the variance is not shown. **t-SNE** keeps "
            "neighbours together: clusters are real, but their sizes and the distances between them mean nothing. "
            "Before training "
            "the map often follows light and pose; after it, expressions part. Look at the faces where two colours "
            "meet: there the "
            "labels are in doubt, or the network is."
        )
