"""Whose figures a view shows: said first wherever they are not of the chosen data set, or the run does not know its classes."""

import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import conversion_words, frame_of_run
from fer_core.runs import Run
from pages.ui.navigation import link
from pages.ui.state import selected_dataset


def say_whose(run: Run, figures_of: str = "") -> None:
    """Say what must be known before the figures of a run are read; nothing when they are what the viewer asks for.

    Args:
        run: whose figures are shown.
        figures_of: name of the data set that they are of; empty for the chosen one.
    """
    chosen = selected_dataset()
    if chosen is None:
        return
    if figures_of and figures_of != chosen.name:
        st.warning(
            f"These figures are of **{markdown(figures_of)}**, not of **{markdown(chosen.name)}**, which is chosen at the "
            "top of the page.",
            icon=":material/swap_horiz:",
        )
        return
    converted = conversion_words(chosen.meta.frame, frame_of_run(run))
    if converted:
        st.caption(converted)
    unknown = unknown_classes(run, chosen)
    if unknown:
        with st.container(border=True):
            st.markdown(
                f"The run **{markdown(run.about().name)}** does not know {markdown(', '.join(map(display_name, unknown)))} of "
                f"**{markdown(chosen.name)}**: it can never answer so. A run that is trained on this data set knows all its "
                "classes."
            )
            link("train/new_run", label=f"Train a run on {markdown(chosen.name)}", icon=":material/model_training:")


def unknown_classes(run: Run, data: Dataset) -> list[str]:
    """Classes of which a data set has faces and that a run cannot answer, in the data set's order."""
    known = set(run.classes())
    present = {name for counts in data.meta.counts.values() for name, n in counts.items() if n}
    return [name for name in data.meta.classes if name in present and name not in known] if known else []
