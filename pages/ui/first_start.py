"""The first start with nothing: drawn faces are made once, so that there is something true to show."""

from pathlib import Path

import streamlit as st
from filelock import FileLock

from fer_core.datasets import store, synthetic
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.ui.access import require_write
from pages.ui.work import current_work, start_work, watch_work

COUNT = 3000
SEED = 0


def prepare() -> None:
    """Make the synthetic data set if there has never been any; for the frame alone, before the view."""
    key = f"first-start {settings().workspace}"
    if current_work(key) is None and (_marker().exists() or store.dataset_names() or st.session_state.get("_first_start_failed")):
        return
    with st.container(border=True):
        st.markdown(
            f"**First start.** There is no data set yet, so {COUNT:,} faces are being drawn to practise on. "
            "They are made by a program and show no real person."
        )
        start_work(key, "Drawing faces", _make)
        try:
            watch_work(key)
        except Exception:
            st.session_state["_first_start_failed"] = True
            raise
    st.rerun()


def offer() -> None:
    """A button that has the synthetic faces drawn again, as at the first start; for a workspace without any data set."""
    if st.button(f"Draw {COUNT:,} synthetic faces", icon=":material/brush:", key="first-start-again"):
        require_write()
        _marker().unlink(missing_ok=True)
        st.session_state.pop("_first_start_failed", None)
        st.rerun()


def remember() -> None:
    """Take down that this workspace has had its start, so that deleted synthetic faces do not come back by themselves."""
    _marker().parent.mkdir(parents=True, exist_ok=True)
    _marker().touch()


def _marker() -> Path:
    return settings().workspace / ".first-start"


def _make(report: Progress) -> None:
    settings().workspace.mkdir(parents=True, exist_ok=True)
    with FileLock(settings().workspace / ".first-start.lock"):
        if not _marker().exists() and not store.dataset_names():
            synthetic.create_synthetic(synthetic.NAME_DEFAULT, COUNT, SEED, progress=report)
        remember()
