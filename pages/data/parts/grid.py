"""Show the faces of the chosen data set, filtered and searched."""

from pathlib import PurePath

import streamlit as st

from fer_core.datasets.meta import SPLITS
from fer_core.labels import display_name
from pages.data.parts.sample_order import matching, orders
from pages.ui.browse import ALL, pager
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state, needs_dataset
from pages.ui.faces import Caption
from pages.ui.heading import lead

SIZE = 60


def first_page() -> None:
    st.session_state["page"] = 1


def show() -> None:
    """Show the faces of the chosen data set, filtered and searched."""
    data = needs_dataset()
    lead("Browse the faces as they are stored. A click on one opens it.")
    samples = data.samples
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        split = st.selectbox(
            "Split",
            [ALL, *(name for name in SPLITS if sum(data.meta.counts.get(name, {}).values()))],
            format_func=str.capitalize,
            key="split",
            bind="query-params",
            on_change=first_page,
            width=120,
        )
        label = st.selectbox(
            "Class",
            [ALL, *data.meta.classes],
            format_func=display_name,
            key="class",
            bind="query-params",
            on_change=first_page,
            width=130,
        )
        order = st.selectbox("Order", orders(samples), key="order", bind="query-params", on_change=first_page, width=175)
        text = st.text_input(
            "File name contains", key="find", bind="query-params", on_change=first_page, placeholder="Training_1", width=155
        )
        matches = matching(samples, split=split, label=label, text=text, order=order)
        first, last = pager(len(matches), SIZE, key="page")
    if matches.empty:
        empty_state("No sample matches this filter. Choose another split or class, or clear the file name.")
        st.stop()
    st.caption(f"{first + 1:,} to {last:,} of {len(matches):,} samples")
    rows = matches.iloc[first:last]
    sample_grid(
        data,
        rows["id"].tolist(),
        [
            Caption(label=row.label, detail=PurePath(row.file).name, alt=f"{row.label}, {row.split} split, {row.file}")
            for row in rows.itertuples()
        ],
        key="faces_grid",
    )
