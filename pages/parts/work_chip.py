"""The chip of the context line: what is at work now, with progress and a stop, looked at again only while something is."""

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.studies.at_work import Task, at_work
from pages.ui.access import ONLY_READS, may_write
from pages.ui.edit_actions import attempt

POLL_SECONDS = 2.0
"""Time between two looks at what is at work."""

MOST = 8
"""Tasks that the chip lists; it says how many more there are."""

ICONS = {"training": "model_training", "study": "science", "work": "hourglass_top"}


def draw() -> None:
    """Draw the chip while something is at work; for the frame alone."""
    if at_work():
        st.fragment(_chip, run_every=POLL_SECONDS)()


def _chip() -> None:
    tasks = at_work()
    if not tasks:
        # Drawn anew without the chip, and so without this fragment: nothing is looked at any more.
        st.rerun()
    first = tasks[0]
    label = numbers.percent(first.share, 0) if len(tasks) == 1 else f"{numbers.count(len(tasks))} at work"
    with st.popover(label, icon=f":material/{ICONS[first.kind]}:", key="at_work", width="content", help="What is at work now"):
        for place, task in enumerate(tasks[:MOST]):
            _row(place, task)
        if len(tasks) > MOST:
            st.caption(f"{numbers.count(len(tasks) - MOST)} more wait.")


def _row(place: int, task: Task) -> None:
    left = None if task.seconds_left is None else f"{numbers.roughly(task.seconds_left)} left"
    where = ", ".join(filter(None, [markdown(task.text.strip()), left]))
    st.markdown(f"**{markdown(task.title)}**")
    st.progress(min(max(task.share, 0.0), 1.0), text=where or "starting")
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"chip-stop-{place}",
        disabled=task.text == "stopping",
        on_click=_stop,
        args=(task,),
        help="What is kept by then stays.",
    )


def _stop(task: Task) -> None:
    if may_write():
        attempt(task.stop)
    else:
        st.toast(f"{ONLY_READS}.", icon=":material/visibility:")
