"""The data set and the run that the whole app looks at: chosen at the top of the page, kept in the address.

The frame makes the pickers on every page. Their choice is written to the query parameters `dataset` and `run`, as a name and
an id (`bind="query-params"` would write the shown label, and leave the default out, which changes when a run finishes).
An address that was opened or linked wins over the session, a hand on the picker wins over both.
"""

import streamlit as st

from fer_core import runs
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError, NotFoundError
from fer_core.runs import Run
from pages.ui import loaders

DATASET = "dataset"
RUN = "run"


def selected_dataset() -> Dataset | None:
    """The data set chosen at the top of the page; None when there is none at all."""
    name = st.session_state.get(f"_{DATASET}")
    if name is None:
        return None
    try:
        return loaders.dataset(name)
    except NotFoundError:
        return None


def selected_run() -> Run | None:
    """The run chosen at the top of the page, queued, at work or failed too; None when there is none at all."""
    run_id = st.session_state.get(f"_{RUN}")
    if run_id is None:
        return None
    try:
        return runs.open_run(run_id)
    except FerError:
        return None


def choose_dataset(name: str) -> None:
    """Make a data set the chosen one; takes effect at the next run of the app (`st.rerun` or `st.switch_page`)."""
    st.session_state[f"_{DATASET}_next"] = name


def choose_run(run_id: str) -> None:
    """Make a run the chosen one; takes effect at the next run of the app (`st.rerun` or `st.switch_page`)."""
    st.session_state[f"_{RUN}_next"] = run_id
