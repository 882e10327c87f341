"""Playing the training of a run that has ended once more, as it went."""

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.learning import of_run, shipped, watch


def replay(run: Run, *, autoplay: bool = False, big: bool = False) -> None:
    """Play the training of a run that has ended, or for a run that ships the training that was recorded to be watched.

    Args:
        run: nothing is shown where it has neither epochs nor batches.
        autoplay: begin by itself.
        big: in large type, for a room.
    """
    if not any(len(frame) for frame in loaders.recorded(run)):
        return
    if run.read_only and not loaders.moments(run):
        _recorded_run(autoplay=autoplay, big=big)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded", icon=":material/history:", color="violet")
        st.caption("As it was recorded during training; the run is not training now.", width="content")
    watch(of_run(run), key=f"replay_{run.id}", autoplay=autoplay, big=big)


def _recorded_run(*, autoplay: bool, big: bool) -> None:
    learning, origin = shipped()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded run", icon=":material/history:", color="violet")
        st.caption(
            f"Another, shorter training of this network on {markdown(origin.dataset)} ({numbers.count(origin.train)} faces at "
            f"{origin.resolution} px), asked at {len(learning.moments)} moments; nothing is training now.",
            width="content",
        )
    watch(learning, key="recorded_run", autoplay=autoplay, big=big)
