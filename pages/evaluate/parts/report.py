"""The parts of the Report view: the card, its two files, and how it reads."""

from __future__ import annotations

import re

import streamlit as st

from fer_core.report.blocks import Card, Pictures
from fer_core.report.card import make_card, write_card
from fer_core.runs import Run
from fer_core.settings import settings
from pages.ui.loaders import answers_key, stamp
from pages.ui.progress import progress_bar

_MADE = "_report_card"
_STYLE = ".st-key-model_card table{display:block;max-width:100%;overflow-x:auto}"
_TYPES = {".html": ("HTML, one file", "text/html"), ".md": ("Markdown", "text/markdown")}


def card_of(run: Run, *, with_pictures: bool) -> Card:
    """The run's card; made anew when the run, its calibration, its name or the data sets have changed.

    Raises:
        InputError: pictures were asked for and the data set is not there.
        RunError: the run is damaged.
    """
    folder = settings().datasets
    files = sorted(folder.glob("*/dataset.json"))
    there = [(path.parent.name, stamp(path), stamp(path.with_name("edits.jsonl"))) for path in files]
    key = (answers_key(run), run.about().model_dump_json(), run.status().state, there, with_pictures)
    kept = st.session_state.get(_MADE)
    if kept is None or kept[0] != key:
        with progress_bar("The card is being made") as report:
            kept = st.session_state[_MADE] = (key, make_card(run, with_pictures=with_pictures, progress=report))
    return kept[1]


def downloads(run: Run, card: Card) -> None:
    """A button for each kind of file, and the card as it reads in Markdown, without its pictures."""
    with st.container(horizontal=True):
        for suffix, (title, mime) in _TYPES.items():
            content = write_card(card, suffix).encode()
            st.download_button(
                f"{title} ({len(content) / 1000:,.0f} kB)",
                content,
                file_name=f"model-card-{run.id}{suffix}",
                mime=mime,
                icon=":material/download:",
                type="primary" if suffix == ".html" else "secondary",
                on_click="ignore",
            )
    st.caption("The HTML file has the charts as well; below is the card as text.")
    shown = Card(card.title, [block for block in card.blocks if not isinstance(block, Pictures)])
    st.html(f"<style>{_STYLE}</style>")
    with st.container(border=True, key="model_card"):
        # One level down: the view has the page's first heading.
        st.markdown(re.sub(r"^(#{1,5}) ", r"#\1 ", write_card(shown, ".md"), flags=re.MULTILINE))
