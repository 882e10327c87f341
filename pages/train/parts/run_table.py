"""The table of all runs."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.errors import FerError
from fer_core.evaluation.intervals import bootstrap_interval
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.runs import ACTIVE, Run
from pages.train.parts.run_watch import recipe_line
from pages.ui import loaders
from pages.ui.run_panel import STATES, accuracy_interval, took, validation_faces
from pages.ui.state import choose_run, selected_run

COLUMNS = {
    "Name": st.column_config.TextColumn(),
    "Data set": st.column_config.TextColumn(),
    "Recipe": st.column_config.TextColumn(),
    "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm", width=110),
    "Val. acc.": st.column_config.NumberColumn(format="%.1f%%", width=75, help="Of the validation split, at the best epoch."),
    "Val. 95%": st.column_config.TextColumn(width=110, help="Wilson's 95% interval of the validation accuracy."),
    "n": st.column_config.TextColumn(width=65, help="Faces of the validation split; few means fewer than 30."),
    "Val. F1": st.column_config.NumberColumn(format="%.1f%%", width=75, help="Macro F1 of the validation split."),
    "F1 95%": st.column_config.TextColumn(width=110, help="Bootstrap interval; a dash until the run has its answers."),
    "Epochs": st.column_config.NumberColumn(width=60),
    "State": st.column_config.TextColumn(width=75),
    "Duration": st.column_config.TextColumn(width=75),
}
_WATCH_SECONDS = 2.0
TICKED = "_runs_ticked"
"""Session key: ids of the runs that are ticked in the table."""


def run_table(every: list[Run]) -> pd.DataFrame:
    """A row a run: state, name, data set, recipe, scores of the best epoch, epochs, duration, start, note."""
    return pd.DataFrame([_row(run) for run in every])


def mark_rows(ids: tuple[str, ...], chosen: Run | None) -> list[str]:
    """Tick the chosen run, so that table and picker say the same, and what was ticked beside it; before the table is drawn.

    Args:
        ids: of the runs in the table, in order.
        chosen: the run at the top of the page.

    Returns:
        Ids of the ticked runs, in the order of the table.
    """
    ticked = [run_id for run_id in ids if run_id in st.session_state.get(TICKED, ())]
    if chosen is not None and chosen.id not in ticked:
        ticked = [run_id for run_id in ids if run_id == chosen.id]
    st.session_state[TICKED] = ticked
    rows = [ids.index(run_id) for run_id in ticked]
    st.session_state["runs_table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return ticked


def choose_row(ids: tuple[str, ...]) -> None:
    """Make the run that was ticked last the chosen one; a callback of the table."""
    before = st.session_state.get(TICKED, [])
    ticked = [ids[row] for row in st.session_state["runs_table"].selection.rows if row < len(ids)]
    st.session_state[TICKED] = ticked
    new = [run_id for run_id in ticked if run_id not in before]
    chosen = selected_run()
    if new:
        choose_run(new[-1])
    elif ticked and (chosen is None or chosen.id not in ticked):
        choose_run(ticked[0])


def watch_states(every: list[Run]) -> None:
    """Draw the view anew when a run that is at work changes its state or finishes an epoch; costs nothing when none is."""
    seen = _marks(every)
    if any(state in ACTIVE for _, state, _ in seen):
        st.fragment(_watch, run_every=_WATCH_SECONDS)(seen)


def _watch(seen: list[tuple[str, str, int | None]]) -> None:
    if _marks(runs.list_runs()) != seen:
        st.rerun()


def _marks(every: list[Run]) -> list[tuple[str, str, int | None]]:
    return [(run.id, (status := run.status()).state, status.best_epoch) for run in every]


@st.cache_data(max_entries=256, show_spinner=False)
def _macro_f1(answers: tuple[str, str], _run: Run) -> tuple[float, float, float] | None:
    """Macro F1 on the validation split with its 95% interval; None while the run has no answers there."""
    predictions = own_predictions(_run, "validation")
    if predictions is None:
        return None
    matrix = confusion_matrix(predictions["label"], predicted_labels(predictions, _run.classes()), _run.classes())
    return float(macro_f1(matrix)), *bootstrap_interval(matrix, macro_f1)


def _row(run: Run) -> dict[str, object]:
    status, about = run.status(), run.about()
    epochs, _ = loaders.recorded(run)
    n, f1 = validation_faces(run), _macro_f1(loaders.answers_key(run), run)
    best = epochs[epochs["epoch"] == status.best_epoch]
    try:
        config = run.config()
        dataset, recipe = config.dataset, recipe_line(config)
    except FerError:
        dataset = recipe = "not readable"
    return {
        "State": STATES[status.state][0],
        "Name": about.name,
        "Data set": dataset,
        "Val. acc.": None if best.empty else 100 * best["val_accuracy"].iloc[0],
        "Val. 95%": numbers.DASH if best.empty else accuracy_interval(best["val_accuracy"].iloc[0], n),
        "n": numbers.sample(n).removeprefix("n = ") if n else numbers.DASH,
        "Val. F1": 100 * f1[0] if f1 else None if best.empty else 100 * best["val_macro_f1"].iloc[0],
        "F1 95%": numbers.interval(*f1[1:]) if f1 else numbers.DASH,
        "Epochs": len(epochs),
        "Duration": took(run),
        "Recipe": recipe,
        "Started": datetime.fromtimestamp(status.started or status.created) if status.created else None,
        "Note": about.note,
    }
