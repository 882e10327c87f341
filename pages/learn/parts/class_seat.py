"""A student's place in the app: the question of the moment, as on the plain page."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from fer_core.classroom.addresses import JOIN
from fer_core.classroom.questions import KINDS, Round
from fer_core.classroom.room import Room
from fer_core.classroom.state import Vote
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.ui import access

SECONDS = 2.0
"""Time between two looks at what the teacher shows."""


def show(lesson: Room) -> None:
    """Draw the seat."""
    asking = access.viewer()
    number = asking.student if asking is not None else None
    if number is None:
        st.info("Join the class to answer.", icon=":material/meeting_room:")
        return
    _seat(lesson, number)


@st.fragment(run_every=SECONDS)
def _seat(lesson: Room, number: str) -> None:
    lesson.students.see(number)
    asked, state = lesson.round, lesson.state
    if asked is None or state.item >= len(asked.pictures):
        waiting = "Wait for the teacher: questions appear here by themselves."
        st.markdown(waiting if asked is None else "The results are on the board.")
        return
    vote = lesson.vote_of(number)
    if asked.kind == "look":
        st.markdown(f"{KINDS[asked.kind].question} Answer on the plain page, where a tap tells the place.")
        there = f"{urlsplit(access.own_base('localhost')).path}/{JOIN}/{lesson.code}"
        st.link_button("Open it", there, icon=":material/touch_app:")
        return
    picture, words = st.columns([2, 3], gap="large")
    if asked.pictures[state.item]:
        picture.html(
            f'<img src="{asked.pictures[state.item]}" alt="The face to be named" '
            'style="width:min(100%,20rem);border-radius:.6rem">'
        )
    with words:
        if len(asked.pictures) > 1:
            st.caption(f"Face {state.item + 1} of {len(asked.pictures)}")
        st.markdown(f"**{KINDS[asked.kind].question}**")
        _answers(lesson, asked, number, vote)


def _answers(lesson: Room, asked: Round, number: str, vote: Vote | None) -> None:
    closed, state = not lesson.is_open, lesson.state
    if asked.kind == "accuracy":
        usual = vote.answer if vote is not None and isinstance(vote.answer, int) else 50
        guess = st.slider("Of 100 faces", 0, 100, usual, key=f"seat_guess_{asked.number}", disabled=closed)
        args = (lesson, number, vote, str(guess))
        st.button("Send", type="primary", key="seat_send", disabled=closed, on_click=_vote, args=args)
    else:
        with st.container(horizontal=True):
            for place, name in enumerate(asked.classes):
                chosen = vote is not None and vote.answer == place
                st.button(
                    markdown(display_name(name)),
                    key=f"seat_{place}",
                    type="primary" if chosen else "secondary",
                    disabled=closed,
                    on_click=_vote,
                    args=(lesson, number, vote, str(place)),
                )
    if state.item in state.revealed and asked.kind == "faces":
        st.markdown(f"Label: **{markdown(display_name(asked.facts['labels'][state.item]))}**")
    elif closed:
        st.caption("No answers are taken now.")
    elif vote is not None:
        st.caption("Counted. You may change it.")


def _vote(lesson: Room, number: str, vote: Vote | None, answer: str) -> None:
    state = lesson.state
    place = 1 if vote is None else vote.place + 1
    form = {"round": state.round, "item": state.item, "turn": state.turn, "place": place}
    try:
        lesson.vote(number, {name: str(value) for name, value in form.items()} | {"answer": answer})
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")
