"""Write the run as a file for other programs."""

from functools import partial

import streamlit as st

from fer_core.exporting.example import example
from fer_core.predictor import frame_of_run
from pages.evaluate.parts.export_form import COMMAND, about_file, choices, export_key, file_name, offer, start
from pages.ui.empty import needs_model
from pages.ui.heading import lead
from pages.ui.made_file import make_button


def show() -> None:
    """Write the run as a file for other programs."""
    lead("Write the run as one file for other programs, or as a demo to take home. It is compared with the run before.")
    run = needs_model()
    left, right = st.columns([3, 2], gap="large")
    with left:
        kind, dataset = choices(run)
        make_button(export_key(), partial(start, run, kind, dataset), key="export-model-go", icon="output")
        offer(run)
    with right, st.container(border=True):
        st.markdown("##### What is in it")
        st.markdown(about_file(run, kind))
    st.subheader("Use it", anchor=False)
    if kind.name == "html":
        st.markdown(
            "Open the file in a browser of 2023 or later. One that gives no camera to files from the disk says so, and answers "
            "photos. Before the camera starts, the file says what happens: whoever comes into the picture has to know."
        )
    else:
        st.code(example(kind, file_name(run, kind), frame_of_run(run)), language="python")
    st.markdown("The same file from a terminal:")
    st.code(COMMAND.format(run=run.id, options=kind.options, file=file_name(run, kind)), language="bash", wrap_lines=True)
