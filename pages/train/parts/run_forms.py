"""What can be done to a run: stop, resume, rename, note, delete; each asks where something would be lost."""

from collections.abc import Callable

import streamlit as st

from fer_core import runs
from fer_core.classroom.rights import RightName
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.runs import Run
from fer_core.training import checkpoint, executors, jobs
from pages.ui.access import may_write, require_write
from pages.ui.boundary import error_boundary


@st.dialog("Stop this run?")
def ask_stop(run: Run) -> None:
    """A question, and a stop that keeps the best epoch so far."""
    with error_boundary():
        status = run.status()
        if status.state == "queued":
            st.markdown(f"**{markdown(run.about().name)}** has not begun; it leaves the queue.")
        elif status.best_epoch is None:
            st.markdown(f"**{markdown(run.about().name)}** has not finished an epoch yet; there may be no model to keep.")
        else:
            st.markdown(
                f"**{markdown(run.about().name)}** ends within seconds and keeps the best epoch so far ({status.best_epoch})."
            )
        _answers(run, executors.stop, yes="Stop it", no="Keep training", icon="stop", key="stop")


def resume_button(run: Run) -> None:
    """Has a run that failed or was stopped go on from its last checkpoint, or start again when it has none."""
    if not (may_write() and jobs.resumable(run)):
        return
    epoch = checkpoint.latest_epoch(run)
    if epoch is not None:
        about = "Training continues as if it had not been interrupted, with its optimizer and its schedule."
        if st.button(f"Resume from epoch {epoch}", icon=":material/resume:", key="resume", help=about):
            require_write()
            executors.resume(run)
            st.rerun()
        return
    if st.button("Start again", icon=":material/restart_alt:", key="resume", help="It has no checkpoint to resume from."):
        if run.model_file.is_file():
            _ask_restart(run)
        else:
            require_write()
            executors.resume(run)
            st.rerun()


@st.dialog("Start this run again?")
def _ask_restart(run: Run) -> None:
    with error_boundary():
        st.markdown(
            f"**{markdown(run.about().name)}** has no checkpoint to resume from. It starts from the beginning; "
            "its model, its curves and its predictions will be replaced."
        )
        _answers(run, executors.resume, yes="Start it again", no="Keep what there is", icon="restart_alt", key="restart")


@st.dialog("Delete this run?")
def ask_delete(run: Run) -> None:
    """A question, and the end of a run's folder with everything in it."""
    with error_boundary():
        st.markdown(
            f"**{markdown(run.about().name)}**, its model, its curves and its predictions will be gone. The data set stays."
        )
        _answers(run, runs.delete, yes="Delete it", no="Keep it", icon="delete", key="delete_run", right="delete")


def about_form(run: Run) -> None:
    """Name and note of a run, saved together."""
    about = run.about()
    with st.form(f"about_{run.id}", border=False):
        name = st.text_input("Name", value=about.name, max_chars=80)
        note = st.text_area("Note", value=about.note, max_chars=2000, placeholder="What you tried, and the result")
        if st.form_submit_button("Save", icon=":material/save:", disabled=not may_write("edit")):
            require_write("edit")
            runs.rename(run, name)
            run.write(run.about().model_copy(update={"note": note.strip()}))
            st.rerun()


def _answers(
    run: Run, act: Callable[[Run], None], *, yes: str, no: str, icon: str, key: str, right: RightName | None = None
) -> None:
    """Draw the two answers to a dialog's question; both close it, `yes` acts before."""
    with st.container(horizontal=True):
        agreed = st.button(
            yes, type="primary", icon=f":material/{icon}:", key=f"{key}_yes", on_click=_try, args=(act, run, right)
        )
        if st.button(no, key=f"{key}_no") or agreed:
            st.rerun()


def _try(act: Callable[[Run], None], run: Run, right: RightName | None = None) -> None:
    try:
        require_write(right)
        act(run)
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")
