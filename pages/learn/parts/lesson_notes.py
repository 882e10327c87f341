"""The presenter's notes in a second window, which follows the lesson in the first; nothing but the place passes between them."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

import streamlit as st

from fer_core.lesson.plan import Clock, Step
from pages.learn.parts import lesson_state
from pages.learn.parts.lesson_numbers import filled

FOLLOW, TALK = "follow", "talk"
"""Query parameters: of the second window, and of the first, the same word in both."""

MOST = 200
"""Lessons that are followed at once; the oldest is forgotten."""


@dataclass(frozen=True)
class Shown:
    """What the first window shows.

    Attributes:
        steps: of its plan.
        position: of the step, from 0.
        stage: from 0.
        clock: the lesson's.
    """

    steps: tuple[Step, ...]
    position: int
    stage: int
    clock: Clock


@st.cache_resource(show_spinner=False)
def _board() -> tuple[threading.Lock, dict[str, Shown]]:
    return threading.Lock(), {}


def publish(steps: tuple[Step, ...], position: int, stage: int) -> None:
    """Tell the second window what is shown, where one was opened."""
    word = st.query_params.get(TALK, "") or st.session_state.get(TALK, "")
    if not word:
        return
    st.query_params[TALK] = word
    lock, board = _board()
    with lock:
        board.pop(word, None)
        board[word] = Shown(steps, position, stage, lesson_state.clock())
        while len(board) > MOST:
            del board[next(iter(board))]


def offer() -> None:
    """Draw the link that opens the second window."""
    word = st.session_state.setdefault(TALK, st.query_params.get(TALK, "") or secrets.token_urlsafe(9))
    st.link_button("Notes in a second window", f"?{FOLLOW}={word}", icon=":material/open_in_new:")


def is_second_window() -> bool:
    """Whether this window was opened to follow another."""
    return FOLLOW in st.query_params


@st.fragment(run_every=1.0)
def follow() -> None:
    """Show the note of what the first window shows, what comes next, and the time."""
    lock, board = _board()
    with lock:
        shown = board.get(st.query_params.get(FOLLOW, ""))
    if shown is None:
        st.info("The notes appear here as soon as the lesson begins in the other window.", icon=":material/speaker_notes:")
        return
    step = shown.steps[shown.position]
    seconds = int(shown.clock.elapsed(time.time()))
    st.subheader(f"{shown.position + 1}. {step.title}", anchor=False)
    state = "" if shown.clock.running else ", paused"
    st.markdown(f"Stage {shown.stage + 1} of {step.stages} · {seconds // 60}:{seconds % 60:02d}{state}")
    st.markdown(filled(step.note) or "*There is no note for this step.*")
    st.caption(f"Next: {_next(shown)}")


def _next(shown: Shown) -> str:
    step = shown.steps[shown.position]
    if shown.stage + 1 < step.stages:
        return filled(step.texts[shown.stage + 1]) if shown.stage + 1 < len(step.texts) else "the picture"
    following = shown.steps[shown.position + 1 :]
    return following[0].title if following else "the end"
