"""The first start with nothing: the synthetic faces that ship become a data set, so that there is something true to show."""

import streamlit as st

from fer_core.datasets import prepared
from fer_core.errors import FerError
from pages.ui.empty import START_FAILED


def prepare() -> None:
    """Make the synthetic data set if there has never been any; for the frame alone, before the view."""
    if st.session_state.get(START_FAILED):
        return
    try:
        prepared.begin()
    except FerError:
        st.session_state[START_FAILED] = True
        raise
