"""Looks that all figures share: transparent paper, sizes, and the colours of series.

Text is written in `INK`, lines that part shapes from the paper in `PAPER`. Both are placeholders: the page's style sheet turns
them into its own text and background colours, light or dark, also while a page stands open. Colours of series have a contrast of
at least 3 to 1 on both.
"""

from __future__ import annotations

from functools import cache
from math import ceil
from typing import Any

import plotly.graph_objects as go

from fer_core import escape, labels

TRANSPARENT = "rgba(0,0,0,0)"
GRID = "rgba(127,127,127,0.28)"
INK = "#010137"
"""Text and strong lines; where no page replaces it, nearly black."""
PAPER = "#FEFDFC"
"""The page's background; where no page replaces it, nearly white."""
GREY = "#838B94"
"""What is compared with (baselines, chance) and plain counts."""
TRAINING = "#3D85C6"
VALIDATION = "#D9662B"
SCORE = "#3D85C6"
CHOSEN = "#D9662B"
"""What the viewer has chosen among scores."""
SERIES = ("#3D85C6", "#D9662B", "#009E73")
"""Colours of lines side by side; they differ in dash and marker as well."""
PAIR = ("#009E73", "#B55FA3")
"""Two kinds on a page where blue and orange mean something else; patterns tell them apart, too."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down", "star")

FONT_SIZE = 14
"""Size of all text in pixels: readable from the last row when the page is projected."""

_LINE = 20  # Height of a line of a legend in pixels.
_TEXT = {"size": FONT_SIZE, "color": INK}
_LAYOUT: dict[str, Any] = {
    # An empty template: plotly's own would set colours of one theme.
    "template": {},
    "paper_bgcolor": TRANSPARENT,
    "plot_bgcolor": TRANSPARENT,
    "margin": {"l": 8, "r": 16, "t": 12, "b": 8, "pad": 4},
    "font": _TEXT,
    "hoverlabel": {"font": _TEXT},
    "legend": {
        "orientation": "h",
        "font": _TEXT,
        "xref": "container",
        "x": 0,
        "xanchor": "left",
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "maxheight": 0.7,
    },
}
_AXIS: dict[str, Any] = {
    "tickfont": _TEXT,
    "title": {"font": _TEXT, "standoff": 8},
    "gridcolor": GRID,
    "zerolinecolor": GRID,
    "automargin": True,
    "fixedrange": True,
}


def display_name(name: str) -> str:
    """How a class is written in a chart: as on a page, and inert where plotly reads HTML."""
    return escape.chart(labels.display_name(name))


def style(figure: go.Figure, *, height: int, legend: bool = False, **layout: Any) -> go.Figure:
    """Give a figure the common look.

    Args:
        figure: changed in place.
        height: pixels; a legend of more than three entries adds to it.
        legend: show a legend below the plot; plotly keeps room for all of its lines, also where it wraps on a narrow screen.
        layout: further keys of plotly's layout.

    Returns:
        The same figure.
    """
    entries = sum(trace.showlegend is not False for trace in figure.data) if legend else 0
    # Assigned as a whole it costs a tenth of what `update_layout` does, which looks at every key by itself.
    own = {key: value for key, value in figure.layout.to_plotly_json().items() if key != "template"}
    figure.layout = _look()
    if own:
        # Further axes, and what was set before.
        figure.update_layout(own)
        figure.update_xaxes(**_AXIS)
        figure.update_yaxes(**_AXIS)
        figure.update_layout(_LAYOUT)
    figure.layout.height = height + _LINE * max(0, ceil(entries / 3) - 1)
    figure.layout.showlegend = legend
    if layout:
        figure.update_layout(**layout)
    return figure


@cache
def _look() -> go.Layout:
    """The common look, checked once."""
    return go.Layout(_LAYOUT, xaxis=_AXIS, yaxis=_AXIS)


def empty(sentence: str, *, height: int = 160) -> go.Figure:
    """A figure without data that says why: one sentence in its middle."""
    figure = style(go.Figure(), height=height)
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    figure.add_annotation(text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=FONT_SIZE)
    return figure


def row_title(figure: go.Figure, text: str, row: float, *, above: int, size: int = FONT_SIZE) -> None:
    """Write the title of a row of a figure at its left edge, on paper that hides grid lines.

    Args:
        figure: it has one row at each value of y.
        text: may hold HTML's b.
        row: y of the row.
        above: pixels over the row.
        size: of the text in pixels.
    """
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": row, "yref": "y", "yanchor": "bottom", "yshift": above}
    figure.add_annotation(text=text, showarrow=False, font_size=size, bgcolor=PAPER, borderpad=0, **place)
