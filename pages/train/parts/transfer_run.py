"""Making a comparison on the chosen data set: what it will cost, the start, and its progress while another process trains."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.runs.records import ACTIVE, Status
from fer_core.studies import jobs, records, transfer
from fer_core.studies.comparison import comparison
from pages.train.parts.transfer_result import Score, show_result
from pages.ui.access import require_write
from pages.ui.boundary import error_boundary
from pages.ui.empty import empty_state

SOURCE = "transfer_source"
"""Session key of the picker between the recorded result and the one that was made here."""


def start_box(dataset: Dataset, last: Status | None) -> None:
    """What is to be trained, how long that takes here, and the button that starts it; or why it cannot be."""
    st.subheader(f"Try it on {markdown(dataset.name)}", anchor=False)
    try:
        transfer.check(dataset)
    except FerError as error:
        empty_state(markdown(str(error)))
        return
    if last is not None and last.state == "failed":
        st.error(markdown(last.error or "The comparison failed."), icon=":material/error:")
        log(dataset)
    with st.container(border=True):
        before = records.load(records.result_file(dataset.meta.fingerprint))
        seeds = st.number_input(
            "Seeds",
            1,
            transfer.MAX_SEEDS,
            before.seeds if before else 1,
            key="transfer_seeds",
            width=160,
            help="Each share below 100% is trained with so many seeds: other faces, another start.",
        )
        kept = transfer.prepared(dataset, transfer.SHARES, seeds)
        anew = bool(kept.rows) and st.checkbox("Start over: forget what is done", key="transfer_anew")
        result = transfer.prepared(dataset, transfer.SHARES, seeds, anew=anew)
        todo = result.missing
        if not todo:
            st.markdown(f"All {len(result.cells)} networks are done. Choose more seeds for surer means, or start over.")
            return
        seconds = sum(transfer.forecast(todo, dataset.meta).expected.values())
        st.markdown(
            f":material/timer: {len(todo)} networks to train, about {numbers.duration(seconds)} here. "
            "Each is kept when it is done, so that the comparison can be resumed. Trainings go first."
        )
        label = "Go on" if result.rows else "Start"
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            key="transfer_start",
            on_click=_start,
            args=(dataset, seeds, anew),
        )


def _start(dataset: Dataset, seeds: int, anew: bool) -> None:
    try:
        require_write()
        jobs.start(dataset, seeds=seeds, anew=anew)
        st.session_state[SOURCE] = "own"
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")


def live(dataset: Dataset, score: Score) -> None:
    """A comparison at work and what it has found; for a fragment that runs again and again until it has ended."""
    with error_boundary():
        now = jobs.status(dataset)
        if now is None or now.state not in ACTIVE:
            st.rerun()
            return
        st.progress(now.progress.share, text=_words(now))
        result = records.load(records.result_file(dataset.meta.fingerprint))
        if result is not None:
            show_result(result, score, recorded=False)
        log(dataset)


def log(dataset: Dataset) -> None:
    """The last lines that the process wrote."""
    with st.expander("Log", icon=":material/terminal:"):
        st.code(comparison(dataset.meta.fingerprint).log_tail() or "The log is empty.", language=None, wrap_lines=True)


def _words(now: Status) -> str:
    stage = now.progress
    if now.state == "stopping":
        return "Stopping after this batch; what is done is kept."
    if not stage.epochs:
        return "The process is starting …"
    where = f"{stage.done} of {stage.epochs} done"
    if now.state == "queued":
        return f"{where}; waiting until the trainings are done …"
    left = "" if stage.seconds_left is None else f", about {numbers.duration(stage.seconds_left)} left"
    return f"{where}{left}. Now: {stage.note}"
