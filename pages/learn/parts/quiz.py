"""The quiz: which ten faces, one face after the other with a button for each expression, and the end of a round."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import FIVE, display_name
from fer_core.lesson import quiz
from pages.learn.parts import quiz_board
from pages.ui.access import may_write, require_write
from pages.ui.faces import Caption, face_grid, png_uri
from pages.ui.question import ask, question
from pages.ui.state import selected_dataset

NUMBER, ADDRESS = "quiz", "given"
"""Query parameters: the number of the quiz, and the answers of a round that is not over, so that a reload loses none."""

_GIVEN, _SEEN = "quiz_given", "quiz_seen"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Quiz:
    """Ten faces.

    Attributes:
        key: name of it on the board.
        images: (10, S, S) or (10, S, S, 3) uint8.
        labels: of the faces.
        classes: what may be answered.
        data: where they are from; None for faces that the app draws.
        rows: their samples; empty for drawn ones.
    """

    key: str
    images: np.ndarray
    labels: list[str]
    classes: tuple[str, ...]
    data: Dataset | None
    rows: pd.DataFrame


def numbered() -> Quiz:
    """The quiz of the address, without a way to choose another one."""
    number = st.query_params.get(NUMBER, "")
    return of_number(int(number) if number.isdecimal() and int(number) <= quiz.MOST_SEED else 1)


def choose() -> Quiz:
    """The number of the quiz, and its faces."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Quiz number",
            0,
            quiz.MOST_SEED,
            1,
            key=NUMBER,
            bind="query-params",
            width=150,
            help="The same number shows the same ten faces in every browser, so that a whole class can answer.",
        )
        st.button("Ten other faces", icon=":material/shuffle:", on_click=_other, key="quiz-other")
    return of_number(int(number))


def of_number(number: int) -> Quiz:
    """The quiz of a number, on the chosen data set, or on drawn faces where there is none."""
    data = selected_dataset()
    if data is None:
        images, labels = _drawn(number)
        return Quiz(quiz_board.key("drawn", number), images, labels, FIVE, None, pd.DataFrame())
    rows = _rows(data.meta.fingerprint, data.meta.created, number, data)
    images = np.asarray(data.images[rows["id"].to_numpy()])
    return Quiz(quiz_board.key(data.meta.fingerprint, number), images, rows["label"].tolist(), data.meta.classes, data, rows)


def finished(asked: Quiz) -> bool:
    """Whether this browser may see the labels: it has handed in its answers, or asked for the results."""
    return st.session_state.get(_SEEN) == asked.key


def answer(asked: Quiz, *, big: bool = False) -> None:
    """One face in large, and the buttons; nothing here tells its label.

    Args:
        asked: the quiz.
        big: for a room.
    """
    given = _given(asked)
    place = len(given)
    _write(asked, given)
    left, right = st.columns([1, 1] if big else [2, 3], gap="large")
    alt = f"Face {place + 1} of {len(asked.labels)}, to be guessed"
    if big:
        picture = png_uri(asked.images[place])
        left.html(f'<img src="{picture}" alt="{alt}" style="display:block;margin:auto;width:min(100%,68vh);border-radius:8px">')
    else:
        with left.container(width=300):
            face_grid([asked.images[place]], [Caption(alt=alt)], size=240)
    with right:
        st.progress(place / len(asked.labels), text=f"Face {place + 1} of {len(asked.labels)}")
        st.markdown("**Which expression is shown?**")
        with st.container(horizontal=True, key="bottom_quiz"):
            for position, name in enumerate(asked.classes, start=1):
                st.button(
                    markdown(display_name(name)),
                    key=f"quiz-answer-{name}",
                    shortcut=str(position) if position < 10 else None,
                    on_click=_take,
                    args=(asked, name, place),
                )
        with st.container(horizontal=True):
            st.button("Back", icon=":material/undo:", key="quiz-back", disabled=not place, on_click=_back, args=(asked,))
            handed = len(quiz_board.rounds(asked.key))
            if handed:
                st.button(
                    f"See the results without answering ({handed} {'round' if handed == 1 else 'rounds'})",
                    icon=":material/visibility:",
                    key="quiz-see",
                    on_click=_see,
                    args=(asked,),
                )
        if not big:
            st.caption(
                "Keys: the number on a button answers. Take what comes to mind first: there is no time limit, and no mark."
            )


