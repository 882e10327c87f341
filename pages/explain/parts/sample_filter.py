"""Which faces of the chosen data set an Explain view goes through: one split, one class, all or the run's mistakes alone."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.labels import display_name
from fer_core.runs import Run
from pages.ui.browse import ALL, by_turns
from pages.ui.drawer import choose, chosen_sample
from pages.ui.evaluation_data import known_answers, splits

SPLIT, CLASS, WRONG = "face_split", "face_class", "face_wrong"


def choose_samples(
    data: Dataset, run: Run, *, changed: Callable[[], None], draw: Callable[[int], None]
) -> tuple[str, pd.DataFrame]:
    """Draw the filter and a button for a random face.

    Args:
        data: the data set.
        run: its stored answers tell which faces are mistakes.
        changed: callback of the filter.
        draw: callback of the button, called with the number of faces that the filter lets through.

    Returns:
        The split, and the samples that the filter lets through, their classes by turns, with what the run answers
        (`predicted`) where that is known.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        split = st.selectbox(
            "Split",
            splits(data),
            format_func=display_name,
            key=SPLIT,
            on_change=changed,
            persist_state="session",
            width=128,
        )
        if st.session_state.get(CLASS) not in (ALL, *data.meta.classes):
            st.session_state[CLASS] = ALL
        label = st.selectbox(
            "Class",
            [ALL, *data.meta.classes],
            format_func=display_name,
            key=CLASS,
            on_change=changed,
            persist_state="session",
            width=128,
        )
        known = known_answers(run, data, split)
        wrong = st.toggle(
            "Mistakes only",
            key=WRONG,
            on_change=changed,
            disabled=known is None,
            help="Faces that the run answers wrongly. Open Scores once for this split: then they are known.",
        )
        rows = data.split(split)
        if label != ALL:
            rows = rows[rows["label"] == label]
        if known is not None:
            rows = rows.merge(known, how="left", left_on="id", right_on="sample")
            if wrong:
                rows = rows[rows["predicted"].notna() & (rows["predicted"] != rows["label"])]
        st.button("Random face", icon=":material/shuffle:", on_click=draw, args=(len(rows),), disabled=rows.empty)
    return split, by_turns(rows if known is not None else rows.assign(predicted=None))


def follow(data: Dataset, view: str, pick: Callable[[int], None]) -> None:
    """Begin a view with the face that was chosen elsewhere; to be called before `choose_samples`.

    Args:
        data: the data set.
        view: tells the views of one face apart.
        pick: called with the face's position in its split, which is then shown whole.
    """
    sample = chosen_sample(data)
    if sample is None or st.session_state.get(_shown(view)) == (data.name, sample):
        return
    pick(_unfiltered(data, sample))


def _unfiltered(data: Dataset, sample: int) -> int:
    """Have the filter let the whole split of a sample through; returns the sample's position in it."""
    split = data.samples["split"].iloc[sample]
    st.session_state[SPLIT], st.session_state[CLASS], st.session_state[WRONG] = split, ALL, False
    return by_turns(data.split(split))["id"].tolist().index(sample)


def followed(data: Dataset, view: str, sample: int) -> None:
    """Note which face a view shows; one that its viewer turned to is the chosen one for the other views too."""
    before = st.session_state.get(_shown(view))
    if before is not None and before[0] == data.name and before[1] != sample:
        choose(data, sample)
    st.session_state[_shown(view)] = (data.name, sample)


def _shown(view: str) -> str:
    return f"_shown_{view}"
