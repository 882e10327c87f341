"""Slices: where the run is weak, which faces these are, and who it fails."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.datasets.traits import TRAITS
from fer_core.escape import markdown
from fer_core.evaluation import slices as evaluation_slices
from fer_core.evaluation.slices import Slices
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
    leaks = _leaks(
        str(shown.run.path),
        loaders.stamp(shown.run.path / "training_samples.parquet"),
        shown.dataset.meta.fingerprint,
        shown.source.split,
        shown.run,
        shown.dataset,
    )
    doubts = known_suspects(shown.dataset)
    return evaluation_slices.slices_of(shown.run, shown.dataset, shown.source.split, shown.answers, leaks=leaks, doubts=doubts)


def pick_slice(slices: Slices | None, on_change: Callable[[], None]) -> str:
    """The select box of slices, the worst first; `ALL` for all faces."""
    if slices is None:
        return ALL
    rows = slices.table.set_index("key")
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


def show_slices(slices: Slices | None, shown: Evaluated, chosen: str) -> None:
    """Accuracy on each slice, the worst first."""
    st.subheader("Where it is weak", anchor=False)
    if slices is None:
        st.markdown(f"Brightness, sharpness and leaks are known once {markdown(shown.source.dataset)} is imported.")
        return
    chart(
        slice_strip(slices.table, overall=shown.evaluation.accuracy, chosen=chosen),
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


def show_people(slices: Slices | None, shown: Evaluated) -> None:
    """Who the run fails: accuracy by glasses, beard, age, skin tone and light, the worst first."""
    st.subheader("Who does it fail?", anchor=False)
    rows = None if slices is None else slices.of_people
    if rows is None or rows.empty:
        traits = ", ".join(trait.title.lower() for trait in TRAITS.values())
        st.markdown(
            f"Nothing is known of these faces ({traits}). Open a face of the data set anywhere and say what is to be seen; "
            "drawn faces bring it along."
        )
        return
    enough = rows[rows["n"] >= numbers.FEW]
    worst = (enough if len(enough) else rows).iloc[0]
    st.markdown(
        f"**Least often right on {worst['subject'].lower()}: {worst['slice']}**, {numbers.percent(worst['accuracy'])} "
        f"({numbers.interval(worst['low'], worst['high'])}, {numbers.sample(worst['n'])})."
    )
    chart(
        slice_strip(rows, overall=shown.evaluation.accuracy),
        key="scores_people",
        alt="Accuracy by glasses, beard, age, skin tone and light with 95% intervals, the worst first",
    )
    st.caption(
        f"The dotted line is the accuracy on all {numbers.count(shown.evaluation.n)} faces; what the faces are is said by the "
        "renderer that drew them or by your tags. Of so many slices one is low by chance: trust those whose interval ends before "
        "the line. Slices differ in their classes, too, as the diamonds show."
    )


def _title(row: pd.Series) -> str:
    right = f"{numbers.percent(row['accuracy'])} of {numbers.count(row['n'])}"
    return f"{display_name(row['subject'])}: {row['slice']}, {right}"


@st.cache_data(max_entries=8, show_spinner="Looking for faces that were in training …")
def _leaks(folder: str, stamp: int, fingerprint: str, split: str, _run: Run, _dataset: Dataset) -> pd.DataFrame:
    return evaluation_slices.leaks_of(_run, _dataset, split)