def after(asked: Quiz) -> None:
    """What may be done when a round is over."""
    with st.container(horizontal=True):
        st.button(
            "Next student, same faces",
            icon=":material/person_add:",
            type="primary",
            key="quiz-again",
            on_click=_again,
            args=(asked,),
        )
        st.button("Look for new answers", icon=":material/refresh:", key="quiz-refresh")
        if may_write() and st.button("Another group: forget all answers", icon=":material/delete_sweep:", key="quiz-forget"):
            ask("quiz", asked)
    question(
        "quiz",
        "Forget all answers?",
        text=lambda _: "The answers to every quiz are forgotten, those from other browsers too. They are kept nowhere else.",
        yes="Forget them",
        no="Keep them",
        act=_forget,
    )


def _given(asked: Quiz) -> list[str]:
    kept = st.session_state.get(_GIVEN)
    if not isinstance(kept, tuple) or kept[0] != asked.key:
        kept = st.session_state[_GIVEN] = (asked.key, _read(asked) if kept is None else [])
    return kept[1]


def _take(asked: Quiz, name: str, place: int) -> None:
    """Take an answer to the face at `place`; a second press of the button, for a face that is answered, counts for nothing."""
    if finished(asked) or len(given := _given(asked)) != place:
        return
    given.append(name)
    if len(given) >= len(asked.labels):
        quiz_board.hand_in(asked.key, tuple(given))
        st.session_state[_GIVEN] = (asked.key, [])
        st.session_state[_SEEN] = asked.key
        st.query_params.pop(ADDRESS, None)


def _mark(asked: Quiz) -> str:
    """Tells the answers of one quiz from those of another in the address."""
    return f"{zlib.crc32(asked.key.encode()):08x}"


def _write(asked: Quiz, given: list[str]) -> None:
    text = f"{_mark(asked)}-{''.join(_DIGITS[asked.classes.index(name)] for name in given)}" if given else ""
    if st.query_params.get(ADDRESS, "") == text:
        return
    if text:
        st.query_params[ADDRESS] = text
    else:
        st.query_params.pop(ADDRESS, None)


def _read(asked: Quiz) -> list[str]:
    """The answers that the address keeps for this quiz; none when they are not whole."""
    mark, _, digits = st.query_params.get(ADDRESS, "").partition("-")
    known = dict(zip(_DIGITS, asked.classes, strict=False))
    if mark != _mark(asked) or len(digits) >= len(asked.labels) or not set(digits) <= set(known):
        return []
    return [known[digit] for digit in digits]


def _back(asked: Quiz) -> None:
    given = _given(asked)
    if given:
        given.pop()


def _see(asked: Quiz) -> None:
    st.session_state[_SEEN] = asked.key


def _again(asked: Quiz) -> None:
    st.session_state.pop(_SEEN, None)


def _other() -> None:
    st.session_state[NUMBER] = random.randrange(quiz.MOST_SEED + 1)


def _forget(asked: Quiz) -> None:
    require_write()
    quiz_board.clear()
    st.session_state.pop(_SEEN, None)
    st.session_state[_GIVEN] = (asked.key, [])


@st.cache_data(max_entries=16, show_spinner="Ten faces are being drawn …")
def _drawn(number: int) -> tuple[np.ndarray, list[str]]:
    return quiz.draw_synthetic(number)


@st.cache_data(max_entries=64, show_spinner=False)
def _rows(fingerprint: str, created: str, number: int, _data: Dataset) -> pd.DataFrame:
    return quiz.draw(_data.samples, _data.meta.classes, number)
