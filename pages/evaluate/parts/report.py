"""The parts of the Report view: the card, its two files, its charts, and how it reads."""

from __future__ import annotations

import html
import re

import streamlit as st

from fer_core.escape import markdown
from fer_core.report.blocks import Card, Charts, Figures, Pictures, Text
from fer_core.report.card import make_card, write_card
from fer_core.runs import Run
from fer_core.settings import settings
from pages.ui.access import may_download
from pages.ui.heading import Figure, figures_row
from pages.ui.loaders import answers_key, stamp
from pages.ui.work import progress_bar

_MADE = "_report_card"
_TABLES = ".st-key-model_card table{display:block;max-width:100%;overflow-x:auto}"
_CHARTS = """
.fer-report{display:grid;gap:12px 24px;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}
.fer-report figure{margin:0;min-width:0}
.fer-report figcaption{font-size:.9rem;font-weight:600}
.fer-report svg{width:100%;height:auto;display:block}
"""
# `st.html` drops drawings. These come from the card's own writer, which escapes every text in them.
_drawings = st.components.v2.component(
    "fer_report",
    html='<div class="fer-report"></div>',
    css=_CHARTS,
    js="export default ({ data, parentElement }) => { parentElement.querySelector('.fer-report').innerHTML = data; }",
)
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
    """A button for each kind of file."""
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
            disabled=not may_download(),
            width="stretch",
        )


def at_a_glance(card: Card) -> None:
    """What the card says first, its figures and its charts."""
    st.markdown(next(f"**{markdown(block.text)}**" for block in card.blocks if isinstance(block, Text)))
    for block in card.blocks:
        if isinstance(block, Figures):
            shown = [
                Figure(markdown(label), markdown(value), note, note.removeprefix("95% interval "))
                for label, value, note in block.items
            ]
            figures_row(shown, width=184)
    charts = [drawing for block in card.blocks if isinstance(block, Charts) for drawing in block.charts]
    cells = "".join(f"<figure><figcaption>{html.escape(drawing.title)}</figcaption>{drawing.svg}</figure>" for drawing in charts)
    _drawings(key="report_charts", data=cells)


def whole_card(card: Card) -> None:
    """The card as it reads in Markdown, without its pictures."""
    shown = Card(card.title, [block for block in card.blocks if not isinstance(block, Pictures)])
    st.html(f"<style>{_TABLES}</style>")
    with st.container(key="model_card"):
        # One level down: the view has the page's first heading.
        st.markdown(re.sub(r"^(#{1,5}) ", r"#\1 ", write_card(shown, ".md"), flags=re.MULTILINE))
