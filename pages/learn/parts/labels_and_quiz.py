"""Show the quiz and what accuracy hides."""

import streamlit as st

from fer_core.evaluation.metrics import Evaluation
from pages.learn.parts import imbalance, quiz, quiz_result
from pages.learn.parts.words import say
from pages.ui.boundary import error_boundary
from pages.ui.evaluation_data import evaluated
from pages.ui.heading import lead

WORDS = "data"


@st.fragment
def guess() -> None:
    with error_boundary():
        asked = quiz.choose()
        if asked.data is None:
            st.caption("There is no data set, so these faces are drawn.")
        if quiz.finished(asked):
            quiz.after(asked)
            quiz_result.show(asked)
            say(WORDS, "After the quiz")
        else:
            quiz.answer(asked)


@st.fragment
def counting(scores: Evaluation) -> None:
    with error_boundary():
        imbalance.show(scores, imbalance.choose())


def show() -> None:
    """Show the quiz and what accuracy hides."""
    lead("How far labels can be trusted, and what accuracy hides.")
    st.subheader("Guess the expression", anchor=False)
    say(WORDS, "The quiz")
    guess()
    st.subheader("What accuracy hides", anchor=False)
    shown = evaluated()
    say(WORDS, "Imbalance", **imbalance.placeholders(shown.evaluation))
    counting(shown.evaluation)
