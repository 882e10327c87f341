"""The table of all runs."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.errors import FerError
from fer_core.runs import ACTIVE, Run
from pages.ui.run_panel import STATES, accuracy_interval, recipe_line, recorded, took, validation_faces
from pages.ui.state import choose_run

COLUMNS = {
    "Name": st.column_config.TextColumn(width=205),
    "Data set": st.column_config.TextColumn(width=90),
    "Recipe": st.column_config.TextColumn(width=165),
    "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm", width=110),
    "Val. acc.": st.column_config.NumberColumn(format="%.1f%%", width=75, help="Of the validation split, at the best epoch."),
    "Val. 95%": st.column_config.TextColumn(width=110, help="Wilson's 95% interval of the validation accuracy."),
    "n": st.column_config.TextColumn(width=65, help="Faces of the validation split; few means fewer than 30."),
    "Val. F1": st.column_config.NumberColumn(format="%.1f%%", width=75, help="Of the validation split, at the best epoch."),
    "Epochs": st.column_config.NumberColumn(width=60),
    "State": st.column_config.TextColumn(width=75),
    "Duration": st.column_config.TextColumn(width=75),
}
_WATCH_SECONDS = 2.0


def run_table(every: list[Run]) -> pd.DataFrame:
    """A row a run: state, name, data set, recipe, scores of the best epoch, epochs, duration, start, note."""
    return pd.DataFrame([_row(run) for run in every])


def mark_row(ids: tuple[str, ...], chosen: Run | None) -> None:
    """Select the row of the chosen run, so that table and picker say the same; before the table is drawn."""
    rows = [ids.index(chosen.id)] if chosen is not None and chosen.id in ids else []
    st.session_state["runs_table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def choose_row(ids: tuple[str, ...]) -> None:
    """Make the run of the chosen row the chosen one; a callback of the table."""
    rows = st.session_state["runs_table"].selection.rows
    if rows and rows[0] < len(ids):
        choose_run(ids[rows[0]])


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


def _row(run: Run) -> dict[str, object]:
    status, about = run.status(), run.about()
    epochs, _ = recorded(run)
    n = validation_faces(run)
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
        "Recipe": recipe,
        "Val. acc.": None if best.empty else 100 * best["val_accuracy"].iloc[0],
        "Val. 95%": numbers.DASH if best.empty else accuracy_interval(best["val_accuracy"].iloc[0], n),
        "n": numbers.sample(n).removeprefix("n = ") if n else numbers.DASH,
        "Val. F1": None if best.empty else 100 * best["val_macro_f1"].iloc[0],
        "Epochs": len(epochs),
        "Duration": took(run),
        "Started": datetime.fromtimestamp(status.started or status.created) if status.created else None,
        "Note": about.note,
    }
