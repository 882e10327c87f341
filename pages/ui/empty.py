"""Empty states: what a view says when it has nothing to show, and the step that helps."""

import streamlit as st

from fer_core.datasets import prepared, synthetic
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.runs import ACTIVE, Run
from pages.ui.access import require_write
from pages.ui.navigation import link
from pages.ui.state import selected_dataset, selected_run

START_FAILED = "_first_start_failed"
"""Session key: the synthetic faces of the first start could not be written."""


def empty_state(sentence: str, *, page: str | None = None, label: str = "", icon: str = ":material/arrow_forward:") -> None:
    """A quiet box with one sentence and, if `page` is given, a link to the page that helps. Does not stop the view."""
    with st.container(border=True):
        st.markdown(sentence)
        if page is not None:
            link(page, label=label, icon=icon)


def needs_dataset() -> Dataset:
    """The chosen data set; when there is none, says so with a link and stops the view."""
    data = selected_dataset()
    if data is None:
        no_dataset()
        st.stop()
    return data


def no_dataset() -> None:
    """Says that there is no data set, and offers both ways to one. Does not stop the view."""
    with st.container(border=True):
        st.markdown(
            "There is no data set yet. Import FER2013 or pictures of your own, or take the faces that come with FER Lab: they "
            "are drawn by a program and show no real person."
        )
        link("data/import_export", label="Import a data set", icon=":material/arrow_forward:")
        _offer_synthetic()


def _offer_synthetic() -> None:
    """Draw a button that brings the synthetic faces back, as at the first start."""
    if st.button(f"Take the {synthetic.COUNT:,} synthetic faces", icon=":material/face:", key="first-start-again"):
        require_write("import")
        prepared.forget_start()
        st.session_state.pop(START_FAILED, None)
        st.rerun()


def needs_run() -> Run:
    """The chosen run in any state; when there is none, says so with a link and stops the view."""
    run = selected_run()
    if run is None:
        empty_state("There is no run yet. Train one first.", page="train/new_run", label="Start a run")
        st.stop()
    return run


def needs_model() -> Run:
    """The chosen run, when it has a model and is not being trained now; otherwise says why, with a link, and stops the view."""
    run = needs_run()
    status = run.status()
    if status.state in ACTIVE:
        empty_state(
            f"The run **{markdown(run.about().name)}** is still {status.state}. Its results are here when it has ended; "
            "choose another run at the top of the page meanwhile.",
            page="train/runs#One run",
            label="Watch it",
        )
        st.stop()
    if not run.model_file.is_file():
        empty_state(
            f"The run **{markdown(run.about().name)}** ended without a model ({status.state}). "
            "Choose another run at the top of the page, or train one.",
            page="train/runs",
            label="See all runs",
        )
        st.stop()
    return run
