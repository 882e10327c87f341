"""The glossary: every word of the field that the app uses, in one sentence."""

import streamlit as st

from fer_core.lesson.glossary import terms
from pages.ui.heading import lead


def show() -> None:
    """List all words, or those that hold what the viewer types."""
    lead("The field's words, one sentence each. Ctrl+K finds them from every page.")
    asked = st.text_input("Find a word", key="glossary_find", placeholder="macro F1", width=320).strip().lower()
    shown = {term: text for term, text in terms().items() if asked in term.lower() or asked in text.lower()}
    if not shown:
        st.markdown("No word of the glossary holds this. Try a shorter part of it.")
    st.markdown("\n".join(f"- **{term}.** {text}" for term, text in shown.items()))
