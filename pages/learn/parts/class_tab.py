"""The tab Class: the teacher's board and what the class is told, a student's seat, or how a class is begun."""

from __future__ import annotations

import streamlit as st

from fer_core.classroom.notice import FOR_TEACHERS
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import begin_another, room
from pages.learn.parts import class_board, class_door, class_rounds, class_seat, class_settings
from pages.learn.parts.quiz import numbered
from pages.ui.access import is_class, is_student
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import lead


def show() -> None:
    """Draw the tab."""
    if not is_class():
        _explain()
        return
    lesson = room()
    if is_student():
        class_seat.show(lesson)
    elif lesson.ended:
        st.success("The lesson has ended: answers and nicknames are deleted, and nobody is in the class any more.")
        st.button("Begin another lesson", icon=":material/restart_alt:", type="primary", on_click=begin_another, key="class_anew")
    elif not lesson.state.told:
        _tell(lesson)
    else:
        _teach(lesson)


def _teach(lesson: Room) -> None:
    class_settings.bar(lesson)
    if lesson.round is None:
        class_door.show(lesson)
        class_rounds.offer(lesson)
    else:
        class_board.show(lesson)


def _tell(lesson: Room) -> None:
    """What the law says, before anything else."""
    with st.container(border=True, width=760):
        st.subheader("Before the class comes in", anchor=False)
        for sentence in FOR_TEACHERS:
            st.markdown(sentence)
        st.markdown("Students read on their phones what is done with their answers before they join. More: docs/law.md.")
        st.button("I have read this", type="primary", icon=":material/check:", on_click=lesson.tell, key="class_told")


def _explain() -> None:
    """What a class can do here, and how it is begun: the app serves this computer alone now."""
    lead("Thirty phones and one projector: the class votes on faces, and sees with whom it agrees.")
    faces, words = st.columns([3, 4], gap="large")
    with faces:
        asked = numbered()
        face_grid(list(asked.images), [Caption(alt="to be guessed")] * len(asked.images), size=96, numbers=True)
    with words:
        st.markdown(
            "- **Ten faces**: votes arrive on the board; then the class, the network and FER+'s annotators stand side by side.\n"
            "- **Guess the accuracy**: what the class expects of the network, and what it reaches.\n"
            "- **Where did it look?** Taps on a face, beside the network's map.\n\n"
            "Phones need a browser and the same network, no app and no account. Start FER Lab for a class with"
        )
        st.code("make classroom", language="bash")
        st.markdown(
            "and open the teacher's address that it prints. With HTTPS, on another port: `python -m fer_core classroom --port "
            "8080 --certificate cert.pem --key key.pem`. *docs/guide.md* has a page to read the evening before."
        )
