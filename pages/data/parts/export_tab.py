"""Write a data set as a file."""

from functools import partial

import streamlit as st

from pages.data.parts.export_form import choices, export_key, offer, start
from pages.ui.empty import needs_dataset
from pages.ui.heading import lead
from pages.ui.made_file import make_button

ABOUT = """
**Zip:** folders `train/happy/000012.png` and so on, as FER2013 lies on Kaggle, so that other programs read it; beside them a data
card (`DATA_CARD.md`) and a table of the samples with their source, split and votes (`samples.csv`).

**Parquet:** one row per face with its picture as PNG bytes, label, split and votes; the data card is in the metadata.

Pixels are stored without loss. Both come back the same through import here: pictures, labels, splits, votes, and the fingerprint.
The same data make the same file, byte for byte.

The same from a terminal:
"""
COMMAND = "python -m fer_core export-dataset NAME --out FILE.zip --labels edited"


def show() -> None:
    """Write a data set as a file."""
    lead("The data set as one file, as it was imported or with your edits, to keep, to pass on, or to use elsewhere.")
    data = needs_dataset()
    left, right = st.columns([3, 2], gap="large")
    with left:
        suffix, labels = choices(data)
        make_button(export_key(), partial(start, data, suffix, labels), key="export-go", icon="inventory_2")
        offer(data)
    with right, st.container(border=True):
        st.markdown("##### What is in it")
        st.markdown(ABOUT)
        st.code(COMMAND.replace("NAME", f'"{data.name}"' if " " in data.name else data.name), language="bash", wrap_lines=True)
        if not data.meta.drawn:
            st.markdown("The pictures keep the licence of their source: FER2013 is for research only, and must not be published.")
