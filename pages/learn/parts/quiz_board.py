"""Where the answers of a class are collected: in the app's memory, the same for every browser that looks at it, without names."""

from __future__ import annotations

import threading

import streamlit as st

from fer_core.settings import settings

Round = tuple[str, ...]

MOST_ROUNDS = 500
"""Rounds that are kept of one quiz; more are refused by keeping the first."""


@st.cache_resource(show_spinner=False)
def _board() -> tuple[threading.Lock, dict[str, list[Round]]]:
    return threading.Lock(), {}


def key(faces: str, number: int) -> str:
    """Name of a quiz.

    Args:
        faces: what the faces are drawn from: a data set's fingerprint, or a word for faces that are drawn by the app.
        number: of the quiz.
    """
    return f"{settings().workspace} {faces} {number}"


def hand_in(quiz: str, answers: Round) -> None:
    """Add a round of answers to a quiz."""
    lock, board = _board()
    with lock:
        given = board.setdefault(quiz, [])
        if len(given) < MOST_ROUNDS:
            given.append(answers)


def rounds(quiz: str) -> tuple[Round, ...]:
    """All rounds of a quiz, in the order in which they were handed in."""
    lock, board = _board()
    with lock:
        return tuple(board.get(quiz, ()))


def clear() -> None:
    """Forget the answers to all quizzes of this workspace: another group comes in."""
    lock, board = _board()
    prefix = f"{settings().workspace} "
    with lock:
        for quiz in [quiz for quiz in board if quiz.startswith(prefix)]:
            del board[quiz]
