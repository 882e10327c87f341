"""Decisions about faces, as buttons' callbacks: they are on the disk when the page is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fer_core import numbers
from fer_core.datasets.edits import Edit
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.ui.access import require_write


def attempt(act: Callable[..., Any], *args: Any, **keywords: Any) -> bool:
    """Do it; a FerError is shown as a sentence at the edge of the page. True when it was done."""
    try:
        require_write("edit")
        act(*args, **keywords)
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:", duration="long")
        return False
    return True


def described(step: Sequence[Edit]) -> str:
    """A step in a few words: `face 812 relabelled Neutral`, `3 faces excluded`."""
    subject = f"face {step[0].sample}" if len(step) == 1 else f"{numbers.count(len(step))} faces"
    done = {(edit.action, edit.label) for edit in step}
    if len(done) > 1:
        return f"{subject} decided"
    action, label = done.pop()
    return (
        f"{subject} " + {"keep": "kept", "exclude": "excluded", "relabel": f"relabelled {markdown(display_name(label))}"}[action]
    )


def in_words(edit: Edit) -> str:
    """What was decided about a face."""
    if edit.action == "relabel":
        return f"relabelled as {display_name(edit.label)}"
    return {"keep": "kept as it is", "exclude": "excluded"}[edit.action]
