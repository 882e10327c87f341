"""Show how well probabilities match, and set the threshold."""

import streamlit as st

from pages.evaluate.parts.by_source import show_sources
from pages.evaluate.parts.calibration import (
    BINNINGS,
    abstention,
    best_temperature,
    best_threshold,
    diagram,
    effect_table,
    temperature_buttons,
    verdict,
)
from pages.evaluate.parts.prior import prior_panel
from pages.ui.evaluation_data import evaluated
from pages.ui.heading import lead


def show() -> None:
    """Show how well probabilities match, and set the threshold."""
    lead("Whether the run is right as often as it is sure, and how accurate it is when it may answer “not sure”.")
    shown = evaluated()
    now = shown.run.calibration().temperature
    best, why_not = best_temperature(shown.run)
    other = best if now == 1 else now
    st.markdown(f"**{verdict(shown, now)}**")
    diagrams = st.container()
    binning = st.segmented_control(
        "Bins",
        list(BINNINGS),
        format_func=BINNINGS.get,
        default="width",
        required=True,
        key="calibration_bins",
        persist_state="session",
        help="Bins that are equally wide can hold few faces; bins of equally many faces are equally certain.",
    )
    before, after = diagrams.columns(2, gap="large")
    with before:
        diagram(shown, 1.0, binning, title="Uncalibrated")
    with after:
        if other is None:
            st.info(why_not, icon=":material/info:")
        else:
            diagram(shown, other, binning, title="Calibrated" if now != 1 else "With the fitted temperature")
    st.subheader("What the temperature does", anchor=False)
    if other is not None:
        effect_table(shown.run, other)
    temperature_buttons(shown.run, best)
    st.subheader("Source by source", anchor=False)
    show_sources(shown.run)
    st.subheader("Not sure", anchor=False)
    abstention(shown, *best_threshold(shown.run))
    st.subheader("Taking the prior off", anchor=False)
    prior_panel(shown.run)
