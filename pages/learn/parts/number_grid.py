"""Small tables of numbers whose cells can be framed and tinted: pictures, kernels and maps that are followed by hand."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from fer_core.figures import theme

_STYLE = """
.fer-numbers{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:center;margin:2px 0 6px}
.fer-numbers .pair{display:flex;gap:7px;align-items:center}
.fer-numbers figure{margin:0}
.fer-numbers figcaption{font-size:.85rem;line-height:1.25;margin-bottom:3px}
.fer-numbers table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.fer-numbers td{width:24px;height:24px;min-width:24px;padding:0;text-align:center;font-size:.85rem;line-height:1;
border:1px solid color-mix(in srgb,currentColor 22%,transparent);
background:color-mix(in srgb,var(--tone) var(--much),transparent)}
.fer-numbers td.in{outline:2px solid currentColor;outline-offset:-2px;font-weight:700}
.fer-numbers .sign{font-size:1.1rem;font-weight:600}
"""
_STRONGEST = 45
"""Percent of tint in a cell with the largest value: text of either theme still reads on it."""


def number(value: float) -> str:
    """`-2.0` -> `−2`, `0.25` -> `0.25`: as short as it can be; zero has no sign."""
    return f"{value + 0.0:g}".replace("-", "−")


def grid(values: np.ndarray, title: str, *, framed: Sequence[tuple[int, int]] = (), known: int | None = None) -> str:
    """HTML of one table.

    Args:
        values: (rows, columns); green is above 0, purple below, the stronger the larger.
        title: stands above it.
        framed: (row, column) of cells that are framed.
        known: so many cells in reading order have a value yet; all for None.
    """
    top = max(float(np.abs(values).max()), 1e-9)
    rows = []
    for row, line in enumerate(values):
        cells = []
        for column, value in enumerate(line):
            shown = known is None or row * len(line) + column < known
            tone = theme.PAIR[0] if value >= 0 else theme.PAIR[1]
            much = round(_STRONGEST * abs(float(value)) / top) if shown else 0
            mark = " class=in" if (row, column) in framed else ""
            text = number(float(value)) if shown else ""
            cells.append(f'<td{mark} style="--tone:{tone};--much:{much}%">{text}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<figure><figcaption>{html.escape(title)}</figcaption><table>{''.join(rows)}</table></figure>"


def pair(parts: Sequence[str]) -> str:
    """HTML of tables and signs that stay on one line."""
    return f'<div class="pair">{"".join(parts)}</div>'


def sign(text: str) -> str:
    """HTML of a sign between two tables."""
    return f'<span class="sign">{html.escape(text)}</span>'


def show(parts: Sequence[str]) -> None:
    """Draw tables side by side, as many in a row as fit."""
    st.html(f'<div class="fer-numbers"><style>{_STYLE}</style>{"".join(parts)}</div>')
