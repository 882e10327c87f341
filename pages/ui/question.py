"""A question before something is lost: a dialog with two answers."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.boundary import error_boundary


def ask(kind: str, subject: Any) -> None:
    """Have the question of this kind asked about `subject`; it is drawn by `question`, and stays open until it is answered."""
    st.session_state[f"_ask_{kind}"] = subject


def question(kind: str, title: str, *, text: Callable[[Any], str], yes: str, no: str, act: Callable[[Any], None]) -> None:
    """Draw the dialog if the question was asked; to be called on every run of the view, after what may `ask`.

    Args:
        kind: name of the question; its buttons have the keys `KIND-yes` and `KIND-no`.
        title: of the dialog.
        text: what is at stake, made from the subject.
        yes: label of the button that goes on.
        no: label of the button that leaves everything as it is.
        act: called with the subject after yes; a FerError is shown in the dialog.
    """
    slot = f"_ask_{kind}"
    subject = st.session_state.get(slot)
    if subject is None:
        return

    def forget() -> None:
        st.session_state.pop(slot, None)

    @st.dialog(title, on_dismiss=forget)
    def dialog() -> None:
        with error_boundary():
            st.markdown(text(subject))
            with st.container(horizontal=True):
                agreed = st.button(yes, type="primary", key=f"{kind}-yes")
                refused = st.button(no, key=f"{kind}-no")
            if agreed:
                act(subject)
            if agreed or refused:
                forget()
                st.rerun()

    dialog()
