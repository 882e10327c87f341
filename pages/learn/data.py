import streamlit as st

from fer_core.evaluation.metrics import Evaluation
from pages.ui import imbalance_parts, quiz_parts, quiz_result
from pages.ui.boundary import error_boundary
from pages.ui.evaluation_data import evaluated
from pages.ui.heading import heading
from pages.ui.words import say

WORDS = "data"


@st.fragment
def guess() -> None:
    with error_boundary():
        asked = quiz_parts.choose()
        if asked.data is None:
            st.caption("There is no data set, so these faces are drawn.")
        if quiz_parts.finished(asked):
            quiz_parts.after(asked)
            quiz_result.show(asked)
            say(WORDS, "After the quiz")
        else:
            quiz_parts.answer(asked)


@st.fragment
def counting(scores: Evaluation) -> None:
    with error_boundary():
        imbalance_parts.show(scores, imbalance_parts.choose())


heading("Data", "What the labels are worth, and what a single figure hides.")
st.subheader("Guess the expression", anchor=False)
say(WORDS, "The quiz")
guess()
st.subheader("What accuracy hides", anchor=False)
shown = evaluated()
say(WORDS, "Imbalance", **imbalance_parts.numbers(shown.evaluation))
counting(shown.evaluation)
