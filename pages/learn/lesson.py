import streamlit as st

from pages.learn.parts import class_step, class_tab, lesson_handout, lesson_home, lesson_notes, lesson_state
from pages.learn.parts.lesson_numbers import NUMBERS
from pages.learn.parts.lesson_screen import show_step
from pages.learn.parts.lesson_steps import PARTS
from pages.ui.navigation import tabs

if lesson_notes.is_second_window():
    lesson_notes.follow()
    st.stop()
steps = lesson_state.plan(list(PARTS), list(NUMBERS))
position = lesson_state.position(steps)
if position is not None:
    show_step(steps, position)
    st.stop()
class_step.tell(None)
if lesson_handout.is_open():
    lesson_handout.show(steps)
    st.stop()
tabs(
    {
        "Lesson": lesson_home.show,
        "Class": class_tab.show,
    }
)
