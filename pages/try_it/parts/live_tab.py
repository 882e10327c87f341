"""A face in front of the camera, answered and explained by the browser alone."""

import streamlit as st

from fer_core.runs import Run
from fer_core.runs.version import answers_in_int8
from pages.try_it.parts.live_component import live
from pages.try_it.parts.live_words import about_live, off, privacy, snapshots, stop_unfit
from pages.try_it.parts.notices import about_run, run_for_photos
from pages.ui.boundary import error_boundary
from pages.ui.empty import needs_model
from pages.ui.heading import lead


def show() -> None:
    """A face in front of the camera, answered and explained by the browser alone."""
    lead("A face in front of the camera, answered and explained by your browser alone: no picture leaves it.")
    chosen = needs_model()
    off()
    _screen(chosen)
    privacy()


@st.fragment
def _screen(chosen: Run) -> None:
    """A snapshot draws this part anew, and leaves the picture as it is."""
    with error_boundary():
        shown = st.container()
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            run = run_for_photos(chosen)
            small = answers_in_int8(run)
            if small:
                full = st.toggle(
                    "Full precision",
                    key="live_floats",
                    help="Answers by the network as it was trained, in place of the one in 8 bits that answers photos: 13 MB to "
                    "load in place of 3, and nearly the same answers.",
                )
                small = not full
            snapshots()
        stop_unfit(run)
        with shown:
            live(run, int8=small)
        about_live(run, int8=small)
        about_run(run)
