"""Pictures for a room: bars in HTML, whose type and lines grow with the window, as those of a chart do not."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

_STYLE = """
.fer-big{display:grid;grid-template-columns:auto 1fr auto;gap:.7em .7em;align-items:center;font-size:1.2rem;line-height:1.2}
.fer-big .track{position:relative;height:var(--thick);border-radius:.25em;
background:color-mix(in srgb,currentColor 8%,transparent)}
.fer-big .fill{position:absolute;inset:0 auto 0 0;border-radius:.25em}
.fer-big .range{position:absolute;top:50%;height:4px;margin-top:-2px;background:currentColor;
border-left:4px solid;border-right:4px solid;box-sizing:border-box}
.fer-big .level{position:absolute;top:-.25em;bottom:-.25em;border-left:4px dashed currentColor;opacity:.75}
.fer-big .said{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
@media(max-width:640px){.fer-big{gap:.4em}}
"""


@dataclass(frozen=True)
class Bar:
    """One bar: what it is, how long (0 to 1), what is written at its end, its colour.

    Attributes:
        name: written before it.
        share: its length, 0 to 1.
        said: written after it.
        tone: colour.
        limits: a 95% interval that is drawn on it; None for none.
        level: what it is compared with, 0 to 1; None for nothing.
    """

    name: str
    share: float
    said: str
    tone: str
    limits: tuple[float, float] | None = None
    level: float | None = None


def big_bars(bars: Sequence[Bar], *, alt: str) -> None:
    """Draw bars one below the other.

    Args:
        bars: from the top.
        alt: what they show, for who does not see them.
    """
    thick = max(1.1, min(4.5, 15 / max(1, len(bars))))
    rows = "".join(map(_row, bars))
    st.html(
        f'<div class="fer-big" style="--thick:{thick:.1f}em" role="img" aria-label="{html.escape(alt)}">'
        f"<style>{_STYLE}</style>{rows}</div>"
    )


def _row(bar: Bar) -> str:
    inside = f'<span class="fill" style="width:{bar.share:.1%};background:{bar.tone}"></span>'
    if bar.level is not None:
        inside += f'<span class="level" style="left:{bar.level:.1%}"></span>'
    if bar.limits is not None:
        low, high = bar.limits
        inside += f'<span class="range" style="left:{low:.1%};width:{high - low:.1%}"></span>'
    return (
        f'<span class="name">{html.escape(bar.name)}</span><span class="track">{inside}</span>'
        f'<span class="said">{html.escape(bar.said)}</span>'
    )
