"""What can be done with all decisions at once: a file out, a file in, and those that an earlier import left behind."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets import edit_exchange, editing
from fer_core.datasets.edits import EditLog
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from pages.ui.access import may_download, may_write, require_write
from pages.ui.edit_actions import attempt
from pages.ui.question import ask, question

_ACCOUNT = "_edits_account"


def account() -> None:
    """What came of the last file or earlier import that was brought in."""
    said = st.session_state.pop(_ACCOUNT, None)
    if said is not None:
        kind, sentence = said
        (st.success if kind == "done" else st.error)(markdown(sentence))


def offer_left_behind(data: Dataset, log: EditLog) -> None:
    """A box that offers the decisions of an earlier import under this name, when some of them belong here."""
    waiting = edit_exchange.left_behind(data, log)
    if not waiting:
        return
    with st.container(border=True):
        st.markdown(
            f"This data set replaced another one of its name. **{numbers.count(len(waiting))}** decisions made there are about "
            "pictures that are here, too. They are not applied yet."
        )
        st.button("Apply them here", icon=":material/move_down:", key="edits-take-over", on_click=_bring, args=(data, None))


def file_forms(data: Dataset, log: EditLog) -> None:
    """Downloads as CSV and JSON lines, and an upload."""
    out, into = st.columns(2, gap="large")
    with out:
        st.markdown("##### To another machine")
        st.markdown("The file names each picture by the hash of its pixels; no picture is in it.")
        with st.container(horizontal=True):
            downloads(data, log, key="edits")
    if not may_write("edit"):
        return
    with into:
        st.markdown("##### From another machine")
        upload = st.file_uploader("Exported decisions", type=["csv", "jsonl"], key="edits-upload")
        st.button(
            "Apply them",
            icon=":material/upload:",
            key="edits-import",
            disabled=upload is None,
            on_click=_bring,
            args=(data, upload),
        )


def downloads(data: Dataset, log: EditLog, *, key: str) -> None:
    """Buttons that save the decisions in force as CSV and as JSON lines."""
    for kind, title, mime in (("csv", "CSV", "text/csv"), ("jsonl", "JSON lines", "application/jsonl")):
        st.download_button(
            title,
            lambda kind=kind: edit_exchange.export(data, kind),
            file_name=f"{data.name} edits.{kind}",
            mime=mime,
            icon=":material/download:",
            disabled=not log.in_force or not may_download(),
            on_click="ignore",
            key=f"{key}-{kind}",
        )


def take_all_back(data: Dataset, log: EditLog) -> None:
    """A button that takes every decision back, after a question."""
    if st.button("Undo all …", icon=":material/restart_alt:", key="edits-all-back", disabled=not log.in_force):
        ask("edits-back", len(log.in_force))
    question(
        "edits-back",
        "Undo all decisions?",
        text=lambda count: (
            f"**{numbers.count(count)}** faces will be undecided again, with their labels as imported. Export the decisions "
            "first if you may want them again."
        ),
        yes="Undo them",
        no="Keep them",
        act=lambda _: attempt(editing.take_back, data, origin="edits"),
    )


def _bring(data: Dataset, upload: object) -> None:
    try:
        require_write("edit")
        bring = edit_exchange.bring_in
        taken = edit_exchange.take_over(data) if upload is None else bring(data, upload.getvalue(), name=upload.name)
    except FerError as error:
        st.session_state[_ACCOUNT] = ("refused", str(error))
    else:
        st.session_state[_ACCOUNT] = ("done", taken.sentence)
