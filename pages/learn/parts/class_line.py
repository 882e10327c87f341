"""A student's page goes where the teacher is, when the teacher says so; for the frame, above every view."""

from __future__ import annotations

import streamlit as st

from fer_core.classroom.room import Room
from fer_core.classroom.rooms import room
from pages.learn.parts import lesson_state
from pages.ui import access
from pages.ui.navigation import go

SECONDS = 3.0
"""Time between two looks at where the teacher is."""

_LAST = "_class_followed"


def draw() -> None:
    """Follow the teacher, at once and as long as the page is open."""
    if access.is_student():
        st.fragment(_follow, run_every=SECONDS)()


def target(lesson: Room) -> tuple[str, ...] | None:
    """Where the class is to be: the tab with the round that is played, or a step and its stage; None where it is free."""
    if not lesson.state.follow or lesson.ended:
        return None
    if lesson.round is not None:
        return ("round",)
    return (lesson.step.name, str(lesson.step.stage + 1)) if lesson.step is not None else None


def _follow() -> None:
    asking = access.viewer()
    number = asking.student if asking is not None else None
    if number is None:
        # The lesson has ended since the page was drawn: drawn anew, the frame says so and stops.
        st.rerun()
    lesson = room()
    lesson.students.see(number)
    to = target(lesson)
    if to == st.session_state.get(_LAST):
        return
    st.session_state[_LAST] = to
    if to is None:
        return
    if to == ("round",):
        lesson_state.go(None)
        go("learn/lesson#Class")
    lesson_state.go(to[0], int(to[1]) - 1)
    go("learn/lesson")
