"""Slices of the Mistakes view: where the run is weak, and which faces these are."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.crowd import summarise, vote_names
from fer_core.datasets.signature import leaked
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.evaluation.slices import Slices, slices
from fer_core.figures.slices import slice_strip
from fer_core.labels import display_name
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.browse import ALL
from pages.ui.chart import chart
from pages.ui.evaluation_data import Evaluated
from pages.ui.loaders import known_suspects
from pages.ui.navigation import link

CHOICE = "mistakes_slice"


def slices_of(shown: Evaluated) -> Slices | None:
    """The slices of what is shown; None for recorded figures, of whose pictures nothing is known."""
    if shown.dataset is None:
        return None
    samples = shown.dataset.samples
    leaks = _leaks(
        str(shown.run.path),
        loaders.stamp(shown.run.path / "training_samples.parquet"),
        shown.dataset.meta.fingerprint,
        shown.source.split,
        shown.run,
        shown.dataset,
    ).loc[shown.answers["sample"]]
    copies = samples["hash"].duplicated(keep=False).to_numpy()[shown.answers["sample"]]
    crowd = summarise(samples) if vote_names(samples) else None
    doubts = known_suspects(shown.dataset)
    suspected = None
    if doubts is not None:
        suspected = shown.answers["sample"].isin(doubts.table.loc[doubts.table["suspected"], "sample"])
    return slices(
        shown.answers,
        samples,
        exact=leaks["exact"],
        near=leaks["near"],
        copies=copies,
        suspected=suspected,
        crowd=crowd,
    )


def pick_slice(found: Slices | None, on_change: Callable[[], None]) -> str:
    """The select box of slices, the worst first; `ALL` for all faces."""
    if found is None:
        return ALL
    rows = found.table.set_index("key")
    if st.session_state.get(CHOICE) not in (ALL, *rows.index):
        st.session_state[CHOICE] = ALL
    return st.selectbox(
        "Slice",
        [ALL, *rows.index],
        format_func=lambda key: "All faces" if key == ALL else _title(rows.loc[key]),
        key=CHOICE,
        on_change=on_change,
        persist_state="session",
        width=430,
        help="Parts of the faces by what is known of them, the one with the lowest accuracy first.",
    )


def show_slices(found: Slices | None, shown: Evaluated, chosen: str) -> None:
    """Accuracy on each slice, the worst first."""
    st.subheader("Where it is weak", anchor=False)
    if found is None:
        st.markdown(f"Brightness, sharpness and leaks are known once {markdown(shown.source.dataset)} is imported.")
        return
    chart(
        slice_strip(found.table, overall=shown.evaluation.accuracy, chosen=chosen),
        key="mistakes_slices",
        alt="Accuracy on each slice with its 95% interval, the worst first",
    )
    st.caption(
        f"The dotted line is the accuracy on all {numbers.count(shown.evaluation.n)} faces; choose a slice above to see its "
        "mistakes. Quarters hold equally many faces, sharpness is the variance of the Laplacian, copies have the same pixels. "
        "Of so many slices one or another is low by chance: trust those whose interval ends before the line. Slices differ in "
        "their classes, too, as the diamonds show."
    )
    if shown.dataset is None:
        return
    if known_suspects(shown.dataset) is not None:
        st.caption("Suspected labels are doubted by models that have not seen the face: there a mistake may be the label's.")
    else:
        link("data/labels", label="Find suspected labels, for a slice of them", icon=":material/search:")


def _title(row: pd.Series) -> str:
    right = f"{numbers.percent(row['accuracy'])} of {numbers.count(row['n'])}"
    return f"{display_name(row['subject'])}: {row['slice']}, {right}"


@st.cache_data(max_entries=8, show_spinner="Looking for faces that were in training …")
def _leaks(folder: str, stamp: int, fingerprint: str, split: str, _run: Run, _dataset: Dataset) -> pd.DataFrame:
    """Columns exact and near (bool) of the samples of a split, by their ids."""
    rows = _dataset.split(split)
    report = leaked(rows, _run.training_samples())
    return pd.DataFrame({"exact": report.exact, "near": report.near}, index=rows["id"])
