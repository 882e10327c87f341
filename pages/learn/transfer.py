import streamlit as st

from pages.ui import feature_map_parts, filter_parts, freeze_parts, neighbour_parts, transfer_curves
from pages.ui.boundary import error_boundary
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import heading
from pages.ui.words import say

WORDS = "transfer"


@st.fragment
def first_filters() -> None:
    with error_boundary():
        numbers = filter_parts.numbers()
        pictures, lecture = st.columns([5, 2], gap="large")
        with lecture:
            say(WORDS, "The first filters", **numbers)
        with pictures:
            chosen = filter_parts.choose()
            filter_parts.show_all(chosen)
            choice, shown = st.columns([3, 1], gap="medium", vertical_alignment="center")
            with choice:
                face = feature_map_parts.choose_face()
            with shown.container(width=110):
                face_grid([face], [Caption(alt="The face that the filters look at")], size=90)
        with st.container(border=True):
            filter_parts.show_one(face, chosen)
        st.markdown("**What all of them find in this face**")
        filter_parts.show_found(face, chosen)


@st.fragment
def neighbours() -> None:
    with error_boundary():
        found = neighbour_parts.ready()
        if found is None:
            return
        neighbour_parts.show_face(*found)
        neighbour_parts.show_shares(*found)


@st.fragment
def freezing() -> None:
    with error_boundary():
        backbone, chosen, data = freeze_parts.choose()
        say(WORDS, "The slider", **freeze_parts.numbers(backbone, data))
        freeze_parts.show(backbone, chosen, data)
        with st.expander("All places of the slider", icon=":material/table:"):
            freeze_parts.table(backbone, data)


heading("Transfer", "What a network that knows photographs of things brings along for faces, and how much of it is trained anew.")
say(WORDS, "The idea")
st.subheader("The first filters", anchor=False)
first_filters()
st.subheader("What it already sees in a face", anchor=False)
say(WORDS, "Neighbours")
if st.toggle("Ask the untrained network for neighbours", key="neighbours_look", persist_state="session"):
    neighbours()
st.subheader("How much is trained", anchor=False)
freezing()
st.subheader("Three ways, three curves", anchor=False)
say(WORDS, "Three ways")
transfer_curves.show()
