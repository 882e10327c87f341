"""How the state of a run is written: word, colour, icon."""

import streamlit as st

from fer_core.runs.records import State

STATES: dict[State, tuple[str, str, str]] = {
    "queued": ("Waiting", "gray", ":material/hourglass_empty:"),
    "starting": ("Starting", "blue", ":material/rocket_launch:"),
    "running": ("Training", "blue", ":material/model_training:"),
    "stopping": ("Stopping", "orange", ":material/stop_circle:"),
    "finished": ("Finished", "green", ":material/check_circle:"),
    "stopped": ("Stopped", "gray", ":material/stop_circle:"),
    "failed": ("Failed", "red", ":material/error:"),
}
"""How a state is written: word, colour, icon."""


def state_badge(state: State) -> None:
    """The state of a run as a coloured badge."""
    word, tone, icon = STATES[state]
    st.badge(word, icon=icon, color=tone)
