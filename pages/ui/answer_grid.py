"""Many faces with what a run answers for each: cards with small bars, or a table where the pictures are not there."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.labels import colours, display_name
from pages.ui.faces import class_chip, png_uri

if TYPE_CHECKING:
    pass

STYLE = """
.fer-cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));margin:2px 0 6px}
.fer-card{display:flex;gap:12px;padding:10px;border-radius:8px;min-width:0;
border:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.fer-card img{width:104px;height:104px;flex:none;border-radius:6px;object-fit:cover}
.fer-card .text{flex:1;min-width:0;font-size:.86rem;line-height:1.35}
.fer-card .names{display:flex;flex-wrap:wrap;column-gap:6px;font-weight:600}
.fer-card .name{white-space:nowrap}
.fer-card .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-card .note{font-size:.8rem;margin-bottom:3px}
.fer-card .file{opacity:.72;font-size:.78rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;margin-bottom:3px}
.fer-bar{display:grid;grid-template-columns:5.2em 1fr 2.9em;gap:6px;align-items:center;font-size:.78rem;line-height:1.45}
.fer-bar .track{position:relative;height:.62em;border-radius:.31em;background:color-mix(in srgb,currentColor 10%,transparent)}
.fer-bar .fill{display:block;height:100%;border-radius:.31em}
.fer-bar .was{position:absolute;top:-.15em;bottom:-.15em;width:3px;margin-left:-1.5px;border-radius:2px;background:currentColor}
.fer-bar .value{text-align:right;font-variant-numeric:tabular-nums}
.fer-bar.top{font-weight:600}
"""


@dataclass(frozen=True)
class Card:
    """A face with a class and all probabilities.

    Attributes:
        picture: (h, w) grey or (h, w, 3) RGB uint8.
        label: class at the top of the card.
        probabilities: {class: probability in [0, 1]}, one bar each.
        before: what stands before the class.
        answer: another class after an arrow; empty for none.
        note: a sentence below; empty for none.
        file: file name, cut off where it is long; empty for none.
        alt: what a screen reader says.
    """

    picture: np.ndarray
    label: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    before: str = ""
    answer: str = ""
    note: str = ""
    file: str = ""
    alt: str = ""


def cards(shown: Sequence[Card]) -> None:
    """Draw cards side by side, as many in a row as fit."""
    cells = "".join(map(_card, shown))
    st.html(f'<div class="fer-cards" role="list"><style>{STYLE}</style>{cells}</div>')


def answer_table(rows: pd.DataFrame, classes: Sequence[str]) -> None:
    """The same without pictures: one line a sample, in the order of `rows`."""
    share = {"min_value": 0.0, "max_value": 1.0, "format": "percent"}
    st.dataframe(
        rows.round(3).assign(label=rows["label"].map(display_name), predicted=rows["predicted"].map(display_name)),
        hide_index=True,
        column_order=["label", "predicted", "confidence", *(f"p_{name}" for name in classes)],
        column_config={
            "label": "True class",
            "predicted": "Answer",
            "confidence": st.column_config.ProgressColumn("Confidence", **share),
            **{f"p_{name}": st.column_config.NumberColumn(display_name(name), format="percent") for name in classes},
        },
    )


def probability_bars(probabilities: Mapping[str, float], *, before: Mapping[str, float] | None = None) -> str:
    """HTML bars, one a class, the largest in bold, with a stroke where it stood `before`; escaped. They need STYLE."""
    top, tones = max(probabilities, key=lambda name: probabilities[name]), colours(probabilities)
    return "".join(
        f'<div class="fer-bar{" top" if name == top else ""}"><span>{html.escape(display_name(name))}</span>'
        f'<span class="track"><span class="fill" style="width:{value:.1%};background:{tones[name]}"></span>'
        + (f'<span class="was" style="left:{before[name]:.1%}"></span>' if before else "")
        + f'</span><span class="value">{numbers.percent(value, 0)}</span></div>'
        for name, value in probabilities.items()
    )


def _card(card: Card) -> str:
    names = f'<span class="name">{html.escape(card.before)}</span>' if card.before else ""
    names += class_chip(card.label)
    if card.answer:
        names += f'<span class="name">→ {class_chip(card.answer)}</span>'
    file, alt = html.escape(card.file, quote=True), html.escape(card.alt, quote=True)
    return (
        f'<div class="fer-card" role="listitem"><img src="{png_uri(card.picture)}" alt="{alt}">'
        f'<div class="text"><div class="names">{names}</div>'
        + (f'<div class="file" title="{file}">{file}</div>' if file else "")
        + (f'<div class="note">{html.escape(card.note)}</div>' if card.note else "")
        + f"{probability_bars(card.probabilities)}</div></div>"
    )
