"""Show how strong an expression must be to be seen."""

import streamlit as st

from pages.evaluate.parts.intensity import by_intensity, knows_intensity
from pages.evaluate.parts.morphs import between_pictures
from pages.ui.empty import needs_dataset, needs_model
from pages.ui.heading import lead
from pages.ui.whose import say_whose

INTENSITY, MORPH = "By intensity", "Between two pictures"


def show() -> None:
    """Show how strong an expression must be to be seen."""
    lead("How strong an expression must be for the run to see it, and where its answer changes.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    mode = st.segmented_control(
        "Look at",
        [INTENSITY, MORPH],
        default=INTENSITY if knows_intensity(data) else MORPH,
        required=True,
        key="subtle_mode",
        persist_state="session",
    )
    if mode == INTENSITY:
        by_intensity(data)
    else:
        between_pictures(run, data)
