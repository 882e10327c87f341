"""Show what a run answered without pictures, as a table, or as a file to keep."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fer_core.escape import cell
from fer_core.evaluation.mistakes import download_table
from fer_core.labels import display_name
from pages.ui.access import may_download
from pages.ui.evaluation_data import Evaluated


def answer_table(rows: pd.DataFrame, classes: Sequence[str]) -> None:
    """Draw the answers as a table: one line per sample, in the order of `rows`."""
    share = {"min_value": 0.0, "max_value": 1.0, "format": "percent"}
    st.dataframe(
        rows.round(3).assign(label=rows["label"].map(display_name), predicted=rows["predicted"].map(display_name)),
        hide_index=True,
        column_order=["label", "predicted", "confidence", *(f"p_{name}" for name in classes)],
        column_config={
            "label": "True class",
            "predicted": "Answer",
            "confidence": st.column_config.ProgressColumn("Confidence", **share),
            **{f"p_{name}": st.column_config.NumberColumn(display_name(name), format="percent") for name in classes},
        },
    )


def offer_download(shown: Evaluated) -> None:
    """A button that saves all predictions as CSV."""

    def content() -> bytes:
        # Asked for when the button is pressed: 30,000 lines of text take longer than the rest of a view.
        table = download_table(shown.predictions, shown.classes, shown.run.calibration(), files=shown.files())
        words = table.select_dtypes(exclude="number").columns
        return table.assign(**{name: table[name].map(cell) for name in words}).to_csv(index=False).encode()

    st.download_button(
        f"Download {len(shown.predictions):,} predictions (CSV)",
        content,
        file_name=f"{shown.run.id}-{shown.source.dataset}-{shown.source.split}.csv".replace(" ", "-").lower(),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not may_download(),
    )
