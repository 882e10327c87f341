"""What is there already: data sets, runs, and the recorded scores of the bundled run."""

import pandas as pd
import streamlit as st

from fer_core import runs
from fer_core.datasets import store
from fer_core.errors import FerError
from fer_core.evaluation import stored
from fer_core.runs import BUNDLED, Run
from pages.ui.empty import empty_state, no_dataset
from pages.ui.heading import Figure, figures_row
from pages.ui.run_panel import STATES
from pages.ui.score_figures import main_figures


def datasets_there() -> None:
    """Table of the data sets, or a link to the page that brings one in."""
    st.markdown("**Data sets**")
    found = store.list_datasets()
    if not found:
        no_dataset()
        return
    rows = [(meta.name, meta.n, len(meta.classes), "drawn" if meta.drawn else "pictures") for meta in found]
    st.dataframe(
        pd.DataFrame(rows, columns=["Name", "Faces", "Classes", "Kind"]),
        hide_index=True,
        width="stretch",
        column_config={"Faces": st.column_config.NumberColumn(format="localized")},
    )


def runs_there(most: int = 8) -> None:
    """Table of the newest runs, or a link to the page that starts one."""
    st.markdown("**Runs**")
    found = runs.list_runs()
    if not found:
        empty_state("There is no run yet.", page="pages/train/new_run.py", label="Start a run")
        return
    rows = [_row(run) for run in found[:most]]
    st.dataframe(
        pd.DataFrame(rows, columns=["Name", "Validation", "State", "Data set"]),
        hide_index=True,
        width="stretch",
        column_config={
            "Name": st.column_config.TextColumn(width=210),
            "Validation": st.column_config.NumberColumn(
                format="%.1f%%", width=80, help="Accuracy or macro F1 on validation, at the best epoch."
            ),
            "State": st.column_config.TextColumn(width=75),
        },
    )
    if len(found) > most:
        st.caption(f"and {len(found) - most} older ones")


def bundled_scores() -> None:
    """Test scores of the bundled run, from the predictions that come with it; nothing when there are none."""
    try:
        run = runs.open_run(BUNDLED)
    except FerError:
        return
    scored = _bundled_figures(str(run.path))
    if scored is not None:
        title, figures = scored
        st.markdown(f"**The bundled run** on {title}, recorded: the pictures themselves do not ship")
        figures_row(figures)


@st.cache_data(max_entries=2, show_spinner=False)
def _bundled_figures(folder: str) -> tuple[str, list[Figure]] | None:
    run = runs.open_run(BUNDLED)
    recorded = [source for source in stored.sources(run, None) if source.split == "test"]
    answers = stored.predictions(run, None, recorded[0]) if recorded else None
    if answers is None or answers.empty:
        return None
    return f"{recorded[0].dataset}, test", main_figures(stored.score_recorded(run, recorded[0], answers))


def _row(run: Run) -> tuple[str, float | None, str, str]:
    status = run.status()
    try:
        config = run.config()
        data, score = config.dataset, None if config.monitor == "loss" or status.best_score is None else 100 * status.best_score
    except FerError:
        data, score = "unknown", None
    return run.about().name, score, STATES[status.state][0], data
