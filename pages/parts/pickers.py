"""Draw the two pickers at the top of every page: the data set and the run that the whole app looks at."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fer_core import runs
from fer_core.datasets import store
from fer_core.escape import markdown
from fer_core.runs import Run
from pages.ui.run_panel import STATES
from pages.ui.state import DATASET, RUN


def pickers() -> None:
    """Draw both pickers; for the frame alone, at the top of the page, on every page."""
    names = store.dataset_names()
    _pick(DATASET, "Data set", names, names[0] if names else None, lambda name: name, "There is no data set yet.", 190)
    every = runs.list_runs()
    usable = runs.usable_runs()
    newest = usable[0] if usable else (every[0] if every else None)
    labels = {run.id: _run_label(run) for run in every}
    _pick(RUN, "Run", list(labels), newest.id if newest else None, lambda key: labels.get(key, key), "There is no run yet.", 300)


def _run_label(run: Run) -> str:
    state = run.status().state
    name = run.about().name
    return name if state == "finished" else f"{name} ({STATES[state][0].lower()})"


def _pick(
    param: str, title: str, options: list[str], default: str | None, label: Callable[[str], str], nothing: str, width: int
) -> None:
    """One picker, `width` pixels wide.

    Session keys: `PARAM_picker` the widget, `_PARAM` the choice, `_PARAM_url` what the address was last given.
    """
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
        title, options, format_func=label, key=widget, on_change=_mark, args=(param,), label_visibility="collapsed", width=width
    )
    state[f"_{param}"] = state[f"_{param}_url"] = chosen
    if linked != chosen:
        st.query_params[param] = chosen


def _mark(param: str) -> None:
    st.session_state[f"_{param}_picked"] = True
