"""Search for pages, runs, data sets, methods and words: a dialog that Ctrl+K opens, with one box that filters while one types."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from fer_core import runs
from fer_core.datasets import store
from fer_core.explain.methods import METHODS
from fer_core.lesson.glossary import terms
from pages.ui import navigation
from pages.ui.state import choose_dataset, choose_run

_CHOICE = "search_choice"


@dataclass(frozen=True)
class Hit:
    """Something that can be searched for.

    Attributes:
        kind: what it is, in one word.
        name: how it is called.
        place: page or tab to go to; empty for a word of the glossary.
        value: name of the data set or id of the run.
    """

    kind: str
    name: str
    place: str = ""
    value: str = ""

    @property
    def title(self) -> str:
        """What the list shows."""
        return f"{self.name} · {self.kind}"


def search_button() -> None:
    """Draw the button that opens the search; Ctrl+K does the same."""
    if st.button(
        "Search", icon=":material/search:", shortcut="Ctrl+K", type="tertiary", key="search_open", help="Search (Ctrl+K)"
    ):
        _dialog()


def hits() -> list[Hit]:
    """List everything that can be found: pages and their tabs, data sets, runs, methods, words."""
    pages = [Hit("page", page.title, page.place) for page in navigation.pages()]
    tabs = [Hit(page.title, tab, f"{page.place}#{tab}") for page in navigation.pages() for tab in page.tabs[1:]]
    data = [Hit("data set", name, "data/overview", value=name) for name in store.dataset_names()]
    known = [Hit("run", run.about().name, "evaluate/scores", value=run.id) for run in runs.list_runs()]
    methods = [Hit("method", method.title, "explain/look#All methods") for method in METHODS.values()]
    return [*pages, *tabs, *data, *known, *methods, *(Hit("word", term) for term in terms())]


@st.dialog("Search")
def _dialog() -> None:
    hit = st.selectbox(
        "Pages, runs, data sets, methods, words",
        hits(),
        format_func=lambda entry: entry.title,
        index=None,
        placeholder="Type a few letters",
        key=_CHOICE,
    )
    if hit is None:
        return
    if hit.kind == "word":
        st.markdown(f"**{hit.name}.** {terms()[hit.name]}")
        return
    if hit.kind == "data set":
        choose_dataset(hit.value)
    if hit.kind == "run":
        choose_run(hit.value)
    navigation.go(hit.place)
