"""Accuracy against minutes: what each preset costs and brings, beside a student's script and trials."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import BASELINE, error_bars, level

_LOOKS: dict[str, tuple[str, str, str, int]] = {
    "preset": ("Presets", theme.SCORE, "circle", 12),
    "student": ("a student's script", theme.PAIR[1], "square", 9),
    "trial": ("trials", theme.GREY, "diamond-open", 10),
}
"""{kind: name, written at the first of its points where these have none of their own; tone, symbol and its size}."""

_TICKS = (1, 2, 5, 10, 20, 60, 120, 240)


def frontier(table: pd.DataFrame, *, baseline: float, n: int, chosen: str = "", height: int = 230) -> go.Figure:
    """Accuracy on validation against minutes of training, on a logarithmic axis.

    Args:
        table: columns kind (preset, student or trial), name, minutes, accuracy, low, high (shares) and note, a row a training.
        baseline: accuracy of always answering with the most frequent class.
        n: validation faces.
        chosen: preset that is marked.
        height: pixels.

    Returns:
        A trace for each kind that has rows, with its name or those of the presets, then the baseline with its own; no legend.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, ("kind", "name", "minutes", "accuracy", "low", "high", "note"), "Trainings")
    if table.empty:
        return theme.empty("No training was recorded.", height=height)
    figure = go.Figure()
    for kind in ("trial", "student", "preset"):
        rows = table[table["kind"] == kind].sort_values("minutes")
        if len(rows):
            figure.add_trace(_points(rows, kind, chosen))
    first, last = float(table["minutes"].min()), float(table["minutes"].max())
    figure.add_trace(level((first / 2, last * 2), baseline))
    figure.add_annotation(
        text=f"{BASELINE.lower()}, {numbers.percent(baseline)}",
        x=1,
        xref="paper",
        y=baseline,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
    )
    theme.style(figure, height=height, hovermode="closest")
    figure.update_xaxes(
        type="log",
        range=[math.log10(first / 1.5), math.log10(last * 1.5)],
        tickvals=_TICKS,
        title_text="Minutes on two cores",
        showgrid=True,
        zeroline=False,
    )
    low, high = min(float(table["low"].min()), baseline), float(table["high"].max())
    figure.update_yaxes(
        range=[low - 0.03, high + 0.06], tickformat=".0%", zeroline=False, title_text=f"Validation, n = {numbers.count(n)}"
    )
    return figure


def _points(rows: pd.DataFrame, kind: str, chosen: str) -> go.Scatter:
    name, tone, symbol, size = _LOOKS[kind]
    marked = (rows["name"] == chosen).to_list()
    said = [
        f"<b>{title}</b>, {minutes:g} min<br>{numbers.percent(accuracy)} ({numbers.interval(low, high)})<br>{note}"
        for title, minutes, accuracy, low, high, note in rows[["name", "minutes", "accuracy", "low", "high", "note"]].itertuples(
            index=False
        )
    ]
    words = [name, *[""] * (len(rows) - 1)]
    if kind == "preset":
        words = [f"<b>{title}</b>" if mark else title for title, mark in zip(rows["name"], marked, strict=True)]
    tones = [theme.CHOSEN if mark else tone for mark in marked]
    # The lowest preset's word is below its point: another that takes as long may lie just above it.
    is_above = [kind == "preset" and accuracy > rows["accuracy"].min() for accuracy in rows["accuracy"]]
    return go.Scatter(
        x=rows["minutes"].tolist(),
        y=rows["accuracy"].tolist(),
        mode="lines+markers+text" if kind == "student" else "markers+text",
        name=name,
        text=words,
        textposition=["top center" if above else "bottom center" for above in is_above],
        marker={"color": tones, "symbol": ["square" if mark else symbol for mark in marked], "size": size},
        line={"color": tone, "dash": "dash"},
        error_y=error_bars(rows["accuracy"], rows["low"], rows["high"], tone) if kind == "preset" else None,
        cliponaxis=False,
        customdata=said,
        hovertemplate="%{customdata}<extra></extra>",
    )
