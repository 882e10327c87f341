"""The lesson as a handout: all steps with their words on one page, without menu and pickers, for the browser's own print."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer_core.lesson.plan import Step
from pages.learn.parts.lesson_numbers import filled

PRINT = "print"
"""Query parameter of this view."""

_STYLE = """<style>
@media print{.stAppHeader,.st-key-context,.st-key-handout_bar,.st-key-work_chip{display:none!important}
.stMainBlockContainer{padding:0!important}.stApp,.stMain,.stAppViewContainer{position:static!important;overflow:visible!important;
height:auto!important}[class*=st-key-handout_step]{break-inside:avoid}}
</style>"""


def is_open() -> bool:
    """Whether the handout is shown."""
    return PRINT in st.query_params


def open_it() -> None:
    """Show the handout; for a button."""
    st.query_params[PRINT] = "1"


def close() -> None:
    """Show the plan again; for a button."""
    st.query_params.pop(PRINT, None)


def show(steps: Sequence[Step]) -> None:
    """Draw all steps."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="handout_bar"):
        st.button("Back to the plan", icon=":material/arrow_back:", on_click=close, key="handout_close")
        notes = st.toggle("With the presenter's notes", key="handout_notes")
        st.caption("Print it with the browser (Ctrl+P): menu and buttons stay away from the paper.", width="content")
    for number, step in enumerate(steps, start=1):
        with st.container(key=f"handout_step_{step.name}"):
            st.subheader(f"{number}. {step.title} :gray[({step.minutes:g} min)]", anchor=False)
            st.markdown(filled(step.text(step.stages - 1)))
            if notes and step.note:
                st.info(filled(step.note))
