"""List all runs."""

import streamlit as st

from fer_core import runs
from fer_core.escape import markdown
from fer_core.runs import ACTIVE
from pages.train.parts.run_forms import about_form, ask_delete, ask_stop, resume_button
from pages.train.parts.run_table import COLUMNS, choose_row, mark_rows, run_table, watch_states
from pages.train.parts.run_watch import recipe_line, state_badge
from pages.ui.empty import empty_state
from pages.ui.heading import lead
from pages.ui.navigation import go, link
from pages.ui.state import selected_run

COMPARED = "compare_runs_with"
"""Session key: the runs that the page Compare sets beside the chosen one."""


def show() -> None:
    """List all runs."""
    lead("All runs of this workspace. Tick a run to choose it for all views, two or more to compare them.")
    every = runs.list_runs()
    if not every:
        empty_state("There is no run yet. Train one first.", page="train/new_run", label="Start a run")
        st.stop()
    ids = tuple(run.id for run in every)
    run = selected_run()
    ticked = mark_rows(ids, run)
    st.dataframe(
        run_table(every),
        hide_index=True,
        column_config=COLUMNS,
        placeholder="–",
        on_select=lambda: choose_row(ids),
        selection_mode="multi-row",
        key="runs_table",
    )
    watch_states(every)
    if run is not None and len(ticked) > 1:
        others = [run_id for run_id in ticked if run_id != run.id]
        if st.button(f"Compare these {len(ticked)} runs", type="primary", icon=":material/compare_arrows:", key="compare_ticked"):
            st.session_state[COMPARED] = others
            go("evaluate/compare")
    if run is None:
        st.stop()
    state = run.status().state
    with st.container(border=True):
        st.subheader(markdown(run.about().name), anchor=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            state_badge(state)
            config = run.config()
            st.caption(f"{markdown(config.dataset)}: {recipe_line(config)}. Folder {markdown(run.id)}.", width="content")
        with st.container(horizontal=True):
            link("train/runs#One run", label="Curves", icon=":material/monitoring:")
            if run.model_file.is_file() and state not in ACTIVE:
                link("evaluate/scores", label="Scores", icon=":material/leaderboard:")
                link("evaluate/errors", label="Confusion", icon=":material/grid_on:")
        with st.expander("Name and note", icon=":material/edit:"):
            about_form(run)
        if state in ACTIVE:
            if st.button("Stop …", icon=":material/stop:", disabled=state == "stopping", key="stop"):
                ask_stop(run)
        elif run.read_only:
            st.caption("This run comes with FER Lab and cannot be deleted. Its name and note are yours.")
        else:
            with st.container(horizontal=True):
                resume_button(run)
                if st.button("Delete …", icon=":material/delete:", key="delete_run"):
                    ask_delete(run)
