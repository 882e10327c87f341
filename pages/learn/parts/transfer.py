"""Show what transfer brings along."""

import streamlit as st

from pages.learn.parts import feature_maps, filters, freezing, neighbours, transfer_curves
from pages.learn.parts.words import say
from pages.ui.before_after import before_after
from pages.ui.boundary import error_boundary
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import lead

WORDS = "transfer"


@st.fragment
def first_filters() -> None:
    with error_boundary():
        numbers = filters.placeholders()
        pictures, lecture = st.columns([5, 2], gap="large")
        with lecture:
            say(WORDS, "The first filters", **numbers)
        with pictures:
            chosen = filters.choose()
            filters.show_all(chosen)
            choice, shown = st.columns([3, 1], gap="medium", vertical_alignment="center")
            with choice:
                face = feature_maps.choose_face()
            with shown.container(width=110):
                face_grid([face], [Caption(alt="The face that the filters look at")], size=90)
        with st.container(border=True):
            filters.show_one(face, chosen)
        st.markdown("**What all of them find in this face**")
        filters.show_found(face, chosen)


@st.fragment
def untrained_neighbours() -> None:
    with error_boundary():
        data_and_file = neighbours.ready()
        if data_and_file is None:
            return
        neighbours.show_face(*data_and_file)
        neighbours.show_shares(*data_and_file)


@st.fragment
def slider() -> None:
    with error_boundary():
        backbone, chosen, data = freezing.choose()
        say(WORDS, "The slider", **freezing.placeholders(backbone, data))
        freezing.show(backbone, chosen, data)
        with st.expander("All places of the slider", icon=":material/table:"):
            freezing.table(backbone, data)


def show() -> None:
    """Show what transfer brings along."""
    lead("What a network pretrained on photographs brings to faces, and how much of it is trained again.")
    before_after(key="morph-learn", recorded_first=True)
    say(WORDS, "The idea")
    st.subheader("The first filters", anchor=False)
    first_filters()
    st.subheader("What it already sees in a face", anchor=False)
    say(WORDS, "Neighbours")
    if st.toggle("Ask the untrained network for neighbours", key="neighbours_look", persist_state="session"):
        untrained_neighbours()
    st.subheader("How much is trained", anchor=False)
    slider()
    st.subheader("Three ways, three curves", anchor=False)
    say(WORDS, "Three ways")
    transfer_curves.show()
