"""Where runs are trained, where there is a choice."""

import streamlit as st

from fer_core.settings import settings
from fer_core.training import executors


def executor_choice(key: str) -> str:
    """Let the viewer choose among the places that can be used from here.

    Args:
        key: of the widget.

    Returns:
        The name of the executor; with one alone nothing is drawn.
    """
    titles = {row.name: row.title for row in executors.usable()}
    if len(titles) < 2:
        return settings().executor
    first = settings().executor
    if first not in titles:
        first = next(iter(titles))
    about = "Slurm takes what `slurm.json` in the workspace asks for: partition, time, memory, cores, GPUs."
    return st.segmented_control(
        "Train on", list(titles), default=first, required=True, format_func=titles.__getitem__, key=key, help=about
    )
