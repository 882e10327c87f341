"""Decisions about faces, as buttons' callbacks: they are on the disk when the page is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fer_core import numbers
from fer_core.datasets import editing
from fer_core.datasets.edits import Edit, EditLog
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.ui.access import require_write

COMPARE = (
    "To measure the effect of your edits, train two runs that differ in nothing else: on **New run**, under “Faces and labels”, "
    "one with labels as imported and one as edited. Both are scored on the test split as imported, so that their accuracies "
    "can be compared."
)


def attempt(act: Callable[..., Any], *args: Any, **keywords: Any) -> bool:
    """Do it; a FerError is shown as a sentence at the edge of the page. True when it was done."""
    try:
        require_write()
        act(*args, **keywords)
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:", duration="long")
        return False
    return True


def undo_button(data: Dataset, log: EditLog, *, origin: str, after: Callable[[Sequence[Edit]], None] | None = None) -> None:
    """Draw a button that takes the last step back, however many faces it was about; the key U does the same.

    Args:
        data: whose decisions these are.
        log: the decisions as they stand.
        origin: written down with the undoing.
        after: called with the step when it was taken back.
    """
    batch = next(reversed(log.steps), None)
    st.button(
        f"Undo: {described(log.steps[batch])}" if batch else "Undo",
        icon=":material/undo:",
        key="edit-undo",
        shortcut="U",
        disabled=batch is None,
        on_click=_undo,
        args=(data, log, batch, origin, after),
    )


def _undo(data: Dataset, log: EditLog, batch: str, origin: str, after: Callable[[Sequence[Edit]], None] | None) -> None:
    if attempt(editing.undo, data, batch, origin=origin) and after is not None:
        after(log.steps[batch])


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
