"""What the teacher decides for the lesson: what students may do, whether they follow, and its end."""

from __future__ import annotations

import streamlit as st

from fer_core.classroom.rights import RIGHTS
from fer_core.classroom.room import Room
from pages.learn.parts import class_results, quiz_board
from pages.ui.access import require_write
from pages.ui.question import ask, question


def bar(lesson: Room) -> None:
    """Draw the line above the board."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        _present(lesson)
        st.toggle(
            "The class follows",
            lesson.state.follow,
            key="class_follow",
            on_change=_follow,
            args=(lesson,),
            help="Students' pages of the app go to the step of the lesson, or the tab Class, where you are.",
        )
        with st.popover("Grant", icon=":material/lock_open:", help="What students may do in this lesson besides looking on."):
            for right in RIGHTS.values():
                st.checkbox(
                    right.title,
                    right.name in lesson.state.rights,
                    help=right.help,
                    key=f"class_grant_{right.name}",
                    on_change=_grant,
                    args=(lesson,),
                )
        if st.button("End lesson …", icon=":material/flag:", key="class_end"):
            ask("class-end", True)
    question(
        "class-end",
        "End the lesson?",
        text=lambda _: (
            "All answers, nicknames and what students have trained are **deleted**, and nobody is in the class any more. "
            "Download counts first if you want to keep them."
        ),
        yes="End it",
        no="Go on",
        act=lambda _: end(lesson),
    )


def end(lesson: Room) -> None:
    """End the lesson, and forget what the app keeps of the class in memory."""
    require_write()
    lesson.end()
    quiz_board.clear()
    class_results.clear()


@st.fragment(run_every=2.0)
def _present(lesson: Room) -> None:
    st.markdown(f":material/group: **{lesson.students.present()}** here · code **{lesson.code}**", width="content")


def _follow(lesson: Room) -> None:
    require_write()
    lesson.follow(bool(st.session_state["class_follow"]))


def _grant(lesson: Room) -> None:
    require_write()
    lesson.grant(name for name in RIGHTS if st.session_state[f"class_grant_{name}"])
