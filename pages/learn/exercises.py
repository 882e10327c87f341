import streamlit as st

from pages.learn.parts.lesson_exercises import ask_exercise, desk, exercises, offer_answers, progress, remember
from pages.ui.heading import lead

every, on = exercises(), desk()
lead("Predict first, then check: the app computes every answer from the network, your data set and your own runs.")
remember(every, on)
summary = st.container()
for first in range(0, len(every), 2):
    for column, number in zip(st.columns(2), range(first, len(every)), strict=False):
        with column:
            ask_exercise(every[number], number + 1, on)
with summary:
    progress(every)
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_answers(every, on)
        st.caption(
            "Enter checks. Answers are kept in the address, so that a reload loses none. "
            "Data set and run are chosen at the top of the page. Numbers "
            "may be typed as "
            "1,234 or 1.2 million; 12.5 and 12.5% are the same.",
            width="content",
        )
