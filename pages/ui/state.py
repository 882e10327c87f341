"""The data set and the run that the whole app looks at: chosen at the top of the page, kept in the address.

The frame makes the pickers on every page. Their choice is written to the query parameters `dataset` and `run`, as a name and
an id (`bind="query-params"` would write the shown label, and leave the default out, which changes when a run finishes).
An address that was opened or linked wins over the session, a hand on the picker wins over both.
"""

from collections.abc import Callable

import streamlit as st

from fer_core import runs
from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError, NotFoundError
from fer_core.escape import markdown
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.run_panel import STATES

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
    """The run chosen at the top of the page, in any state (it may be queued, at work or failed); None when there is "
    "none at all."""
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


def pickers() -> None:
    """Draw both pickers; for the frame alone, at the top of the page, on every page."""
    names = store.dataset_names()
    _pick(DATASET, "Data set", names, names[0] if names else None, lambda name: name, "There is no data set yet.")
    every = runs.list_runs()
    usable = runs.usable_runs()
    newest = usable[0] if usable else (every[0] if every else None)
    labels = {run.id: _run_label(run) for run in every}
    _pick(RUN, "Run", list(labels), newest.id if newest else None, lambda key: labels.get(key, key), "There is no run yet.")


def _run_label(run: Run) -> str:
    state = run.status().state
    name = run.about().name
    return name if state == "finished" else f"{name} ({STATES[state][0].lower()})"


def _pick(param: str, title: str, options: list[str], default: str | None, label: Callable[[str], str], nothing: str) -> None:
    """One picker. Session keys: `PARAM_picker` the widget, `_PARAM` the choice, `_PARAM_url` what the address was last given."""
    state = st.session_state
    widget = f"{param}_picker"
    linked = st.query_params.get(param)
    picked = state.pop(f"_{param}_picked", False)
    asked = state.pop(f"_{param}_next", None)
    if asked is None and linked and linked != state.get(f"_{param}_url") and not picked:
        asked = linked
    if asked is None:
        asked = state.get(widget) or state.get(f"_{param}")
    if not options:
        state[f"_{param}"] = None
        st.selectbox(title, [nothing], disabled=True, key=f"{widget}_none")
        return
    if asked is not None and asked not in options:
        st.toast(
            f"{title} '{markdown(asked)}' is not there any more; '{markdown(label(default or options[0]))}' is shown instead.",
            icon=":material/info:",
        )
        asked = None
    state[widget] = asked or default or options[0]
    chosen = st.selectbox(
        title, options, format_func=label, key=widget, on_change=_mark, args=(param,), label_visibility="collapsed", width=230
    )
    state[f"_{param}"] = state[f"_{param}_url"] = chosen
    if linked != chosen:
        st.query_params[param] = chosen


def _mark(param: str) -> None:
    st.session_state[f"_{param}_picked"] = True
