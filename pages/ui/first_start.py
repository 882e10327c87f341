"""The first start with nothing: the synthetic faces that ship become a data set, so that there is something true to show."""

from pathlib import Path

import streamlit as st
from filelock import FileLock

from fer_core.datasets import prepared, staging, store, synthetic
from fer_core.errors import FerError
from fer_core.settings import settings
from pages.ui.access import require_write

_FAILED = "_first_start_failed"


def prepare() -> None:
    """Make the synthetic data set if there has never been any; for the frame alone, before the view."""
    if _marker().exists() or store.dataset_names() or st.session_state.get(_FAILED):
        return
    try:
        with staging.disk_errors():
            settings().workspace.mkdir(parents=True, exist_ok=True)
            with FileLock(settings().workspace / ".first-start.lock"):
                if not _marker().exists() and not store.dataset_names():
                    prepared.create_prepared()
                remember()
    except FerError:
        st.session_state[_FAILED] = True
        raise


def offer() -> None:
    """A button that brings the synthetic faces back, as at the first start; for a workspace without any data set."""
    if st.button(f"Take the {synthetic.COUNT:,} synthetic faces", icon=":material/face:", key="first-start-again"):
        require_write()
        _marker().unlink(missing_ok=True)
        st.session_state.pop(_FAILED, None)
        st.rerun()


def remember() -> None:
    """Take down that this workspace has had its start, so that deleted synthetic faces do not come back by themselves."""
    _marker().parent.mkdir(parents=True, exist_ok=True)
    _marker().touch()


def _marker() -> Path:
    return settings().workspace / ".first-start"
