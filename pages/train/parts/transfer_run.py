"""Making a comparison on the chosen data set: what it will cost, the start, and its progress while other processes train."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.runs.records import ACTIVE, Status
from fer_core.studies import folders, records, running, transfer
from fer_core.studies.records import Result
from fer_core.studies.study import Study
from pages.train.parts.executor_choice import executor_choice
from pages.train.parts.transfer_result import Score, show_result
from pages.ui.access import may_write, require_write
from pages.ui.boundary import error_boundary
from pages.ui.empty import empty_state

SOURCE = "transfer_source"
"""Session key of the picker between the recorded result and the one that was made here."""


def own_result(dataset: Dataset, opened: Study | None) -> Result | None:
    """What was found on a data set here: by its study, or else by an earlier version of FER Lab."""
    result = transfer.result(opened) if opened is not None else None
    if result is not None and result.rows:
        return result
    return records.load(records.earlier_file(dataset.meta.fingerprint)) or result


def start_box(dataset: Dataset, opened: Study | None) -> None:
    """What is to be trained, how long that takes here, and the button that starts it; or why it cannot be."""
    st.subheader(f"Try it on {markdown(dataset.name)}", anchor=False)
    last = opened.status() if opened is not None and opened.begun() else None
    if last is not None and opened is not None and last.state == "failed":
        st.error(markdown(last.error or "The comparison failed."), icon=":material/error:")
        log(opened)
    with st.container(border=True):
        seeds = st.number_input(
            "Seeds",
            1,
            transfer.MAX_SEEDS,
            opened.question.seeds if opened else 1,
            key="transfer_seeds",
            width=160,
            help="Each share below 100% is trained with so many seeds: other faces, another start.",
        )
        try:
            asked = transfer.asked(dataset, transfer.SHARES, seeds)
            planned = Study(folders.folder(asked.name), asked)
            members = planned.members()
            todo = [member for member in members if not member.finished]
            seconds = running.expected_seconds(planned, members)
        except FerError as error:
            empty_state(markdown(str(error)))
            return
        if not todo:
            st.markdown(f"All {len(members)} networks are done. Choose more seeds for surer means.")
            return
        st.markdown(
            f":material/timer: {len(todo)} networks to train, about {numbers.duration(seconds)} here. "
            "Each is a run like any other, so that the comparison can be resumed."
        )
        if not may_write():
            return
        executor = executor_choice("transfer_executor")
        label = "Go on" if len(todo) < len(members) else "Start"
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            key="transfer_start",
            on_click=_start,
            args=(planned, executor),
        )


def _start(planned: Study, executor: str) -> None:
    try:
        require_write()
        folders.keep(planned.question, again=True)
        running.start(planned, executor=executor)
        st.session_state[SOURCE] = "own"
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")


def live(opened: Study, score: Score) -> None:
    """A comparison at work and what it has found; for a fragment that runs again and again until it has ended."""
    with error_boundary():
        now = opened.status()
        if now.state not in ACTIVE:
            st.rerun()
            return
        st.progress(now.progress.share, text=_words(now))
        show_result(transfer.result(opened), score, recorded=False)
        log(opened)


def log(opened: Study) -> None:
    """The last lines that the process wrote."""
    with st.expander("Log", icon=":material/terminal:"):
        st.code(opened.log_tail() or "The log is empty.", language=None, wrap_lines=True)


def _words(now: Status) -> str:
    stage = now.progress
    if now.state == "stopping":
        return "Stopping after this batch; what is done is kept."
    if not stage.epochs:
        return "The process is starting …"
    left = "" if stage.seconds_left is None else f", about {numbers.duration(stage.seconds_left)} left"
    at_work = f". Now: {stage.note}" if stage.note else ""
    return f"{stage.done} of {stage.epochs} done{left}{at_work}"
