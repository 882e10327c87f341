"""Draw many faces with what a run answers for each: cards with small bars, side by side."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from pages.ui.answer_card import BARS_STYLE, probability_bars
from pages.ui.faces import class_chip, png_uri

_STYLE = (
    BARS_STYLE
    + """
.fer-cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));margin:2px 0 6px}
.fer-card{display:flex;gap:12px;padding:10px;border-radius:8px;min-width:0;
border:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.fer-card img{width:104px;height:104px;flex:none;border-radius:6px;object-fit:cover}
.fer-card .text{flex:1;min-width:0;font-size:.86rem;line-height:1.35}
.fer-card .names{display:flex;flex-wrap:wrap;column-gap:6px;font-weight:600}
.fer-card .name{white-space:nowrap}
.fer-card .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-card .note{font-size:.8rem;margin-bottom:3px}
"""
)


@dataclass(frozen=True)
class Card:
    """A face with a class and all probabilities.

    Attributes:
        picture: (h, w) grey or (h, w, 3) RGB uint8.
        label: class at the top of the card.
        probabilities: {class: probability in [0, 1]}, one bar each.
        before: what stands before the class.
        note: a sentence below; empty for none.
        alt: what a screen reader says.
    """

    picture: np.ndarray
    label: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    before: str = ""
    note: str = ""
    alt: str = ""


def cards(shown: Sequence[Card]) -> None:
    """Draw cards side by side, as many in a row as fit."""
    cells = "".join(map(_card, shown))
    st.html(f'<div class="fer-cards" role="list"><style>{_STYLE}</style>{cells}</div>')


def _card(card: Card) -> str:
    names = f'<span class="name">{html.escape(card.before)}</span>' if card.before else ""
    return (
        f'<div class="fer-card" role="listitem"><img src="{png_uri(card.picture)}" alt="{html.escape(card.alt, quote=True)}">'
        f'<div class="text"><div class="names">{names}{class_chip(card.label)}</div>'
        + (f'<div class="note">{html.escape(card.note)}</div>' if card.note else "")
        + f"{probability_bars(card.probabilities)}</div></div>"
    )
