"""Draw the shapes that several figures are made of: rows with intervals, error bars, bands, level lines, patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fer_core.figures import theme

SHARES: dict[str, Any] = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%", "zeroline": False}
"""An axis of shares from 0 to 1."""

BASELINE = "Always the most frequent class"
"""What the majority baseline is called in every legend."""


@dataclass(frozen=True)
class Row:
    """One line of `interval_rows`.

    Attributes:
        title: stands above the line; may hold HTML's b.
        value: of the dot.
        low: lower end of the interval; NaN when there is none.
        high: upper end.
        said: shown under the pointer; may hold HTML's b and br.
        tone: hex colour of the dot.
        symbol: of the dot, a name of plotly's.
        reference: what the value is compared with, a diamond; NaN when there is none.
    """

    title: str
    value: float
    low: float
    high: float
    said: str
    tone: str = theme.SCORE
    symbol: str = "circle"
    reference: float = nan


def interval_rows(
    rows: Sequence[Row], *, name: str, reference: str = "", line: float | None = None, compact: bool = False
) -> go.Figure:
    """A dot with its interval on a line of its own for each row, from the top, on an axis of shares from 0 to 1.

    Args:
        rows: at least one.
        name: what the dots are, in the legend.
        reference: what the diamonds are, in the legend; empty for a figure without diamonds and legend.
        line: place of a vertical dotted line.
        compact: lower rows and smaller titles, for many rows.

    Returns:
        A trace of dots with error bars, and one of diamonds when `reference` is given.
    """
    places = list(range(len(rows)))
    tones = [row.tone for row in rows]
    values, lows, highs = (np.array([getattr(row, key) for row in rows], np.float64) for key in ("value", "low", "high"))
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=places,
            mode="markers",
            name=name,
            marker={"size": 12, "color": tones, "symbol": [row.symbol for row in rows]},
            error_x=error_bars(values, lows, highs, tones[0] if len(set(tones)) == 1 else theme.GREY),
            customdata=[row.said for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    if reference:
        figure.add_trace(
            go.Scatter(
                x=[row.reference for row in rows],
                y=places,
                mode="markers",
                name=reference,
                marker={"size": 12, "color": theme.GREY, "symbol": "diamond-open", "line_width": 2.5},
                hovertemplate=f"{reference}: %{{x:.1%}}<extra></extra>",
            )
        )
    if line is not None:
        figure.add_vline(x=line, line={"color": theme.GREY, "width": 2, "dash": "dot"})
    for place, row in zip(places, rows, strict=True):
        theme.row_title(figure, row.title, place, above=10, size=theme.FONT_SIZE - compact)
    theme.style(figure, height=len(rows) * (46 if compact else 56) + 84, legend=bool(reference), hovermode="closest")
    figure.update_xaxes(range=[-0.015, 1.015], showgrid=True, **SHARES)
    figure.update_yaxes(range=[len(rows) - 0.6, -0.85], tickvals=places, showticklabels=False, zeroline=False, automargin=False)
    return figure


def error_bars(value: ArrayLike, low: ArrayLike, high: ArrayLike, tone: str) -> dict[str, Any]:
    """Plotly's error bars from `low` to `high` around `value`, (N,) each; none where a limit is NaN."""
    middle, lower, upper = (np.asarray(part, np.float64) for part in (value, low, high))
    return {"array": upper - middle, "arrayminus": middle - lower, "color": tone, "thickness": 2.5, "width": 6}


def band(x: ArrayLike, low: ArrayLike, high: ArrayLike, tone: str, *, name: str = "") -> go.Scatter:
    """The area between `low` and `high` over `x`, (N,) each, in a pale tone; in the legend when it has a name."""
    across, lower, upper = (np.asarray(part, np.float64) for part in (x, low, high))
    return go.Scatter(
        x=[*across, *across[::-1]],
        y=[*upper, *lower[::-1]],
        mode="lines",
        fill="toself",
        fillcolor=pale(tone),
        line={"width": 0},
        name=name,
        showlegend=bool(name),
        hoverinfo="skip",
    )


def level(ends: tuple[float, float], share: float, *, name: str = BASELINE, dash: str = "dot") -> go.Scatter:
    """A grey horizontal line at `share` between two ends of the axis: a baseline, a ceiling."""
    return go.Scatter(
        x=list(ends),
        y=[share, share],
        mode="lines",
        name=name,
        line={"color": theme.GREY, "width": 2, "dash": dash},
        hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
    )


def line_look(tone: str, number: int, *, width: float = 2) -> dict[str, Any]:
    """Line and marker of the line with this number: lines side by side differ in dash and marker as well as in colour."""
    return {
        "line": {"color": tone, "width": width, "dash": theme.DASHES[number % len(theme.DASHES)]},
        "marker": {"color": tone, "size": 8, "symbol": theme.SYMBOLS[number % len(theme.SYMBOLS)]},
    }


def pattern(tone: str | list[str], shape: str | list[str]) -> dict[str, Any]:
    """Marker of bars in a tone with a pattern of plotly's, empty for full bars; outlined, so that a pattern has an edge."""
    texture = {"shape": shape, "fillmode": "replace", "size": 7, "solidity": 0.45}
    return {"color": tone, "line": {"color": tone, "width": 1.5}, "pattern": texture}


def pale(tone: str) -> str:
    """A hex colour as plotly's rgba at 0.22 opacity."""
    red, green, blue = (int(tone[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.22)"
