"""Show the limits: other faces, wrong labels, bias, law."""

import streamlit as st

from pages.learn.parts import domain, noise, shift
from pages.learn.parts.words import say, words
from pages.ui.heading import lead
from pages.ui.navigation import link
from pages.ui.state import selected_dataset

WORDS = "limits"


def show() -> None:
    """Show the limits: other faces, wrong labels, bias, law."""
    lead("Where such a network fails, what its labels are worth, and what it must never be used for.")
    st.warning(words(WORDS, "In one sentence"), icon=":material/gavel:")
    st.subheader("Faces from elsewhere", anchor=False)
    data = domain.datasets()
    recorded = st.container()
    chosen = domain.choose(data)
    cells = domain.cells(chosen, data)
    with recorded:
        if shift.show(cells):
            st.subheader("The same with runs of this workspace", anchor=False)
    say(WORDS, "Domain shift")
    if chosen:
        domain.show(cells)
        domain.offer(cells, chosen, data)
    domain.reverse(data)
    st.subheader("Wrong labels", anchor=False)
    say(WORDS, "Label noise")
    noise.show(selected_dataset())
    st.subheader("Who is shown, and who is not", anchor=False)
    say(WORDS, "Bias")
    link("evaluate/errors#Mistakes", label="See where a run is weak, slice by slice", icon=":material/rule:")
    law, ethics = st.columns(2, gap="large")
    with law.container(border=True):
        st.subheader("The law", anchor=False)
        say(WORDS, "The law")
    with ethics.container(border=True):
        st.subheader("What it must not be used for", anchor=False)
        say(WORDS, "What it must not be used for")
    st.subheader("Why study it all the same?", anchor=False)
    say(WORDS, "Why study it")
    with st.expander("Sources", icon=":material/menu_book:"):
        say(WORDS, "Sources")
