"""The tab Lesson: the page before the lesson."""

import streamlit as st

from pages.learn.parts import lesson_state
from pages.learn.parts.lesson_numbers import NUMBERS
from pages.learn.parts.lesson_start import choose_plan, show_plan, show_preflight, show_start
from pages.learn.parts.lesson_steps import PARTS
from pages.ui.heading import lead


def show() -> None:
    """Draw start, plan, and what to look over."""
    steps = lesson_state.plan(list(PARTS), list(NUMBERS))
    minutes = sum(step.minutes for step in steps)
    lead(f"Transfer learning in {minutes:g} minutes and {len(steps)} steps, for a class in front of this screen.")
    show_start(steps)
    plan, before = st.columns([4, 5], gap="large")
    with plan:
        st.subheader("Plan", anchor=False)
        choose_plan()
        show_plan(steps)
        st.caption(
            "The steps are Markdown files in pages/learn/words/lesson, which a lecturer may edit, add to and reorder; "
            "FER_LESSON names a folder of one's own."
        )
    with before:
        st.subheader("Before class", anchor=False)
        show_preflight()
