"""Source by source: how far the run can be believed on each data set that it has answered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import list_datasets
from fer_core.escape import markdown
from fer_core.evaluation.by_source import believed
from fer_core.runs import Run
from pages.ui import loaders


def show_sources(run: Run) -> None:
    """A row for each data set with answers: calibration error, share that is sure, right when sure."""
    there = tuple((meta.name, meta.fingerprint) for meta in list_datasets())
    rows = _believed(loaders.answers_key(run), there, loaders.stamp(run.own / "predictions"), run)
    if rows.empty:
        st.markdown("The run has answered no test or validation split yet.")
        return
    worst = rows.loc[rows["ece"].idxmax()]
    threshold = run.calibration().threshold
    st.markdown(
        f"**Least to be believed on {markdown(worst['source'])}**: calibration error {numbers.percent(worst['ece'])} "
        f"({numbers.interval(worst['ece_low'], worst['ece_high'])}, {numbers.sample(worst['n'])})."
    )
    said = (
        f"Sure: at least {numbers.percent(threshold)}, the threshold saved with the run."
        if threshold
        else "No threshold is saved with the run, so that every answer counts as sure."
    )
    shown = pd.DataFrame(
        {
            "Data set": [
                markdown(row["source"]) + ", drawn" * row["drawn"] + ", by the votes" * (row["labels"] == "crowd")
                for row in rows.to_dict("records")
            ],
            "Faces": rows["n"].map(numbers.sample),
            "Calibration error": _with_limits(rows, "ece", "ece_low", "ece_high"),
            "Sure": rows["answered"].map(numbers.percent),
            "Right when sure": _with_limits(rows, "accuracy", "low", "high"),
        }
    )
    st.table(shown, border="horizontal", hide_index=True)
    st.caption(
        f"{said} Temperature and threshold were fitted on validation of the run's own data set; elsewhere they may promise too "
        "much. Test splits, or validation where test was not answered; 95% intervals."
    )


def _with_limits(rows: pd.DataFrame, value: str, low: str, high: str) -> list[str]:
    return [f"{numbers.percent(row[value])} ({numbers.interval(row[low], row[high])})" for row in rows.to_dict("records")]


@st.cache_data(max_entries=8, show_spinner="What the run has answered is being counted …")
def _believed(answers: tuple[str, str], there: tuple[tuple[str, str], ...], stamp: int, _run: Run) -> pd.DataFrame:
    return believed(_run)
