"""What is known of wrong labels in the chosen data set: suspected ones, and what ten annotators would have said."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets.crowd import vote_names
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.evaluation import suspects
from fer_core.evaluation.crowd import crowd_agreement
from fer_core.evaluation.intervals import wilson
from pages.ui import loaders
from pages.ui.empty import empty_state
from pages.ui.heading import Figure, figures_row
from pages.ui.loaders import stamp
from pages.ui.navigation import link


def show(data: Dataset | None) -> None:
    """Figures where they were computed, and the way to them where not."""
    if data is None:
        empty_state(
            "There is no data set here whose labels could be doubted. Import one.",
            page="data/import_export",
            label="Import a data set",
        )
        return
    suspected, people = _suspected(data), _crowd(data)
    if suspected or people:
        figures_row([*suspected, *people], width=250)
    if not suspected:
        empty_state(
            f"Suspected labels of **{data.name}** have not been looked for yet.",
            page="data/labels",
            label="Look for suspected labels",
        )
    else:
        link("data/labels", label="See the suspected labels", icon=":material/help_center:")
    if people:
        link("data/labels#Annotators", label="See what ten annotators said", icon=":material/how_to_vote:")
    elif not data.meta.drawn:
        st.caption(f"{markdown(data.name)} has no annotators' votes; FER+ has them for the original table of FER2013.")


def _suspected(data: Dataset) -> list[Figure]:
    file = suspects.kept_file(data)
    known = _counts(str(file), stamp(file), data) if file.is_file() else None
    if known is None:
        return []
    images, of = known
    low, high = wilson(images, of)
    return [
        Figure(
            "Suspected labels",
            numbers.percent(images / of),
            help="A model that has not seen these faces is sure of another class. Often it is the model that is wrong: this is "
            "no count of wrong labels.",
            note=f"{numbers.interval(low, high)}, {numbers.sample(of)}",
        )
    ]


def _crowd(data: Dataset) -> list[Figure]:
    if not vote_names(data.samples):
        return []
    agreement = crowd_agreement(loaders.crowd(data), data.meta.classes)
    low, high = agreement.share_ci95
    return [
        Figure(
            "Ten people give another label",
            numbers.percent(1 - agreement.share),
            help="Most of the FER+ annotators named something else than the label, or were tied.",
            note=f"{numbers.interval(1 - high, 1 - low)}, {numbers.sample(agreement.n)}",
        )
    ]


@st.cache_data(max_entries=8, show_spinner=False)
def _counts(file: str, stamp: int, _data: Dataset) -> tuple[int, int] | None:
    suspected = suspects.kept(_data)
    return None if suspected is None else (int(suspected.table["suspected"].sum()), len(suspected.table))
