"""What each preset cost and brought where it was measured."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.figures.frontier import frontier
from fer_core.studies.frontier import recorded
from pages.ui.chart import chart


def show_frontier(preset: str) -> None:
    """Accuracy against minutes on FER2013 for all presets, the chosen one marked, and where the numbers are from."""
    record = recorded()
    table = record.table()
    mine = table[(table["kind"] == "preset") & (table["name"] == preset)].iloc[0]
    st.markdown(
        f"**On {record.dataset}, {preset} ends at {numbers.percent(mine['accuracy'])} "
        f"({numbers.interval(mine['low'], mine['high'])}) after {mine['minutes']:.3g} minutes.**"
    )
    chart(
        frontier(table, baseline=record.majority_baseline, n=record.n, chosen=preset),
        key="presets_frontier",
        alt="Validation accuracy against minutes of training for the presets, a student's script and trials",
    )
    with st.expander("Where these numbers are from", icon=":material/info:"):
        st.markdown(
            f"Measured on {record.machine}, on {numbers.count(record.n)} faces of {record.dataset}'s {record.split} split "
            f"(majority baseline {numbers.percent(record.majority_baseline)}), which also named each run's best epoch; bars are "
            "95% intervals. The times beside the presets are what this machine is expected to take."
        )
        shown = table[["name", "minutes", "accuracy", "low", "high", "note"]]
        st.dataframe(
            shown.style.format(numbers.percent, subset=["accuracy", "low", "high"]).format("{:.3g}", subset=["minutes"]),
            hide_index=True,
            column_config={
                "name": "Training",
                "minutes": "Minutes",
                "accuracy": "Accuracy",
                "low": "95% low",
                "high": "95% high",
                "note": "What it is",
            },
        )
