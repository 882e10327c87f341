"""Take the last decision back, and say how the effect of decisions is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fer_core.datasets import editing
from fer_core.datasets.edits import Edit, EditLog
from fer_core.datasets.store import Dataset
from pages.ui.edit_actions import attempt, described

COMPARE = (
    "To measure the effect of your edits, train two runs that differ in nothing else: on **New run**, under “Faces and labels”, "
    "one with labels as imported and one as edited. Both are scored on the test split as imported, so that their accuracies "
    "can be compared."
)


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
